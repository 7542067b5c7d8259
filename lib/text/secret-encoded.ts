import { percentEncoded } from './percent-encoded.ts'

/** In fewer characters of base64 than this the same may stand by chance. */
const SHORTEST = 7

/**
 * What stands in base64 of any text that holds the secret, `user:password` or a whole URL: its bits begin at one of three places of a
 * group, so there are three forms, without the characters at both ends that hold other bits too. In both alphabets.
 */
export function encodedForms(secret: string): string[] {
  const value = secret.trim()
  if (value.includes('\n')) return []
  const written = [...new Set([value, percentEncoded(value)])]
  const texts = written.flatMap((text) =>
    /^[ -~\u00A0-\u00FF]*$/.test(text) ? [Buffer.from(text), Buffer.from(text, 'latin1')] : [Buffer.from(text)],
  )
  const forms = texts.flatMap((bytes) => [0, 1, 2].map((offset) => aligned(bytes, offset)))
  return [...new Set(forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]))].filter(
    (form) => form.length >= SHORTEST,
  )
}

function aligned(bytes: Buffer, offset: number): string {
  const whole = Math.floor(((offset + bytes.length) * 8) / 6)
  return Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), whole)
}

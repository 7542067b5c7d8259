/*
 * A secret as other programs print it. Each of them escapes in its own way, and one inside the other: what counts is each character, in
 * whatever way it may be written. Letters, digits and _ are written as they are by all of them. All repetitions have a limit, so that a
 * match takes linear time.
 */

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')
const ESCAPE = String.raw`\\{1,8}`
const PERCENT = '%{1,4}(?:25){0,4}'
const ENTITY = '&(?:amp;){0,4}'

/** Quotes and backslashes: each level of quoting adds more of them, so only that they stand there counts. */
const QUOTING = `(?:['"\\\\]|${PERCENT}(?:2[27]|5c)|${ENTITY}(?:quot|apos|#0{0,6}(?:34|39|92)|#x0{0,6}(?:2[27]|5c));|(?<=\\\\)(?:u00|x)(?:2[27]|5c)|(?<=\\\\)(?:04[27]|134))`
/** For each: a shell's quoting takes four characters for one, three levels 64. */
const MOST_QUOTING = 64

const NAMED: Readonly<Record<string, string>> = { '<': 'lt', '>': 'gt', '&': 'amp', ' ': 'nbsp' }

/** How characters stand for themselves where that isn't once and as they are. */
const RAW: Readonly<Record<string, string>> = {
  '%': '%{1,8}(?:25){0,4}',
  $: String.raw`\${1,8}`,
  '&': ENTITY,
  ' ': '[ +]',
  '\n': String.raw`\r?\n|${ESCAPE}(?:r\\{1,8})?n`,
}

/**
 * The source of a regular expression (flags `iu`) for `text` in every way that we know of: as it is; percent-encoded, once or more, `%`
 * doubled or not; with backslashes, as a shell, SQL, JSON, a .env or .pgpass file and Python's repr() write it, of text or of bytes; as
 * HTML; quoted for a shell, also more than once.
 */
export function secretPattern(text: string): string {
  const parts = text.match(/['"\\]+|[^'"\\]/gu) ?? []
  return parts
    .map((part) =>
      /['"\\]/.test(part)
        ? `${QUOTING}{${part.length},${part.length + Math.min(part.length, 8) * MOST_QUOTING}}`
        : characterPattern(part),
    )
    .join('')
}

/** One character, or its percent-encoding alone. */
export function characterPattern(character: string): string {
  if (/[A-Za-z0-9_]/.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  const bytes = [...Buffer.from(character)]
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  const name = NAMED[character] === undefined ? '' : `|${NAMED[character]}`
  const all = (write: (byte: number) => string) => bytes.map(write).join('')
  const forms = [
    String.raw`\\{0,8}(?:${RAW[character] ?? RegExp.escape(character)})`,
    percentPattern(character),
    units.map((unit) => `${ESCAPE}u${hex(unit, 4)}`).join(''),
    `${ESCAPE}(?:U0{0,7}${hex(code, 1)}|[ux]\\{0{0,6}${hex(code, 1)}\\})`,
    all((byte) => `${ESCAPE}x${hex(byte, 2)}`),
    all((byte) => `${ESCAPE}${byte.toString(8).padStart(3, '0')}`),
    `${ENTITY}(?:#0{0,6}${code}|#x0{0,6}${hex(code, 1)}${name});`,
  ]
  if (code >= 0x80) {
    // Latin-1; a byte that Python could not decode; what a program prints that has no such character; UTF-8 taken for Latin-1.
    if (code < 0x100) forms.push(`(?:${ESCAPE}x|${PERCENT})${hex(code, 2)}`)
    forms.push(
      all((byte) => `${ESCAPE}udc${hex(byte, 2)}`),
      '[?\uFFFD]{1,4}',
      RegExp.escape(Buffer.from(character).toString('latin1')),
    )
  }
  return `(?:${forms.join('|')})`
}

export const percentPattern = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `${PERCENT}${hex(byte, 2)}`).join('')

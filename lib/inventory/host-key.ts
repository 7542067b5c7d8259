import { z } from 'zod'

/** How many length-prefixed fields a public key of each type has, its name first. Source: RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
}

/** A public host key as known_hosts has it, `ssh-ed25519 AAAA…`. A comment after it is dropped. */
export const hostKey = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .describe("the host's public key, type and base64, such as ssh-ed25519 AAAA…")
  .transform((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))

/** What stands there is never shown: it might be a private key. */
function problemOf(text: string): string | undefined {
  const types = Object.keys(FIELDS)
  if (/PRIVATE KEY/.test(text))
    return "a private key stands here; it needs the host's public key, and the private one has no place in an inventory"
  const [type = '', base64 = '', third] = text.trim().split(/[ \t]+/)
  if (/[\r\n]/.test(text.trim())) return 'holds more than one line; it needs one key, such as ssh-ed25519 AAAA…'
  if (types.includes(base64) && third !== undefined) return `begins with a host's name; it needs the key alone, ${base64} AAAA…`
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined
  if (fields === undefined)
    return `is no key of a known type (${types.join(', ')}); it needs a line such as ssh-ed25519 AAAA…, which ssh-keyscan shows without the name`
  const blob = Buffer.from(base64, 'base64')
  if (base64 === '' || blob.toString('base64') !== base64) return `has no valid base64 after ${type}; copy the key again, whole`
  const parts = fieldsOf(blob)
  if (parts?.[0]?.toString('latin1') !== type)
    return `says ${type}, but its base64 is of something else or cut off; copy the key again, whole`
  if (parts.length !== fields || (type === 'ssh-ed25519' && parts[1]?.length !== 32))
    return `is not a whole ${type} key; copy it again`
  return undefined
}

/** The length-prefixed fields, or undefined where the last one is cut off. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  for (let at = 0; at < blob.length;) {
    const end = at + 4 <= blob.length ? at + 4 + blob.readUInt32BE(at) : Infinity
    if (end > blob.length) return undefined
    fields.push(blob.subarray(at + 4, end))
    at = end
  }
  return fields
}

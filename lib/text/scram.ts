import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { Secret } from './secret.ts'

const ITERATIONS = 4096

/**
 * PostgreSQL's SCRAM-SHA-256 verifier: what pg_authid holds instead of a password, and what PostgreSQL takes in place of one, so that the
 * password itself never reaches the server's log. Source: RFC 5802, RFC 7677, and PostgreSQL's src/common/scram-common.c for the form.
 */
export function scramVerifier(password: Secret, salt: Buffer = randomBytes(16), iterations: number = ITERATIONS): Secret {
  const salted = pbkdf2Sync(prepared(password.reveal()), salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const text = `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`
  return new Secret(text, `${password.name} (verifier)`)
}

/** Whether `verifier` was made from this password; false for none and for another kind (md5), which is then set anew. */
export function scramMatches(password: Secret, verifier: string | null): boolean {
  const match = /^SCRAM-SHA-256\$([1-9]\d{0,6}):([A-Za-z0-9+/=]+)\$/.exec(verifier ?? '')
  if (match === null) return false
  const [, iterations = '', salt = ''] = match
  const expected = Buffer.from(scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations)).reveal())
  const found = Buffer.from(verifier ?? '')
  return expected.length === found.length && timingSafeEqual(expected, found)
}

/** SASLprep as far as passwords need it: compatibility composition of what isn't ASCII. Source: RFC 4013, 2.2. */
function prepared(password: string): string {
  // oxlint-disable-next-line no-control-regex -- the range is ASCII itself
  return /^[\x00-\x7f]*$/.test(password) ? password : password.normalize('NFKC')
}

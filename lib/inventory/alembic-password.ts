import { percentEncoded } from '../text/quoting.ts'
import type { Secret } from '../text/secret.ts'

/**
 * What to say when Alembic fails and the password may be why: in a URL it needs a percent sign, which an env.py that hands the URL to
 * set_main_option takes for the start of an interpolation. Undefined when the password is harmless. Source: Python's configparser.
 */
export function alembicPasswordProblem(password: Secret): string | undefined {
  const value = password.reveal()
  if (percentEncoded(value) === value) return undefined
  return `${password.name} holds a character that a URL writes with a percent sign, and an env.py that calls set_main_option with the URL fails on that: take a password of letters, digits and - . _ ~ only, or let env.py double it, url.replace("%", "%%")`
}

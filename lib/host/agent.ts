import ssh2 from 'ssh2'
import type { IdentityCallback, ParsedKey } from 'ssh2'

/** An OpenSSH agent that may offer only some of its keys, and whose silence is no end of the login: other keys come after it. */
export class Agent extends ssh2.OpenSSHAgent {
  /** Why it offered nothing. */
  problem: string | undefined
  readonly #wanted: readonly Buffer[] | undefined

  /** @param wanted Public keys as they go over the wire; undefined for all that it has. */
  constructor(socket: string, wanted?: readonly Buffer[]) {
    super(socket)
    this.#wanted = wanted
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys = []) => {
      if (error) this.problem = error.message
      const offered = keys.filter(
        (key) => this.#wanted?.some((one) => 'getPublicSSH' in key && one.equals(key.getPublicSSH())) ?? true,
      )
      callback(null, error ? [] : offered)
    })
  }
}

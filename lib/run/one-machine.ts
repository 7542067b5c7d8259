/**
 * Finds hosts of a run that are one machine under two names, which only the network tells: they show the same host key. (So do clones, so it
 * is a warning.) Their work is done one after the other, since the second would find the first one's lock.
 */
export class Machines {
  readonly warnings: string[] = []
  readonly #seen = new Map<string, { name: string; done: Promise<void> }>()

  /** Resolves when the host's work may begin: at once but for those whose key another host of this run has shown. `done`: its own end. */
  async arrive(name: string, hostKey: string, done: Promise<void>): Promise<void> {
    const before = this.#seen.get(hostKey)
    this.#seen.set(hostKey, { name, done })
    if (before === undefined) return
    this.warnings.push(
      `${before.name} and ${name} show the same host key: one machine under two names, so make it one host in the inventory, or clones of one image, so give each keys of its own (ssh-keygen -A)`,
    )
    await before.done
  }
}

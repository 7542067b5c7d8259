const entries = new WeakMap<object, { entry: string | undefined }>()

/** Notes where the entry of a run lies that ended with this error before any host was touched; undefined where it could not be written. */
export function noteEntry(error: Error, entry: string | undefined): void {
  entries.set(error, { entry })
}

/** What `noteEntry` was told; undefined where no entry was tried. */
export function entryOf(error: unknown): { entry: string | undefined } | undefined {
  return typeof error === 'object' && error !== null ? entries.get(error) : undefined
}

const entries = new WeakMap<object, { entry: string | undefined }>()

/** The same error, with its message and its stack masked. */
export function maskError(error: unknown, mask: (text: string) => string): Error {
  const masked = error instanceof Error ? error : new Error(String(error))
  const [message, stack] = [mask(masked.message), mask(masked.stack ?? '')]
  if (masked.message !== message) masked.message = message
  if (masked.stack !== stack) masked.stack = stack
  return masked
}

/** Notes where the entry of a run lies that ended with this error before any host was touched; undefined where it could not be written. */
export function noteEntry(error: Error, entry: string | undefined): void {
  entries.set(error, { entry })
}

/** What `noteEntry` was told; undefined where no entry was tried. */
export function entryOf(error: unknown): { entry: string | undefined } | undefined {
  return typeof error === 'object' && error !== null ? entries.get(error) : undefined
}

/** The command line asks for something that isn't there, or that doesn't go together. */
export class UsageError extends Error {
  override name = 'UsageError'
}

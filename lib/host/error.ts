/** The host could not be reached, or would not let us in. Nothing was changed. The message says what to do. */
export class HostError extends Error {
  override name = 'HostError'
}

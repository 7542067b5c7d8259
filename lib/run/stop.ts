/** The exit codes of a run that a signal ended: 128 and the signal's number, as shells have it. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
export type StopSignal = keyof typeof SIGNAL_CODES

/** Why a run was stopped before its end: the reason of its AbortSignal. */
export class Stopped extends Error {
  override name = 'Stopped'
  /** In a word: `SIGINT`; `error` of this program; `caller` for the AbortSignal of a program that runs a verb. */
  readonly by: StopSignal | 'error' | 'caller'

  constructor(by: StopSignal | 'caller' | Error) {
    super(
      by instanceof Error
        ? `stopped by an error in this program: ${by.message}`
        : by === 'SIGINT'
          ? 'stopped by Ctrl-C (SIGINT)'
          : by === 'caller'
            ? 'stopped by the program that ran it'
            : `stopped by ${by}`,
      by instanceof Error ? { cause: by } : undefined,
    )
    this.by = by instanceof Error ? 'error' : by
  }

  get exitCode(): 1 | 129 | 130 | 143 {
    return this.by === 'error' || this.by === 'caller' ? 1 : SIGNAL_CODES[this.by]
  }
}

/** A signal that is aborted when the other is, with a Stopped as its reason. */
export function stoppedBy(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const stop = () => controller.abort(signal.reason instanceof Stopped ? signal.reason : new Stopped('caller'))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return controller.signal
}

/** npm and a terminal both pass on the same Ctrl-C. */
const ECHO_MS = 500

/**
 * Stops this process's run by the first SIGINT, SIGTERM or SIGHUP, or by an error that nobody caught. A second signal ends the process at once.
 * Before `listen` and after `release` a signal does what it always does.
 */
export class ProcessStop {
  readonly #controller = new AbortController()
  #undo: (() => void) | undefined
  #since = 0

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  listen(): void {
    if (this.#undo !== undefined) return
    const onSignal = (name: string) => this.#onSignal(name as StopSignal)
    const onError = (error: unknown) => this.#stop(error instanceof Error ? error : new Error(String(error)))
    // Nothing is left that could happen, and the run has not ended: better an error than silence.
    const onIdle = () => this.#stop(new Error('it waits for something that never comes'))
    const signals = Object.keys(SIGNAL_CODES)
    for (const name of signals) process.on(name, onSignal)
    process.on('uncaughtException', onError).on('beforeExit', onIdle)
    this.#undo = () => {
      for (const name of signals) process.off(name, onSignal)
      process.off('uncaughtException', onError).off('beforeExit', onIdle)
    }
  }

  release(): void {
    this.#undo?.()
    this.#undo = undefined
  }

  #onSignal(name: StopSignal): void {
    if (!this.signal.aborted) this.#stop(name)
    else if (performance.now() - this.#since > ECHO_MS) {
      // The progress may have hidden the cursor.
      if (process.stderr.isTTY) process.stderr.write('\u001B[?25h')
      process.exit(SIGNAL_CODES[name])
    }
  }

  #stop(by: StopSignal | Error): void {
    if (this.signal.aborted) return
    this.#since = performance.now()
    this.#controller.abort(new Stopped(by))
  }
}

/** The promise, or once `stop` is aborted a rejection with its reason, as many milliseconds later as `onStop` says. */
export async function untilStopped<T>(
  promise: Promise<T>,
  stop: AbortSignal | undefined,
  onStop: () => number = () => 0,
): Promise<T> {
  if (stop === undefined) return promise
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const abort = () => {
    timer = setTimeout(() => reject(stop.reason), onStop())
  }
  if (stop.aborted) abort()
  else stop.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', abort)
  }
}

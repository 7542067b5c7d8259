import type { Script } from '../text/sh.ts'

export interface RunOptions {
  /** Seconds until the connection is given up. */
  deadline: number
  /** An error thrown here ends the run with it. */
  onStdout: (chunk: Buffer) => void
  onStderr: (chunk: Buffer) => void
  /** Asked after each chunk: all that was awaited has come, so what the script left running is not waited for. */
  isEnded: () => boolean
}

export interface RunResult {
  /** Null when the end was never seen: the outcome is unknown. */
  code: number | null
}

/** All that the engine knows of a host: it runs a script there, as root, and hands over what comes out. */
export interface Machine {
  run(script: Script, options: RunOptions): Promise<RunResult>
}

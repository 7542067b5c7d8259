import type { Script } from '../shell.ts'

export interface RunOptions {
  /** Seconds until the connection is given up. */
  deadline: number
  onStdout?: (chunk: Buffer) => void
  onStderr?: (chunk: Buffer) => void
}

export interface RunResult {
  /** Null when the end was never seen: the outcome is unknown. */
  code: number | null
  stdout: Buffer
  stderr: Buffer
}

/** All that the engine knows of a host: it runs a script there, as root, and says what came out. */
export interface Machine {
  run(script: Script, options: RunOptions): Promise<RunResult>
}

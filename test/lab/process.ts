import { spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Result {
  /** null where a signal ended it, also the one sent at the deadline. */
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  stdin?: string | Buffer
  /** Ends what hangs. Default 300. */
  timeoutSeconds?: number
  environment?: Record<string, string>
  /** Sees each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void
}

const QUIET_MS = 500

/** A failure that people can act on: its message is one line, or ends with the last lines of a tool's output. */
export class LabError extends Error {}

/** Runs a program to its end; rejects only when it can't be started. Nothing secret belongs in `argv`. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  const [program = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: (options.timeoutSeconds ?? 300) * 1000,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...options.environment },
    })
    const collect = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        const lines = chunk.toString().split('\n')
        for (const line of lines) if (line.trim() !== '') options.onLine?.(line.trim())
      })
      return () => Buffer.concat(chunks).toString()
    }
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    child.on('error', reject)
    const ended = (code: number | null) => resolve({ code, stdout: stdout(), stderr: stderr() })
    child.on('close', ended)
    // What a program leaves running may hold its output open: once it has ended, a quiet moment is the end of that too.
    child.on('exit', (code) => {
      let came = 0
      const quiet = setTimeout(() => {
        const before = came
        // After a time in which nothing was read, this process itself may have been held up: what waits in the pipes comes first.
        setImmediate(() => {
          if (came > before) return
          ended(code)
          child.stdout.destroy()
          child.stderr.destroy()
        })
      }, QUIET_MS)
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', () => {
          came += 1
          quiet.refresh()
        })
      child.on('close', () => clearTimeout(quiet))
    })
    // A program that ends without reading its input isn't an error of ours.
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
  })
}

/** The same for a program that leaves others behind, which would hold a pipe open: its output goes through a file. */
export async function runAndLeave(argv: readonly string[], timeoutSeconds = 300): Promise<Result> {
  const [program = '', ...args] = argv
  const folder = await mkdtemp(join(tmpdir(), 'bitacora-lab-'))
  const file = await open(join(folder, 'output'), 'w')
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(program, args, {
        stdio: ['ignore', file.fd, file.fd],
        timeout: timeoutSeconds * 1000,
        killSignal: 'SIGKILL',
      })
      child.on('error', reject)
      child.on('exit', resolve)
    })
    return { code, stdout: '', stderr: await readFile(join(folder, 'output'), 'utf8') }
  } finally {
    await file.close()
    await rm(folder, { recursive: true })
  }
}

/** True when the program is there and ends with 0. */
export async function succeeds(argv: readonly string[], timeoutSeconds = 60): Promise<boolean> {
  try {
    return (await run(argv, { timeoutSeconds })).code === 0
  } catch {
    return false
  }
}

/** The result, or a LabError that says what was being done and how the tool's output ended. */
export function must(result: Result, doing: string): Result {
  if (result.code === 0) return result
  const lines = (result.stderr || result.stdout).trimEnd().split('\n').slice(-15).join('\n')
  throw new LabError(
    `${doing} failed (${result.code === null ? 'ended by a signal or the deadline' : `exit ${result.code}`}):\n${lines}`,
  )
}

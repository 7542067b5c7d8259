import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { quote } from '../text/quoting.ts'
import type { SecretRef } from './types.ts'

const COMMAND_MS = 20_000
/** Bytes; far above any password or key, far below a file named by mistake. */
const MAX_BYTES = 64 * 1024

type Answer = { value: string } | { problem: string }
type Raw = { bytes: Buffer } | { problem: string }

export interface ReadOptions {
  /** Where commands run. */
  directory: string
  /** Several lines are allowed, as in a key. */
  lines: boolean
  timeoutMs?: number
}

/** Reads one secret from its place. What goes wrong comes back as a text that never holds the value. */
export async function readSecret(ref: SecretRef, options: ReadOptions): Promise<Answer> {
  if ('env' in ref) {
    const value = process.env[ref.env]
    if (value === undefined) return { problem: `the environment variable ${ref.env} is not set` }
    if (value === '') return { problem: `the environment variable ${ref.env} is empty` }
    return checked(value, `the environment variable ${ref.env}`, options.lines)
  }
  const place = 'file' in ref ? `the file ${ref.file}` : `the command ${ref.command[0]}`
  const raw = 'file' in ref ? await fromFile(ref.file) : await fromCommand(ref.command, options)
  if ('problem' in raw) return { problem: `${place} ${raw.problem}` }
  if (raw.bytes.length > MAX_BYTES) return { problem: `${place} gives more than ${MAX_BYTES} bytes; is it the right one?` }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw.bytes)
  } catch {
    return { problem: `${place} gives something that is not UTF-8 text` }
  }
  const value = text.replace(/\r?\n$/, '')
  if (value === '') return { problem: `${place} ${'file' in ref ? 'is empty' : 'printed nothing'}` }
  return checked(value, place, options.lines)
}

function checked(value: string, place: string, lines: boolean): Answer {
  const inner = lines ? value.replaceAll('\n', '') : value
  if (!/\p{Cc}/u.test(inner)) return { value }
  if (!lines && value.includes('\n')) return { problem: `${place} gives more than one line; a password is one` }
  return {
    problem: `${place} gives a control character${value.includes('\r') ? ' (carriage return: Windows line ends?)' : ''}; only visible characters are possible`,
  }
}

async function fromFile(path: string): Promise<Raw> {
  let file
  try {
    // Never waits, should it be a pipe that nobody writes to.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = await file.stat()
    if (!found.isFile()) return { problem: 'is not a regular file' }
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
    if ((found.mode & 0o077) !== 0) return { problem: `can be read by others (mode ${mode}); close it: chmod 600 ${quote(path)}` }
    if (found.size > MAX_BYTES) return { bytes: Buffer.alloc(MAX_BYTES + 1) }
    return { bytes: await file.readFile() }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { problem: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` }
  } finally {
    await file?.close()
  }
}

/** Without a shell and without stdin. Neither its arguments nor what it printed is told: both may hold the value. */
function fromCommand(
  [program = '', ...args]: readonly string[],
  { directory, timeoutMs = COMMAND_MS }: ReadOptions,
): Promise<Raw> {
  const byHand = 'run it by hand to see why'
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let late = false
    // A group of its own, so that what it started ends with it.
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    const end = () => {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(() => {
      late = true
      end()
    }, timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => {
      if (bytes <= MAX_BYTES) chunks.push(chunk)
      else end()
      bytes += chunk.length
    })
    const settle = (raw: Raw) => {
      clearTimeout(timer)
      resolve(raw)
    }
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle({ problem: error.code === 'ENOENT' ? 'is not installed, or not on the PATH' : `cannot be started (${error.code})` }),
    )
    child.on('close', (code, signal) => {
      if (late) settle({ problem: `gave no answer within ${timeoutMs / 1000} s; ${byHand}, it may be asking something` })
      else if (bytes > MAX_BYTES) settle({ bytes: Buffer.concat(chunks) })
      else if (code !== 0) settle({ problem: `ended with ${code === null ? String(signal) : `exit code ${code}`}; ${byHand}` })
      else settle({ bytes: Buffer.concat(chunks) })
    })
  })
}

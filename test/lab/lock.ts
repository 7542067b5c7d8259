import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Say } from './say.ts'
import { succeeds } from './process.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** One `up` or `down` at a time in a checkout. The lock is on this folder itself, so no file stays, and it dies with its holder. */
export async function withLock<T>(say: Say, work: () => Promise<T>): Promise<T> {
  // Where there is no flock (macOS) nothing is locked.
  if (!(await succeeds(['flock', '--version']))) return work()
  const holder = spawn('flock', [FOLDER, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = setTimeout(() => say('waiting for another up or down of this checkout …'), 500)
  const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])
  clearTimeout(waiting)
  if (!String(first).startsWith('locked')) throw new Error(`flock could not lock ${FOLDER}`)
  try {
    return await work()
  } finally {
    const ended = once(holder, 'exit')
    holder.stdin.end()
    await ended
  }
}

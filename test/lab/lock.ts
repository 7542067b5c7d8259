import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { LabError, succeeds } from './process.ts'
import type { Say } from './say.ts'

/** One at a time for a folder, which is made when it isn't there. No file stays, and the lock dies with its holder. */
export async function withLock<T>(folder: string, say: Say, work: () => Promise<T>): Promise<T> {
  // Where there is no flock (macOS) nothing is locked.
  if (!(await succeeds(['flock', '--version']))) return work()
  const release = await acquire(folder, say)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function acquire(folder: string, say: Say): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { ino } = statSync(folder)
    const release = await flock(folder, say)
    // The one before may have removed the folder, and then the lock is on nothing.
    if (existsSync(folder) && statSync(folder).ino === ino) return release
    await release()
  }
  throw new LabError(`${folder} could not be locked: it went away a hundred times`)
}

async function flock(folder: string, say: Say): Promise<() => Promise<void>> {
  const holder = spawn('flock', [folder, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = setTimeout(() => say('waiting for another up or down …'), 500)
  const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])
  clearTimeout(waiting)
  if (!String(first).startsWith('locked')) throw new LabError(`flock could not lock ${folder}`)
  return async () => {
    const ended = once(holder, 'exit')
    holder.stdin.end()
    await ended
  }
}

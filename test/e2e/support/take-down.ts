import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { down } from '../../lab/index.ts'
import { ROOT } from './cli.ts'

/** Takes labs down, and those that test files made for themselves beside them (NAME-…), side by side. Rejects when one stays, after all were tried. */
export async function takeDown(names: readonly string[], say: (line: string) => void): Promise<void> {
  const folders = readdirSync(ROOT).flatMap((folder) => (folder.startsWith('.lab-') ? [folder.slice('.lab-'.length)] : []))
  const all = names.flatMap((name) => [name, ...folders.filter((folder) => folder.startsWith(`${name}-`))])
  const work = all.map((name) => down(name, say))
  await Promise.allSettled(work)
  await Promise.all(work)
}

/** For a run that was stopped in the middle of its work: a host that was just being made is in the way of a first try, or comes up behind it. */
async function takeDownInterrupted(names: readonly string[]): Promise<void> {
  for (let left = 2; left >= 0; left -= 1) {
    try {
      await takeDown(names, () => {})
    } catch (error) {
      if (left === 0) throw error
    }
    if (left > 0) await pause(3000)
  }
}

// As a program of its own: take-down.ts NAME…
if (import.meta.main) {
  const names = process.argv.slice(2)
  await takeDownInterrupted(names)
  console.error(`lab: ${names.join(' and ')} are gone`)
}

import { readdirSync } from 'node:fs'
import { down } from '../../lab/index.ts'
import { ROOT } from './cli.ts'

/** Takes labs down, and those that test files made for themselves beside them: NAME-…; side by side. Rejects when one stays, after all were tried. */
export async function takeDown(names: readonly string[], say: (line: string) => void): Promise<void> {
  const folders = readdirSync(ROOT).map((folder) => folder.replace(/^\.lab-/, ''))
  const all = names.flatMap((name) => [name, ...folders.filter((folder) => folder.startsWith(`${name}-`))])
  const work = all.map((name) => down(name, say))
  await Promise.allSettled(work)
  await Promise.all(work)
}

// As a program of its own, for a test run that has no time left: take-down.ts NAME…
if (import.meta.main) await takeDown(process.argv.slice(2), (line) => console.error(`lab: ${line}`))

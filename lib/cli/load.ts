import { existsSync, readdirSync } from 'node:fs'
import type { Verb } from '../run/verb.ts'

const FOLDER = new URL('../verbs/', import.meta.url)
/** This file's own: `.ts` in the repository, `.js` in the package. */
const EXTENSION = import.meta.url.slice(-3)

/** The verbs that there are: a file of lib/verbs each, or a folder with its index. */
export function verbNames(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || (entry.name.endsWith(EXTENSION) && !entry.name.endsWith('.d.ts')))
    .map(({ name }) => name.replace(/\.[jt]s$/, ''))
    .toSorted()
}

/** The verb of this name, without loading the others. */
export async function loadVerb(name: string): Promise<Verb> {
  const file = new URL(`${name}${EXTENSION}`, FOLDER)
  const module = (await import((existsSync(file) ? file : new URL(`${name}/index${EXTENSION}`, FOLDER)).href)) as {
    default: Verb
  }
  return module.default
}

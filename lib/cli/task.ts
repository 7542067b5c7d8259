import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine } from './command-line.ts'
import { loadVerb } from './load.ts'

/** Runs the verb that a file of tasks/ is named after. Its arguments are those after the file's own name, whether zx or a script started it. */
export async function runTask(moduleUrl: string): Promise<void> {
  const file = fileURLToPath(moduleUrl)
  const at = process.argv.findIndex((word, index) => index > 0 && resolve(word) === file)
  const verb = await loadVerb(basename(file).replace(/\.[^.]+$/, ''))
  await commandLine(verb, process.argv.slice(at < 0 ? 2 : at + 1))
}

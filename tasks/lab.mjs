// Throwaway hosts and a storage box on this machine, with an inventory for them.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { help, labTask } from '../test/lab/task.ts'

try {
  // The arguments are those after this file's own name, whether zx or a script started it.
  const own = process.argv.findIndex((word, index) => index > 0 && resolve(word) === fileURLToPath(import.meta.url))
  const options = /** @type {const} */ ({
    name: { type: 'string', default: 'lab' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { values, positionals } = parseArgs({ args: process.argv.slice(own + 1), options, allowPositionals: true, strict: true })
  if (values.help) console.log(help)
  else await labTask(positionals, values.name)
} catch (error) {
  console.error(`bitacora lab: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

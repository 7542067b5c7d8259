// pnpm task VERB [ARG…]: the same as npx zx tasks/VERB.mjs [ARG…].
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './install.mjs'

const [verb, ...args] = process.argv.slice(2)
const verbs = readdirSync(join(root, 'tasks'))
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -4))
if (verb === undefined || !verbs.includes(verb)) {
  const wrong = verb === undefined || verb === '--help' ? '' : `bitacora: there is no verb "${verb}"\n`
  console.error(`${wrong}Usage: pnpm task VERB [ARG…]\nVerbs: ${verbs.join(' ')}\nEach tells more with --help.`)
  process.exitCode = verb === '--help' ? 0 : 1
} else {
  const file = join(root, 'tasks', `${verb}.mjs`)
  process.argv = [process.argv[0] ?? 'node', file, ...args]
  await import(pathToFileURL(file).href)
}

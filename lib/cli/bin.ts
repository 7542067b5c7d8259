#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Kept between runs, which halves the start. Beside the package and not in the shared temporary folder, where another user could plant code.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.compile-cache', import.meta.url)))

// Loaded only now, so that the cache serves them.
const [{ commandLine }, { loadVerb, verbNames }, { suggestion }] = await Promise.all([
  import('./command-line.ts'),
  import('./load.ts'),
  import('../inventory/suggest.ts'),
])

const [name = '--help', ...args] = process.argv.slice(2)
const names = verbNames()
if (names.includes(name)) await commandLine(await loadVerb(name), args)
else if (name === '--version') process.stdout.write(`${version()}\n`)
else if (name === '--help' || name === '-h') process.stdout.write(`${await help()}\n`)
else {
  process.stderr.write(`bitacora: there is no verb ${JSON.stringify(name)}; ${suggestion(name, names)}\nTry: bitacora --help\n`)
  process.exitCode = 1
}

async function help(): Promise<string> {
  const verbs = await Promise.all(names.map(loadVerb))
  const lines = verbs.map((verb) => `  ${verb.name.padEnd(12)}${verb.summary}`)
  return ['Usage: bitacora VERB [PROJECT…]', '', ...lines, '', 'Each tells more with --help.'].join('\n')
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

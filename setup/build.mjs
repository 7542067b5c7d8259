// npm pack: JavaScript and types of lib/ into dist/, by tsc. Comments are for the types; what is published starts faster without them.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled()
const dist = join(root, 'dist')
const tsc = (/** @type {string[]} */ ...args) =>
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json', ...args], { cwd: root, stdio: 'inherit' })

rmSync(dist, { recursive: true, force: true })
tsc('--removeComments')
tsc('--declaration', '--emitDeclarationOnly')

// Types that the public surface doesn't lead to are nobody's.
const reached = new Set()
const reach = (/** @type {string} */ file) => {
  if (reached.has(file) || !existsSync(file)) return
  reached.add(file)
  for (const [, , to = ''] of readFileSync(file, 'utf8').matchAll(/(from |import\()['"](\.[^'"]+)['"]/g))
    reach(join(dirname(file), to.replace(/\.[jt]s$/, '.d.ts')))
}
reach(join(dist, 'index.d.ts'))
for (const name of readdirSync(dist, { recursive: true }).map(String))
  if (name.endsWith('.d.ts') && !reached.has(join(dist, name))) rmSync(join(dist, name))

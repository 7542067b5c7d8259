import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readModule } from '../../lib/inventory/module.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventory-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** What node says of a file, without the test runner in between, and how it ends. */
function alone(file: string, limit = ''): { said: string; code: number | null } {
  const script = `import { readModule } from ${JSON.stringify(join(process.cwd(), 'lib/inventory/module.ts'))}
    await readModule(${JSON.stringify(file)}${limit}).then(() => console.log('loaded'), (error) => console.log(error.name, error.message))`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return { said: stdout.trimEnd().replace(file, 'FILE'), code: status }
}

test.each([
  ['never.mjs', 'await new Promise(() => {})', 'never ends: it waits for a promise that nothing can settle (a top-level await)'],
  ['exit.mjs', 'process.exit(0)\nexport default {}', 'calls process.exit(0) while it is loaded; it must only export its data'],
  [
    'exit-later.mjs',
    'setTimeout(() => process.exit(), 1)\nawait new Promise((done) => setTimeout(done, 3000))',
    'calls process.exit() while it is loaded; it must only export its data',
  ],
  [
    'rejects.mjs',
    `void Promise.reject(new Error('no network'))\nawait new Promise((done) => setTimeout(done, 3000))`,
    'could not be loaded: no network',
  ],
  ['nothing.mjs', 'throw undefined', 'could not be loaded: it throws something that is no Error'],
  [
    'getter.mjs',
    `export default { hosts: { get vps() { throw new Error('no such host') } } }`,
    'hosts.vps: reading it throws: no such host',
  ],
  [
    'class.mjs',
    `export default new (class { get hosts() { throw new Error('no hosts') } })()`,
    'hosts: reading it throws: no hosts',
  ],
  [
    'proxy.mjs',
    `export default new Proxy({}, { ownKeys() { throw new Error('no keys') } })`,
    'its default export: reading it throws: no keys',
  ],
  [
    'cycle.mjs',
    'const hosts = {}\nhosts.vps = hosts\nexport default { hosts }',
    'hosts.vps: holds itself; an inventory is plain data',
  ],
])('a module that does not behave: %s', (name, text, message) => {
  const { said, code } = alone(write(name, text))
  expect(said).toBe(`InventoryError FILE: ${message}`)
  // Its timers go on: whoever loaded it ends the process.
  expect(code).toBe(0)
})

test('a module that waits for ever while something lives has its time', () => {
  const file = write('alive.mjs', 'setInterval(() => {}, 1000).unref()\nsetTimeout(() => {}, 5000)\nawait new Promise(() => {})')
  expect(alone(file, ', 0.05').said).toBe(
    'InventoryError FILE: is not loaded after 0.05 s: it waits for something (a top-level await)',
  )
})

test('process.exit() is what it was once a module is loaded, and one that only takes its time is loaded', async () => {
  const before = Object.getOwnPropertyDescriptor(process, 'exit')
  const file = write('slow.mjs', 'await new Promise((done) => setTimeout(done, 20))\nexport default { a: [{ b: 1 }] }')
  expect(await readModule(file)).toEqual({ a: [{ b: 1 }] })
  expect(Object.getOwnPropertyDescriptor(process, 'exit')).toEqual(before)
})

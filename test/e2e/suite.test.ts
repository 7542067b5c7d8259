import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from './support/cli.ts'
import { keepLogs } from './support/logs.ts'
import { LAB } from './support/run.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitacora-runner-'))
  const own = ['setup', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
  for (const name of own) cpSync(name, join(root, name), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'))
  mkdirSync(join(root, 'test'))
  const engine = `export default () => { if (process.env.NO_ENGINE) throw new Error('no Docker engine answers') }`
  writeFileSync(join(root, 'engine.mjs'), engine)
  const project = (name: string) =>
    `{ test: { name: '${name}', include: ['test/${name}.mjs'], ${name === 'e2e' ? "globalSetup: ['engine.mjs']" : ''} } }`
  writeFileSync(
    join(root, 'vitest.config.ts'),
    `export default { cacheDir: 'cache', test: { reporters: [['json', { outputFile: process.env.BITACORA_RESULTS }]], projects: [${project('unit')}, ${project('e2e')}] } }`,
  )
  const it = (name: string) =>
    `import { expect, test } from 'vitest'\ntest('passes', () => expect(process.env.FAIL).not.toBe('${name}'))\n`
  for (const name of ['unit', 'e2e']) writeFileSync(join(root, 'test', `${name}.mjs`), it(name))
})
afterAll(() => rmSync(root, { recursive: true }))

/** What `npm run` would start, on a project of two tests: its exit code, and its last two lines. */
function run(args: string[], env: Record<string, string> = {}): [number | null, string[]] {
  const { status, stderr } = spawnSync('node', ['setup/test.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return [status, stderr.trimEnd().split('\n').slice(-args.length)]
}

test('the unit tests run first, then those on hosts', () => {
  expect(run(['unit', 'e2e'])).toEqual([0, ['unit  1 passed, 0 failed', 'e2e   1 passed, 0 failed']])
})

test('after a failed unit test no host is brought up', () => {
  expect(run(['unit', 'e2e'], { FAIL: 'unit' })).toEqual([1, ['unit  0 passed, 1 failed', 'e2e   NOT RUN']])
})

test('without a container engine the unit tests run, and it fails', () => {
  expect(run(['unit', 'e2e'], { NO_ENGINE: 'yes' })).toEqual([1, ['unit  1 passed, 0 failed', 'e2e   NOT RUN']])
})

test('one of the two alone', () => {
  expect(run(['unit'], { NO_ENGINE: 'yes' })).toEqual([0, ['unit  1 passed, 0 failed']])
  expect(run(['e2e'], { FAIL: 'e2e' })).toEqual([1, ['e2e   0 passed, 1 failed']])
})

test('of a failed test, the logs of each host are kept under its name', async () => {
  const folder = join(ROOT, await keepLogs(LAB, 'a "test" of logs'))
  expect(folder).toMatch(/test-results\/logs\/a-test-of-logs$/)
  const logs = readdirSync(folder).toSorted()
  expect(logs).toEqual(['box.log', 'vps.log', 'vps2.log', 'vps3.log'])
  expect(readFileSync(join(folder, 'vps.log'), 'utf8')).toMatch(/=== .*postgresql-15-main\.log\n.*database system is ready/s)
  rmSync(folder, { recursive: true })
})

test('package.json has a script for each, and the README names it', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  expect(Object.entries(scripts).filter(([name]) => name.startsWith('test'))).toEqual([
    ['test', 'node setup/test.mjs unit e2e'],
    ['test:unit', 'node setup/test.mjs unit'],
    ['test:e2e', 'node setup/test.mjs e2e'],
    ['test:full', 'BITACORA_FULL=yes node setup/test.mjs unit e2e'],
  ])
  const readme = readFileSync('README.md', 'utf8')
  expect(
    ['npm test', 'npm run test:unit', 'npm run test:e2e', 'npm run test:full'].filter((each) => !readme.includes(each)),
  ).toEqual([])
})

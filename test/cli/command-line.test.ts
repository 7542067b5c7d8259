import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { commandLine } from '../../lib/cli/command-line.ts'
import { flag } from '../../lib/run/option.ts'
import type { Verb } from '../../lib/run/verb.ts'
import type { RunReport } from '../../lib/run/report/report.ts'
import type { RunOptions } from '../../lib/run/run.ts'
import { Stopped } from '../../lib/run/stop.ts'
import { report } from './support.ts'

let logbook: string
beforeEach(() => {
  logbook = mkdtempSync(join(tmpdir(), 'logbook-'))
  vi.stubEnv('BITACORA_INVENTORY', undefined)
  vi.stubEnv('BITACORA_LOGBOOK', logbook)
})
afterEach(() => {
  rmSync(logbook, { recursive: true, force: true })
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Runs a command line whose verb gives this, or throws it; what it was called with, what came out, and the exit code. */
async function typed(args: readonly string[], result: RunReport | Error = report, more: Partial<Verb> = {}) {
  let [stdout, stderr] = ['', '']
  const calls: RunOptions[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true))
  const verb: Verb = {
    name: 'provision',
    summary: '',
    usage: ['[PROJECT…] [--check]', '--help'],
    help: 'Makes it so.\nExit 0: it is.',
    options: { check: flag('only look') },
    run(options) {
      calls.push(options)
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result)
    },
    ...more,
  }
  try {
    await commandLine(verb, args, () => {})
    return { code: process.exitCode ?? 0, stdout, stderr, calls }
  } finally {
    process.exitCode = 0
    vi.restoreAllMocks()
  }
}

test.each([undefined, ''])('defaults, also where the environment is %j', async (value) => {
  vi.stubEnv('BITACORA_INVENTORY', value)
  vi.stubEnv('BITACORA_LOGBOOK', value)
  const { calls, code } = await typed([])
  expect(calls[0]).toMatchObject({ projects: [], inventory: resolve('inventory/index.ts'), logbook: resolve('logbook') })
  for (const name of ['host', 'concurrency', 'wait', 'check']) expect(calls[0]).not.toHaveProperty(name)
  expect(code).toBe(0)
})

test('every option, projects among them', async () => {
  const { calls } = await typed([
    'a',
    '--check',
    '--host',
    'vps',
    'b',
    '--inventory=my.json',
    '--concurrency',
    '3',
    '--wait',
    '60',
    '--logbook',
    '/log',
  ])
  expect(calls[0]).toMatchObject({
    projects: ['a', 'b'],
    host: 'vps',
    concurrency: 3,
    wait: 60,
    inventory: resolve('my.json'),
    logbook: '/log',
    check: true,
  })
})

test('the environment names inventory and logbook; an option overrides it', async () => {
  vi.stubEnv('BITACORA_INVENTORY', '/env/inventory.json')
  vi.stubEnv('BITACORA_LOGBOOK', '/env/log')
  expect((await typed([])).calls[0]).toMatchObject({ inventory: '/env/inventory.json', logbook: '/env/log' })
  expect((await typed(['--inventory', '/my.json'])).calls[0]).toMatchObject({ inventory: '/my.json', logbook: '/env/log' })
})

test.each([['--help'], ['-h'], ['a', '--help', '--concurrency', 'x']])('help, and nothing is run: %s %s', async (...args) => {
  const { stdout, stderr, code, calls } = await typed(args.filter((arg) => arg !== undefined))
  expect([stderr, code, calls]).toEqual(['', 0, []])
  expect(stdout).toMatch(
    /^Usage: npx zx tasks\/provision\.mjs \[PROJECT…\] \[--check\]\n {7}npx zx tasks\/provision\.mjs --help\n\nMakes it so\.\nExit 0: it is\.\n\n {2}--check {17}only look\n/,
  )
  for (const option of ['inventory', 'host', 'json', 'concurrency', 'wait', 'logbook', 'help'])
    expect(stdout).toContain(`--${option}`)
})

test.each([
  [['--nonsense'], /Unknown option '--nonsense'/],
  [['--host'], /'--host <value>' argument missing/],
  [['--check=yes'], /'--check' does not take an argument/],
  [['--concurrency', '0'], /--concurrency takes an integer from 1 to 1000, not 0/],
  [['--concurrency', '1001'], /not 1001/],
  [['--concurrency', '1e1'], /not "1e1"/],
  [['--concurrency', ' 3'], /not " 3"/],
  [['--concurrency='], /not ""/],
  [['--wait', '-1'], /--wait/],
  [['--wait', '1.5'], /--wait takes an integer from 0 to 86400, not "1.5"/],
  [['--wait', '86401'], /not 86401/],
  [['--logbook', ''], /--logbook needs a path, not ""/],
  [['--inventory='], /--inventory needs a path, not ""/],
])('%j is refused, with where to look, and nothing is run', async (args, message) => {
  const { stdout, stderr, code, calls } = await typed(args)
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(/^bitacora provision: /)
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/--help$/)
  expect([stdout, code, calls]).toEqual(['', 1, []])
})

test.each([0, 1, 2] as const)('the exit code is the one of the report: %i', async (exitCode) => {
  const { code, stdout, stderr } = await typed(['--json'], { ...report, exitCode })
  expect(code).toBe(exitCode)
  expect(JSON.parse(stdout)).toEqual({ ...report, exitCode })
  expect([stdout.split('\n').length, stderr]).toEqual([2, ''])
})

test('without --json a summary for people', async () => {
  const { stdout } = await typed([])
  expect(stdout.length).toBeGreaterThan(1)
  expect(() => JSON.parse(stdout) as unknown).toThrow(SyntaxError)
})

const named = (name: string, message: string) => Object.assign(new Error(message), { name })

test.each([
  ['InventoryError', named('InventoryError', 'projects.x is missing'), false],
  ['SecretError', named('SecretError', 'ONQUOTA_PASSWORD is not set'), false],
  ['a fault of ours', new TypeError('x is not a function'), true],
])('%s ends with 1 and its message; only a fault of ours shows its stack', async (_what, error, stack) => {
  const { code, stdout, stderr } = await typed([], error)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr.startsWith(`bitacora provision: ${error.message}\n`)).toBe(true)
  expect(/^ {4}at /m.test(stderr)).toBe(stack)
})

test.each([
  ['of the command line', ['--json', '--nonsense'], report, /Unknown option/],
  ['of a number', ['--json', '--wait', 'x'], report, /--wait/],
  ['of the inventory', ['--json'], named('InventoryError', 'projects.x is missing'), /^projects\.x is missing$/],
])('with --json an error %s is one JSON document as well', async (_what, args, result, message) => {
  const { code, stdout, stderr } = await typed(args, result)
  expect(JSON.parse(stdout)).toEqual({
    task: 'provision',
    ok: false,
    exitCode: 1,
    error: expect.stringMatching(message),
    hosts: [],
    logbook: expect.stringMatching(/-provision-[0-9a-f]{8}\.md$/),
  })
  expect([code, stderr]).toEqual([1, ''])
})

/** The one entry of the logbook, as JSON. */
function entryIn(folder: string): RunReport {
  const files = readdirSync(folder)
  expect(files).toHaveLength(2)
  return JSON.parse(
    readFileSync(
      join(
        folder,
        files.find((name) => name.endsWith('.json'))!,
      ),
      'utf8',
    ),
  ) as RunReport
}

test.each([
  ['an unknown option', ['--nonsense'], report, /Unknown option/],
  ['a number', ['--wait', 'x', '--check'], report, /--wait/],
  ['options that do not go together', ['a'], named('UsageError', 'either --a or --b'), /^either/],
  ['the inventory', [], named('InventoryError', 'projects.x is missing'), /^projects\.x is missing$/],
  ['a secret', [], named('SecretError', 'X is not set'), /^X is not set$/],
  ['a fault of ours', [], new TypeError('x is not a function'), /not a function/],
])('a run that is refused for %s is an entry: what, by whom, when and why', async (_what, args, result, message) => {
  await typed(args, result)
  expect(entryIn(logbook)).toMatchObject({
    task: 'provision',
    check: args.includes('--check'),
    ok: false,
    exitCode: 1,
    by: expect.stringMatching(/^.+@.+$/),
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    inventory: resolve('inventory/index.ts'),
    error: expect.stringMatching(message),
    hosts: [],
  })
  const markdown = readFileSync(
    join(
      logbook,
      readdirSync(logbook).find((name) => name.endsWith('.md'))!,
    ),
    'utf8',
  )
  expect(markdown).toMatch(/: refused\n/)
  expect(markdown).toMatch(/\*\*No host was touched\*\*/)
})

test('the place of such an entry is known however wrong the rest is', async () => {
  vi.stubEnv('BITACORA_LOGBOOK', '/nowhere')
  await typed(['--nonsense', '--logbook', logbook, 'a'])
  expect(entryIn(logbook).error).toMatch(/Unknown option/)
})

test('where it cannot be written that is said, and the exit code stays', async () => {
  const file = join(logbook, 'file')
  writeFileSync(file, '')
  const { code, stderr } = await typed(['--nonsense', '--logbook', file])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^bitacora provision: Unknown option[^\n]*\nthe logbook cannot be written: EEXIST: .*\nTry: /)
})

test('--help and status leave no entry', async () => {
  await typed(['--help'])
  await typed(['--nonsense'], report, { name: 'status', isUnlogged: true })
  expect(readdirSync(logbook)).toEqual([])
})

test('a run that a signal stopped before any host was touched gives its code', async () => {
  expect((await typed([], new Stopped('SIGTERM'))).code).toBe(143)
})

import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal } from '../../../lib/run/logbook/journal.ts'
import type { RunHead, RunReport } from '../../../lib/run/report/report.ts'
import { hostReport, runReport, stepReport } from '../../view/support.ts'

let base: string
beforeEach(() => void (base = mkdtempSync(join(tmpdir(), 'journal-'))))
afterEach(() => rmSync(base, { recursive: true }))

const head = (run = 'aaaa0001'): RunHead => ({
  task: 'provision',
  check: false,
  run,
  startedAt: '2026-11-24T03:00:00.000Z',
  by: 'ana@laptop',
  inventory: '/x/inventory.ts',
})
const NAME = '2026-11-24T030000Z-provision-aaaa0001'
const files = () => readdirSync(base).toSorted()
const change = { what: 'role a', from: null, to: 'a login role' }

/** A process that has ended. */
const deadPid = () => spawnSync('true').pid

/** The journal of a run that was killed: of this process, with another's number. */
function killed(pid = deadPid(), machine = hostname()): string {
  const journal = openJournal(base, head())
  journal.hosts(['web', 'vps', 'db'], ['something odd'])
  journal.host(hostReport('web', [stepReport('server')]))
  journal.event('vps', { type: 'applying', key: 'a/role', change })
  journal.event('vps', { type: 'line', key: 'a/role', line: 'x' })
  journal.event('vps', { type: 'applied', key: 'a/role', change: { ...change, seconds: 1 }, ok: true })
  journal.event('vps', { type: 'applying', key: 'a/database', change: { ...change, what: 'database a' } })
  const path = join(base, `${NAME}.unfinished.jsonl`)
  const [first, ...rest] = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, [JSON.stringify({ ...(JSON.parse(first!) as object), pid, machine }), ...rest].join('\n'))
  return path
}

test('a run has its place in the logbook from its start; the entry takes it at the end', () => {
  const journal = openJournal(base, head())
  expect(files()).toEqual([`${NAME}.unfinished.jsonl`])
  journal.hosts(['vps'], [])
  journal.host(hostReport('vps', [stepReport('server')]))
  // Each host's part is there as soon as it ends, a line a host.
  expect(
    readFileSync(join(base, files()[0]!), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type),
  ).toEqual(['head', 'hosts', 'host'])
  expect(journal.finish(runReport([hostReport('vps', [])], { run: 'aaaa0001' }))).toBe(join(base, `${NAME}.md`))
  expect([files(), journal.warnings]).toEqual([[`${NAME}.json`, `${NAME}.md`], []])
})

test('of a run that was killed the next one makes an entry: hosts that ended, changes that were made, and what was running', () => {
  // The last line may be cut off.
  appendFileSync(killed(), '{"type":"ho')
  const journal = openJournal(base, head('aaaa0002'))
  expect(journal.warnings).toEqual([
    `an earlier run was killed before its end: provision of 2026-11-24T03:00:00.000Z; what it had done stands in ${join(base, NAME)}.md`,
  ])
  expect(files().filter((name) => name.startsWith(NAME))).toEqual([`${NAME}.json`, `${NAME}.md`])
  const report = JSON.parse(readFileSync(join(base, `${NAME}.json`), 'utf8')) as RunReport
  expect(report).toMatchObject({ ok: false, exitCode: 1, stopped: 'killed', by: 'ana@laptop', warnings: ['something odd'] })
  expect(report.hosts).toMatchObject([
    hostReport('web', [stepReport('server')]),
    {
      name: 'vps',
      ok: false,
      error: 'the run was killed while database a was being changed, so the outcome is not known; run the same command again',
      interrupted: { project: 'a', step: 'database' },
      steps: [
        { project: 'a', step: 'role', status: 'unknown', changes: [{ what: 'role a' }] },
        { project: 'a', step: 'database', status: 'unknown', changes: [] },
      ],
    },
    { name: 'db', ok: false, error: 'the run was killed; run the same command again', steps: [] },
  ])
  expect(readFileSync(join(base, `${NAME}.md`), 'utf8')).toMatch(/not ok, killed[\s\S]*Outcome not known[\s\S]*database a/)
})

test.each([
  ['of a run that goes on', process.pid, hostname()],
  ['of another machine, whose processes nobody here knows', undefined, 'another-machine'],
])('a journal %s stays', (_what, pid, machine) => {
  killed(pid, machine)
  expect(openJournal(base, head('aaaa0002')).warnings).toEqual([])
  expect(files()).toContain(`${NAME}.unfinished.jsonl`)
})

test('a journal that nobody can read stops no run', () => {
  writeFileSync(join(base, 'x.unfinished.jsonl'), 'nonsense\n')
  expect(openJournal(base, head()).warnings).toEqual([])
  expect(files()).toContain('x.unfinished.jsonl')
})

test('a logbook that cannot be written: said at the start and once, and the run goes on', () => {
  writeFileSync(join(base, 'file'), '')
  const journal = openJournal(join(base, 'file'), head())
  expect(journal.warnings).toEqual([
    expect.stringMatching(/^the logbook cannot be written: EEXIST: .*file.*; name another folder with --logbook/),
  ])
  journal.hosts(['vps'], [])
  journal.host(hostReport('vps', []))
  expect(journal.finish(runReport([]))).toBeUndefined()
  expect(journal.warnings).toHaveLength(1)
})

test('a logbook that becomes unwritable keeps what it has', () => {
  const journal = openJournal(base, head())
  journal.host(hostReport('vps', []))
  // A folder stands where the entry should go.
  const moved = `${base}-moved`
  spawnSync('mv', [base, moved])
  writeFileSync(base, '')
  expect(journal.finish(runReport([], { run: 'aaaa0001' }))).toBeUndefined()
  expect(journal.warnings).toEqual([expect.stringMatching(/^the logbook cannot be written: /)])
  rmSync(base)
  spawnSync('mv', [moved, base])
  expect(files()).toEqual([`${NAME}.unfinished.jsonl`])
})

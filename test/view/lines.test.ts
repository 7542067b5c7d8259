import { expect, test } from 'vitest'
import type { ShownEvent } from '../../lib/view/view.ts'
import { linesView } from '../../lib/view/lines.ts'
import { DROPPED, SUPERUSER, hostReport, runReport, started, stepReport } from './support.ts'

const host = 'vps'

function linesOf(...events: ShownEvent[]): string[] {
  let written = ''
  const view = linesView({ write: (text) => (written += text) }, () => new Date(2026, 10, 24, 12, 1, 7))
  for (const event of events) view.show(event)
  return written.split('\n').slice(0, -1)
}

test('a run, one event a line, each with time, host and step', () => {
  const made = { ...SUPERUSER, seconds: 0.1 }
  const report = hostReport(
    host,
    [stepReport('server', { note: 'PostgreSQL 15.8' }), stepReport('onquota/role', { status: 'changed', changes: [made] })],
    { roundTrips: 3, seconds: 1.2 },
  )
  const lines = linesOf(
    started([report], 'provision', ['two backups overlap']),
    { type: 'connecting', host, address: '203.0.113.10' },
    { type: 'connected', host, ms: 212 },
    { type: 'reading', host, facts: 43 },
    { type: 'applying', host, key: 'onquota/role', change: SUPERUSER },
    { type: 'line', host, key: 'onquota/role', line: 'Running upgrade 021 -> 022\u001b[0m\r' },
    { type: 'applied', host, key: 'onquota/role', change: made, ok: true },
    ...report.steps.map((one): ShownEvent => ({ type: 'step', host, report: one })),
    { type: 'host-done', host, report },
    { type: 'run-done', report: runReport([report]) },
  )
  expect(lines).toEqual([
    '12:01:07 provision: 1 host, 1 project (onquota)',
    '12:01:07 warning: two backups overlap',
    '12:01:07 vps connecting to 203.0.113.10',
    '12:01:07 vps connected (0.2 s)',
    '12:01:07 vps reading 43 facts',
    '12:01:07 vps onquota/role changing: role onquota_user SUPERUSER true → false',
    '12:01:07 vps onquota/role | Running upgrade 021 -> 022',
    '12:01:07 vps onquota/role changed: role onquota_user SUPERUSER true → false (0.1 s)',
    '12:01:07 vps server ok: PostgreSQL 15.8',
    '12:01:07 vps onquota/role ok now',
    '12:01:07 vps done: 1 changed, 1 ok (3 execs, 1.2 s)',
    '12:01:07 ok: 1 host, exit code 0 (1.2 s)',
  ])
})

const after = (...reports: Parameters<typeof stepReport>[]) =>
  linesOf(...reports.map((one): ShownEvent => ({ type: 'step', host, report: stepReport(...one) })))

test('what differs, what is for a person, what is not known and what waits', () => {
  expect(
    after(
      ['onquota/role', { status: 'drift', changes: [SUPERUSER] }],
      ['onquota/tables', { status: 'drift', changes: [DROPPED] }],
      ['onquota/schema', { status: 'unknown', reason: 'once the database is there' }],
      ['onquota/cron', { status: 'skipped', reason: 'waits for config' }],
    ),
  ).toEqual([
    '12:01:07 vps onquota/role differs: role onquota_user SUPERUSER true → false',
    '12:01:07 vps onquota/tables for a person: table invoices missing → there',
    '12:01:07 vps onquota/schema not known yet: once the database is there',
    '12:01:07 vps onquota/cron skipped: waits for config',
  ])
})

test('a change that no event told of is told with its step', () => {
  const made = { ...SUPERUSER, seconds: 3.25 }
  expect(after(['onquota/role', { status: 'changed', changes: [made] }])).toEqual([
    '12:01:07 vps onquota/role changed: role onquota_user SUPERUSER true → false (3.3 s)',
    '12:01:07 vps onquota/role ok now',
  ])
})

test('all lines of an error, each to be found by its host and step, and told once', () => {
  const error = 'exit 1: relation exists\n\n[SQL: CREATE TABLE x]'
  expect(
    linesOf(
      {
        type: 'applied',
        host,
        key: 'onquota/migrations',
        change: { what: 'migrations', from: '019', to: '022' },
        ok: false,
        error,
      },
      { type: 'step', host, report: stepReport('onquota/migrations', { status: 'failed', error }) },
      { type: 'step', host, report: stepReport('onquota/tables', { status: 'failed', error: 'could not read tables: gone' }) },
      { type: 'host-done', host, report: hostReport(host, [], { error: 'it did not answer\nIs it up?' }) },
    ),
  ).toEqual([
    '12:01:07 vps onquota/migrations failed: migrations: exit 1: relation exists',
    '12:01:07 vps onquota/migrations   [SQL: CREATE TABLE x]',
    '12:01:07 vps onquota/migrations failed, as above',
    '12:01:07 vps onquota/tables failed: could not read tables: gone',
    '12:01:07 vps failed: it did not answer',
    '12:01:07 vps   Is it up?',
  ])
})

test('who holds the lock', () => {
  expect(
    linesOf({ type: 'held', host, holder: { run: 'a1', since: '2026-11-24T03:00:00Z', who: 'luis@desk', task: 'provision' } }),
  ).toEqual(['12:01:07 vps waiting for another run: provision by luis@desk, since 2026-11-24T03:00:00Z (run a1)'])
})

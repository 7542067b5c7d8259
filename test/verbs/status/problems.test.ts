import { expect, test } from 'vitest'
import type { ReportedChange, StepReport } from '../../../lib/engine/plan.ts'
import { byUrgency, problemsOf } from '../../../lib/verbs/status/problems.ts'

const report = (step: string, rest: Partial<StepReport> = {}, project: string | null = 'onquota'): StepReport => ({
  project,
  step,
  status: 'drift',
  changes: [],
  ...rest,
})
const change = (what: string, rest: Partial<ReportedChange> = {}): ReportedChange => ({ what, from: null, to: 'there', ...rest })
const told = (...reports: StepReport[]) =>
  problemsOf('onquota', reports)
    .toSorted(byUrgency)
    .map(({ kind, text, next, unseen, shared }) =>
      [shared && 'shared', unseen && 'unseen', `${kind}: ${text} → ${next.join(' ')}`].filter(Boolean).join(' '),
    )

test('each difference of each step, by what it is about, with its own text and next command where it has them', () => {
  const table = change('table clients', { text: 'table clients is missing', manual: true, next: ['restore', 'onquota'] })
  expect(
    told(
      report('cron', { changes: [change('file /etc/cron.d/bitacora-onquota')] }),
      report('tables', { changes: [table, change('tables', { from: 3, to: 2, manual: true })] }),
      report('role', { changes: [change('role app SUPERUSER', { from: true, to: false })] }),
      report('logrotate', { changes: [change('file /etc/logrotate.d/x')] }),
      report('role', { changes: [change('role other')] }, 'other'),
    ),
  ).toEqual([
    'database: role app SUPERUSER true → false → provision onquota',
    'tables: table clients is missing → restore onquota',
    'tables: tables 3 → 2 → verify onquota',
    'run: file /etc/logrotate.d/x missing → there → provision onquota',
    'schedule: file /etc/cron.d/bitacora-onquota missing → there → provision onquota',
  ])
})

test('what could not be read is unseen; what waits says nothing; what is the host’s is shared', () => {
  expect(
    told(
      report('reading', { status: 'unknown', reason: 'another run was changing this host' }, null),
      report('server', { status: 'failed', error: 'no server' }, null),
      report('role', { status: 'skipped', reason: 'waits for server' }),
      report('tables', { status: 'unknown', reason: 'once the migrations have run' }),
      report('migrations', { status: 'failed', error: 'could not read code: exit 1' }),
    ),
  ).toEqual([
    'shared unseen database: server: no server → verify onquota',
    'unseen head: migrations: could not read code: exit 1 → verify onquota',
    'shared unseen run: reading: another run was changing this host → verify onquota',
  ])
})

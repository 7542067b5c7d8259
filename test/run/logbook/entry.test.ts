import { expect, test } from 'vitest'
import { entry } from '../../../lib/run/logbook/entry.ts'
import { DROPPED, SUPERUSER, hostReport, runReport, stepReport } from '../../view/support.ts'

test('an entry: the run, what was found, changed, verified, left, failed', () => {
  const steps = [
    stepReport('server', { note: 'PostgreSQL 15.8' }),
    stepReport('onquota/role', { status: 'changed', changes: [{ ...SUPERUSER, seconds: 0.12 }] }),
    stepReport('onquota/migrations', { status: 'failed', error: 'exit 1: relation "x|y" exists\n```sql\nCREATE' }),
    stepReport('onquota/tables', { status: 'drift', note: '35 tables', changes: [{ ...DROPPED, what: 'table a|b `c`' }] }),
    stepReport('onquota/cron', { status: 'skipped', reason: 'waits for migrations' }),
  ]
  const away = hostReport('db-two', [], { error: 'did not answer\nIs it up?', roundTrips: 0, seconds: 10 })
  expect(
    entry(runReport([hostReport('vps', steps, { roundTrips: 3 }), away], { warnings: ['two backups *overlap*'] })).split('\n'),
  ).toEqual([
    '# provision, 2026-11-24 03:00:00 UTC: not ok',
    '',
    '| Run | 3f2a9c10 |',
    '|---|---|',
    '| By | ana@laptop |',
    '| Inventory | /srv/ops/inventory/index.ts |',
    '| Hosts | vps, db-two |',
    '| Duration | 1.2 s |',
    '| Execs | 3 |',
    '| Exit code | 1 |',
    '',
    '**Warnings**',
    '',
    '- two backups \\*overlap\\*',
    '',
    '## vps: 1 failed, 1 for a person, 1 changed, 1 waiting, 1 ok (3 execs, 0.9 s)',
    '',
    '### The host itself',
    '',
    '**Found**',
    '',
    '- server: PostgreSQL 15.8',
    '',
    '**Verified**',
    '',
    'Read again and as they should be: server.',
    '',
    '### onquota',
    '',
    '**Found**',
    '',
    '- tables: 35 tables',
    '',
    '**Changed**',
    '',
    '| Step | What | From | To | Seconds |',
    '|---|---|---|---|---|',
    '| role | role onquota_user SUPERUSER | true | false | 0.1 |',
    '',
    '**Verified**',
    '',
    'Read again and as they should be: role.',
    '',
    '**Left for a person**',
    '',
    '| Step | What | From | To | Ways out |',
    '|---|---|---|---|---|',
    '| tables | table a\\|b \\`c\\` | missing | there | bring it back from the newest backup |',
    '',
    '**Not known yet**',
    '',
    '- cron: waits for migrations',
    '',
    '**Failed: migrations**',
    '',
    '````text',
    'exit 1: relation "x|y" exists',
    '```sql',
    'CREATE',
    '````',
    '',
    '## db-two: failed (0 execs, 10 s)',
    '',
    '```text',
    'did not answer',
    'Is it up?',
    '```',
    '',
  ])
})

test('a check says what differs, not what was changed', () => {
  const drift = stepReport('onquota/role', { status: 'drift', changes: [SUPERUSER] })
  const lines = entry(
    runReport([hostReport('vps', [drift, stepReport('onquota/cron')])], { check: true, flags: ['--check'], exitCode: 2 }),
  ).split('\n')
  expect(lines[0]).toBe('# provision --check, 2026-11-24 03:00:00 UTC: not ok')
  expect(lines.slice(15)).toEqual([
    '**Differs**',
    '',
    '| Step | What | From | To |',
    '|---|---|---|---|',
    '| role | role onquota_user SUPERUSER | true | false |',
    '',
    '**Verified**',
    '',
    'As they should be: cron.',
    '',
  ])
})

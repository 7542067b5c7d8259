import { describe, expect, test } from 'vitest'
import type { RunReport } from '../../lib/run/report/report.ts'
import { summary } from '../../lib/view/summary.ts'
import { DROPPED, SUPERUSER, hostReport, runReport, stepReport } from './support.ts'

const told = (report: RunReport) =>
  summary(report, { colours: false, width: 100, defaultInventory: '/srv/ops/inventory/index.ts' }).split('\n')
const END = 'logbook /var/log/bitacora/2026-11-24T030000Z-provision-3f2a9c10.md'

test('nothing to do', () => {
  expect(told(runReport([hostReport('vps', [stepReport('server'), stepReport('onquota/role')])]))).toEqual([
    'provision: nothing differs',
    '',
    '✔ vps  all 2 ok  1 exec  0.9 s',
    '',
    `1 host, 0 changes, 1.2 s, 1 exec; ${END}`,
  ])
})

test('something changed, with a warning', () => {
  const changed = stepReport('onquota/role', { status: 'changed', changes: [{ ...SUPERUSER, seconds: 0.1 }] })
  const hosts = [
    hostReport('vps', [stepReport('server'), changed], { roundTrips: 3 }),
    hostReport('db-two', [stepReport('server')]),
  ]
  expect(told(runReport(hosts, { warnings: ['two backups overlap'] }))).toEqual([
    'provision: 1 change, all is well now',
    '',
    '● vps     1 changed, 1 ok  3 execs  0.9 s',
    '✔ db-two  ok               1 exec   0.9 s',
    '',
    'Warnings',
    '  two backups overlap',
    '',
    `2 hosts, 1 change, 1.2 s, 4 execs; ${END}`,
  ])
})

test('one thing left for a person, the rest mended', () => {
  const steps = [
    stepReport('onquota/role', { status: 'changed', changes: [{ ...SUPERUSER, seconds: 0.1 }] }),
    stepReport('onquota/tables', { status: 'drift', changes: [DROPPED] }),
  ]
  expect(told(runReport([hostReport('vps', steps)]))).toEqual([
    'provision: 1 is for a person; 1 change made',
    '',
    '! vps  1 for a person, 1 changed  1 exec  0.9 s',
    '',
    'For a person',
    '  vps onquota/tables  table invoices missing → there',
    '    → bring it back from the newest backup',
    '',
    'Next',
    '  Settle the above, then look again:',
    '    npx zx tasks/provision.mjs --check onquota',
    '',
    `1 host, 1 change, 1.2 s, 1 exec; ${END}`,
  ])
})

test('a failed step and what waits for it', () => {
  const steps = [
    stepReport('onquota/migrations', { status: 'failed', error: 'exit 1: relation exists\n[SQL: CREATE TABLE x]' }),
    stepReport('onquota/tables', { status: 'skipped', reason: 'waits for migrations' }),
    stepReport('onquota/first-backup', { status: 'skipped', reason: 'waits for migrations' }),
    stepReport('ledger/role'),
  ]
  expect(told(runReport([hostReport('vps', steps)]))).toEqual([
    'provision: 1 failed; 2 steps not known yet',
    '',
    '✖ vps  1 failed, 2 waiting, 1 ok  1 exec  0.9 s',
    '',
    'Not known yet',
    '  vps onquota: tables, first-backup (waits for migrations)',
    '',
    'Failed',
    '  vps onquota/migrations',
    '    exit 1: relation exists',
    '    [SQL: CREATE TABLE x]',
    '',
    'Next',
    '  Mend what failed, then run the same again; it goes on from what is there:',
    '    npx zx tasks/provision.mjs onquota',
    '',
    `1 host, 0 changes, 1.2 s, 1 exec; ${END}`,
  ])
})

test('a host that was not reached, and no logbook', () => {
  const { logbook: _, ...report } = runReport([
    hostReport('vps', [], { error: 'did not answer on port 22\nIs it up?', roundTrips: 0, seconds: 10 }),
  ])
  expect(told(report)).toEqual([
    'provision: 1 failed',
    '',
    '✖ vps  failed  0 execs  10 s',
    '',
    'Failed',
    '  vps',
    '    did not answer on port 22',
    '    Is it up?',
    '',
    'Next',
    '  Mend what failed, then run the same command again; it goes on from what is there.',
    '',
    '1 host, 0 changes, 1.2 s, 0 execs; not in the logbook',
  ])
})

test('a way out has its command below it, with the inventory; a text of its own is shown instead of from and to', () => {
  const change = { ...DROPPED, text: 'table invoices is missing', next: ['restore', 'onquota', '--table', 'invoices'] }
  const report = runReport([hostReport('vps', [stepReport('onquota/tables', { status: 'drift', changes: [change] })])], {
    inventory: '/srv/other.json',
  })
  const lines = told(report)
  expect(lines.slice(lines.indexOf('For a person') + 1).slice(0, 3)).toEqual([
    '  vps onquota/tables  table invoices is missing',
    '    → bring it back from the newest backup',
    '      npx zx tasks/restore.mjs onquota --table invoices --inventory /srv/other.json',
  ])
})

describe('looking only', () => {
  const drift = stepReport('onquota/role', {
    status: 'drift',
    changes: [SUPERUSER, { ...SUPERUSER, what: 'role onquota_user CREATEDB' }],
  })
  const dropped = stepReport('onquota/tables', { status: 'drift', changes: [DROPPED] })

  test('what a check would change, and the command that does', () => {
    const report = runReport([hostReport('vps', [drift, dropped, stepReport('ledger/role')])], {
      check: true,
      flags: ['--check'],
      exitCode: 2,
    })
    const lines = told(report)
    expect(lines[0]).toBe('provision --check: 2 changes would be made; 1 is for a person')
    expect(lines[2]).toBe('! vps  1 for a person, 2 differ, 1 ok  1 exec  0.9 s')
    expect(lines.slice(-6, -2)).toEqual(['', 'Next', '  This makes the 2 changes:', '    npx zx tasks/provision.mjs onquota'])
  })

  test('verify says what differs', () => {
    const lines = told(runReport([hostReport('vps', [drift])], { task: 'verify', check: true, exitCode: 2 }))
    expect(lines[0]).toBe('verify: 2 things differ')
  })

  test('a check that could not read is looked at again', () => {
    const report = runReport([hostReport('vps', [drift, stepReport('onquota/cron', { status: 'failed', error: 'no' })])], {
      check: true,
      flags: ['--check'],
    })
    expect(told(report).slice(-4, -2)).toEqual([
      '  Mend what failed, then run the same again:',
      '    npx zx tasks/provision.mjs --check onquota',
    ])
  })

  test('a difference of the host itself touches all of its projects; another inventory is named', () => {
    const steps = [
      stepReport('package', { status: 'drift', changes: [SUPERUSER] }),
      stepReport('onquota/role'),
      stepReport('ledger/role'),
    ]
    const lines = told(
      runReport([hostReport('vps', steps)], {
        check: true,
        flags: ['--check'],
        exitCode: 2,
        inventory: "/srv/it's/inventory.json",
      }),
    )
    expect(lines.at(-3)).toBe(`    npx zx tasks/provision.mjs onquota ledger --inventory '/srv/it'\\''s/inventory.json'`)
  })
})

test('colours only where asked for', () => {
  const report = runReport([hostReport('vps', [stepReport('server')])])
  expect(summary(report, { colours: true })).toContain('\u001b[32m✔\u001b[39m')
  expect(summary(report, { colours: false })).not.toContain('\u001b')
})

test('long advice is wrapped, below itself', () => {
  const help = 'bring the table back from the newest backup, or take it out of the inventory if that was meant'
  const report = runReport([
    hostReport('vps', [stepReport('onquota/tables', { status: 'drift', changes: [{ ...DROPPED, help }] })]),
  ])
  const lines = summary(report, { colours: false, width: 60, defaultInventory: report.inventory }).split('\n')
  expect(lines.slice(6, 9)).toEqual([
    '    → bring the table back from the newest backup, or take',
    '      it out of the inventory if that was meant',
    '',
  ])
})

test('a verb has words of its own for the headline, and a section', () => {
  const report = runReport([hostReport('vps', [stepReport('onquota/prune')])], { task: 'backup' })
  const words = { well: () => 'looked, and changed nothing', section: () => ({ title: 'Said', lines: ['a\u001B[31m', '  b'] }) }
  expect(summary(report, { words, colours: false }).split('\n').slice(0, 7)).toEqual([
    'backup: looked, and changed nothing',
    '',
    '✔ vps  ok  1 exec  0.9 s',
    '',
    'Said',
    '  a',
    '    b',
  ])
  expect(summary(report, { words: { summary: () => 'all of it' } })).toBe('all of it')
})

test('what failed is run again with its flags', () => {
  const hosts = [hostReport('vps', [stepReport('onquota/prune', { status: 'failed', error: 'exit 1: no' })])]
  expect(told(runReport(hosts, { task: 'backup', flags: ['--prune'] })).join('\n')).toContain(
    'npx zx tasks/backup.mjs --prune onquota',
  )
})

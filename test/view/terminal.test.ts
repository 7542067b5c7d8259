import { expect, test } from 'vitest'
import type { HostReport } from '../../lib/run/report/report.ts'
import { createView } from '../../lib/view/index.ts'
import { terminalView } from '../../lib/view/terminal.ts'
import { DROPPED, SUPERUSER, hostReport, runReport, started, stepReport } from './support.ts'
import { TerminalStream } from './terminal-stream.ts'

/** The first frame waits for listr2 to be loaded, on a machine that may be busy. */
const SOON = { timeout: 60_000 }
const made = { ...SUPERUSER, seconds: 0.1 }
const good = hostReport('vps', [
  stepReport('server', { note: 'PostgreSQL 15.8' }),
  stepReport('onquota/role', {
    status: 'changed',
    changes: [made, { what: 'role onquota_user password', from: 'another', to: 'as the inventory says', seconds: 0.2 }],
  }),
  stepReport('onquota/tables', { status: 'drift', changes: [DROPPED] }),
])

async function finalScreen(reports: HostReport[], columns = 100, rows = 40): Promise<string[]> {
  const stream = new TerminalStream(columns, rows)
  const view = createView({ json: false, stream: stream.asStream, tty: true })
  view.show(started(reports, 'provision', ['two backups overlap']))
  for (const report of reports) view.show({ type: 'host-done', host: report.name, report })
  view.show({ type: 'run-done', report: runReport(reports) })
  await view.close()
  return stream.screen
}

test('one host: every step with its state', async () => {
  expect(await finalScreen([good])).toEqual([
    'provision  1 host, 1 project',
    '! two backups overlap',
    '! vps  1 for a person, 2 changed, 1 ok  1 exec  0.9 s',
    '  ✔ server  PostgreSQL 15.8',
    '  ● role    role onquota_user SUPERUSER true → false (0.1 s)',
    '            role onquota_user password another → as the inventory says (0.2 s)',
    '  ! tables  for a person: table invoices missing → there',
  ])
})

test('several projects are groups; what waits says for what, an error keeps its lines', async () => {
  const failed = stepReport('ledger/migrations', { status: 'failed', error: 'exit 1: relation exists\n[SQL: CREATE TABLE x]' })
  const steps = [
    ...good.steps,
    failed,
    stepReport('ledger/tables', { status: 'skipped', reason: 'waits for migrations' }),
    stepReport('ledger/schema', { status: 'unknown', reason: 'once it is there' }),
  ]
  expect((await finalScreen([hostReport('vps', steps)])).slice(2)).toEqual([
    '✖ vps  1 failed, 1 for a person, 2 changed, 1 not known yet, 1 waiting, 1 ok  1 exec  0.9 s',
    '  ✔ server      PostgreSQL 15.8',
    '  ! onquota     1 for a person, 2 changed',
    '    ● role        role onquota_user SUPERUSER true → false (0.1 s)',
    '                  role onquota_user password another → as the inventory says (0.2 s)',
    '    ! tables      for a person: table invoices missing → there',
    '  ✖ ledger      1 failed, 1 not known yet, 1 waiting',
    '    ✖ migrations  exit 1: relation exists',
    '                  [SQL: CREATE TABLE x]',
    '    ↓ tables      waits for migrations',
    '    ? schema      not known yet: once it is there',
  ])
})

test('where not all fits, a host that is all ok is one line, and of the others only what is worth telling is shown', async () => {
  const ok = hostReport('db-two', [stepReport('server'), stepReport('ledger/role')])
  const away = hostReport('db-three', [], { error: 'did not answer on port 22\nIs it up?', roundTrips: 0, seconds: 10 })
  expect((await finalScreen([good, ok, away], 100, 8)).slice(2)).toEqual([
    '! vps       1 for a person, 2 changed, 1 ok  1 exec  0.9 s',
    '  ● role    role onquota_user SUPERUSER true → false (0.1 s)',
    '            role onquota_user password another → as the inventory says (0.2 s)',
    '  ! tables  for a person: table invoices missing → there',
    '✔ db-two    all 2 ok  1 exec  0.9 s',
    '✖ db-three  failed  0 execs  10 s',
    '  did not answer on port 22',
    '  Is it up?',
  ])
})

test('a change that does not fit stands on lines of its own', async () => {
  const cron = {
    what: 'file /etc/cron.d/onquota',
    from: '30 4 * * * root /usr/local/sbin/backup',
    to: '0 3 * * * root /usr/local/sbin/backup',
    seconds: 0.1,
  }
  expect(
    (await finalScreen([hostReport('vps', [stepReport('onquota/cron', { status: 'changed', changes: [cron] })])], 60)).slice(3),
  ).toEqual([
    '  ● cron  file /etc/cron.d/onquota',
    '            30 4 * * * root /usr/local/sbin/backup',
    '            → 0 3 * * * root /usr/local/sbin/backup (0.1 s)',
  ])
})

test('while it runs: what is being done, its last line, and what is done already', async () => {
  const stream = new TerminalStream()
  const view = terminalView(stream.asStream, { colours: false, taken: () => false })
  view.show(started([good]))
  view.show({ type: 'connecting', host: 'vps', address: '203.0.113.10' })
  view.show({ type: 'reading', host: 'vps', facts: 43 })
  view.show({ type: 'applying', host: 'vps', key: 'onquota/role', change: SUPERUSER })
  view.show({ type: 'applied', host: 'vps', key: 'onquota/role', change: made, ok: true })
  view.show({ type: 'applying', host: 'vps', key: 'onquota/tables', change: { what: 'tables', from: 35, to: 36 } })
  view.show({ type: 'line', host: 'vps', key: 'onquota/tables', line: 'Running upgrade 021 -> 022\u001b[2J' })
  await expect.poll(() => stream.screen.length, SOON).toBe(6)
  expect(stream.screen.map((line) => line.replace(/[⠀-⣿]/u, '~'))).toEqual([
    'provision  1 host, 1 project',
    '~ vps  changing  1 done',
    '  · server',
    '  ○ role    role onquota_user SUPERUSER true → false (0.1 s)',
    '  ~ tables  tables 35 → 36',
    '            │ Running upgrade 021 -> 022',
  ])
  expect(process.listenerCount('SIGINT')).toBe(0)
  view.show({ type: 'host-done', host: 'vps', report: good })
  await view.close()
  expect(stream.screen).toContain('  ✔ server  PostgreSQL 15.8')
})

test('nothing is drawn over a question for a passphrase', async () => {
  const stream = new TerminalStream()
  let asking = true
  let asked = 0
  const taken = () => {
    asked += 1
    return asking
  }
  const view = terminalView(stream.asStream, { colours: false, taken })
  view.show(started([good]))
  view.show({ type: 'reading', host: 'vps', facts: 43 })
  // It would have drawn twice since.
  await expect.poll(() => asked, SOON).toBeGreaterThan(1)
  expect(stream.screen).toEqual(['provision  1 host, 1 project'])
  asking = false
  await expect.poll(() => stream.screen.length, SOON).toBeGreaterThan(1)
  await view.close()
})

test('colours only where asked for', async () => {
  for (const colours of [true, false]) {
    const stream = new TerminalStream()
    const view = terminalView(stream.asStream, { colours, taken: () => false })
    view.show(started([good]))
    view.show({ type: 'host-done', host: 'vps', report: good })
    await view.close()
    expect(stream.raw.includes('\u001b[36m●\u001b[39m')).toBe(colours)
    // oxlint-disable-next-line no-control-regex
    expect(/\u001b\[\d+m/.test(stream.raw)).toBe(colours)
  }
})

test('a terminal that can not be drawn on costs the progress, not the run', async () => {
  const stream = new TerminalStream()
  const { write } = stream
  stream.write = (text) => {
    if (text.includes('\u001b')) throw new Error('no such device')
    return write(text)
  }
  const view = terminalView(stream.asStream, { colours: false, taken: () => false })
  view.show(started([good]))
  view.show({ type: 'host-done', host: 'vps', report: good })
  await view.close()
  expect(stream.screen.at(-1)).toBe('the progress could not be shown: no such device')
})

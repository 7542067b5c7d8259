import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cronStep } from '../../../lib/steps/backup/cron.ts'
import { asked, context, expectUnreadable, file, help, plan, rows, written } from '../common/support.ts'

const PATH = '/etc/cron.d/bitacora-onquota'
const backup = context().project.backup!
const step = cronStep('onquota', backup)
const LINE = '0 3 * * * root /opt/postgresql-backups/backup-onquota.sh >> /var/log/postgres-backup/backup-onquota-cron.log 2>&1'
const DRILL =
  '9 4 * * 6 root nice -n 19 ionice -c 3 /opt/postgresql-backups/restore-onquota.sh --scheduled >> /var/log/postgres-backup/backup-onquota-cron.log 2>&1'
const content = written(plan(step, { found: null, daemon: true }))

test('the file is one that cron takes, and says that it is managed', () => {
  expect(content.split('\n')[0]).toContain('Managed by bitacora')
  expect(content).toMatch(/^SHELL=\/bin\/bash$/m)
  expect(content).toMatch(/^PATH=\S+$/m)
  expect(content.endsWith(`\n${LINE}\n${DRILL}\n`)).toBe(true)
  expect(written(plan(cronStep('onquota', { ...backup, drill: null }), { found: null, daemon: true }))).toBe(
    content.replace(`${DRILL}\n`, ''),
  )
  expect(content).not.toContain('%')
})

test.each([
  ['absent', null, true, [[`file ${PATH}`, null, 'root, 0644', 'run']]],
  ['right', file(content), true, []],
  ['another hour', file(content.replace('0 3', '30 4')), true, [[`file ${PATH}`, LINE.replace('0 3', '30 4'), LINE, 'run']]],
  ['no entry', file(content.replace(LINE, '')), true, [[`file ${PATH}`, 'no entry', LINE, 'run']]],
  ['an entry more', file(`${content}@daily root x\n`), true, [[`file ${PATH}`, '@daily root x', 'no entry', 'run']]],
  [
    'another environment',
    file(content.replace('MAILTO=""', 'MAILTO=x')),
    true,
    [[`file ${PATH}`, 'another setting or comment', 'as the inventory says', 'run']],
  ],
  [
    'writable by its group, which cron refuses',
    file(content, { mode: '0664' }),
    true,
    [[`file ${PATH} mode`, '0664', '0644', 'run']],
  ],
  [
    'another name of the same file, for which cron leaves it out',
    file(content, { links: 2 }),
    true,
    [[`file ${PATH} links`, '2 names', 'one', 'run']],
  ],
  ['no daemon', file(content), false, [['cron daemon', 'not running', 'running', 'person']]],
])('%s', (_what, found, daemon, changes) => {
  expect(rows(plan(step, { found, daemon }))).toEqual(changes)
})

test('the way out is named', () => {
  expect(help(plan(step, { found: file(content), daemon: false }))).toContain('systemctl enable --now cron')
})

test('unreadable', () => expectUnreadable(step))

test('the number of another process is no daemon’s', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-cron-'))
  const pid = join(folder, 'crond.pid')
  const found = () => asked(step, (text) => text.replaceAll(/\/(var\/)?run\/cron(d)?\.pid/g, pid))
  writeFileSync(pid, `${process.pid}\n`)
  expect(await found()).toMatchObject({ daemon: { value: false } })
  copyFileSync('/bin/sleep', join(folder, 'cron'))
  const daemon = spawn(join(folder, 'cron'), ['60'])
  await once(daemon, 'spawn')
  writeFileSync(pid, `${daemon.pid}\n`)
  expect(await found()).toMatchObject({ daemon: { value: true } })
  daemon.kill()
  rmSync(folder, { recursive: true })
})

test('a real shell looks for the daemon', async () => {
  expect(await asked(step, (text) => text.replaceAll(/\/(var\/)?run\/cron(d)?\.pid/g, '/no/such/file'))).toMatchObject({
    daemon: { value: false },
  })
})

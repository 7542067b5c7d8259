import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { firstBackupStep } from '../../../lib/steps/backup/first-backup.ts'
import { asked, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = firstBackupStep('onquota', ['database'])
const newest = { name: 'backup_onquota_db_20261124_030000.sql.gz', bytes: 10, sha256: 'ab', grade: 'hashed on the box' }
const status = { ok: true, stage: 'done', startedAt: '2026-11-24T03:00:00Z', finishedAt: '2026-11-24T03:00:09Z', newest }
const change = [['first backup of onquota', null, 'made, uploaded, and equal on the box', 'run']]

test.each([
  ['never ran', null, change, 'no backup yet'],
  ['ran, made none', { ...status, ok: false, stage: 'dump', finishedAt: null, newest: null }, change, 'no backup yet'],
  ['one that is not on the box', { ...status, newest: { ...newest, grade: 'hashed' } }, change, `newest ${newest.name}`],
  ['right', status, [], `newest ${newest.name}`],
  ['a later run failed', { ...status, ok: false, stage: 'upload', error: 'no' }, [], `newest ${newest.name}`],
])('%s', (_what, found, changes, note) => {
  const result = plan(step, { status: found, ledger: null })
  expect(rows(result)).toEqual(changes)
  expect(result.note).toBe(note)
})

test('one that reached a box before, by the ledger, though the last run failed', () => {
  const ledger = `${JSON.stringify({ entry: 'uploaded', name: newest.name, at: '2026-11-23T03:01:00Z', box: 'u1@box:23' })}\n`
  const failed = { ...status, ok: false, stage: 'upload', newest: { ...newest, grade: 'hashed' } }
  expect(rows(plan(step, { status: failed, ledger }))).toEqual([])
  expect(rows(plan(step, { status: failed, ledger: '' }))).toEqual(change)
  // A new server has the backup that it was filled from in its ledger; it has made none itself.
  expect(rows(plan(step, { status: null, ledger }))).toEqual(change)
})

test('it runs the script that cron runs', () => {
  const result = plan(step, { status: null, ledger: null })
  expect(scripts(result).text).toMatch(/^l=\$\(loose root .*\n[^]*\n\/opt\/postgresql-backups\/backup-onquota\.sh$/)
  expect(result.changes[0]?.deadline).toBe(4 * 3600)
  expect(help(result)).toContain('/opt/postgresql-backups/backup-onquota.sh')
})

test('it waits for all that a backup needs', () => {
  expect(step.needs).toEqual(['preflight', 'server', 'package', 'script', 'config', 'known-host', 'database'])
})

test('unreadable', () => expectUnreadable(step))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['with a newline at its end', `${JSON.stringify(status, null, 2)}\n`, { value: status }],
  ['without', JSON.stringify(status), { value: status }],
  ['cut off', '{"ok":tr', { error: 'the answer is not JSON' }],
  ['of another shape', '{"ok":true}', { error: expect.stringContaining('another shape') }],
])('a real shell reads the status: %s', async (_what, text, answer) => {
  const path = join(folder, 'status')
  writeFileSync(path, text)
  expect(await asked(step, (script) => script.replaceAll('/var/backups/postgres/status_onquota.json', path))).toMatchObject({
    status: answer,
  })
})

test('a real shell finds no status', async () => {
  expect(await asked(step, (script) => script.replaceAll('/var/backups', '/no/such'))).toMatchObject({ status: { value: null } })
})

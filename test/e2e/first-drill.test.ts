import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, labInventory, labProject, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { isFull } from './support/full.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

// What can be dumped and not loaded again is found when a project gets its first backup, by a drill, and not in the night of need.
let lab: Lab
let inventory = ''
const oneLine = (text: string) => text.replace(/\s+/g, ' ')
const psql = (sql: string) =>
  execIn(lab, 'vps', `cd /; su postgres -c 'psql -v ON_ERROR_STOP=1 -qAt trial_db'`, { stdin: `SET ROLE trial_user;\n${sql}` })
const drills = () =>
  mustExecIn(
    lab,
    'vps',
    `cat /var/log/postgres-backup/backup_trial_*.log | grep -c 'trial \\[load\\] into the new database' || true`,
  )
const remove = async () => {
  await execIn(
    lab,
    'vps',
    `rm -rf /opt/postgresql-backups/{backup,restore}-trial.sh /opt/postgresql-backups/configs/*-trial* /var/backups/postgres/*trial* /var/log/postgres-backup/*trial* /etc/{cron.d,logrotate.d}/bitacora-trial; cd /
su postgres -c "psql -qc 'DROP DATABASE IF EXISTS trial_db WITH (FORCE)' -c 'DROP ROLE IF EXISTS trial_user'"`,
  )
  await execIn(lab, 'box', 'rm -rf /srv/box/home/backups/postgresql/trial')
}

beforeAll(async () => {
  lab = await openLab(LAB)
  await remove()
  const all = labInventory(lab)
  const { migrations: _migrations, ...entry } = labProject(lab, 'trial', { host: 'vps', schedule: '0 3 * * *' })
  const { backup: _backup, ...bare } = {
    ...entry,
    database: { ...entry.database, password: all.projects['onquota']!.database.password },
  }
  const written = (name: string, project: object) => writeInventory(lab, name, { ...all, projects: { trial: project } })
  expect(failures(await runVerb('provision', { inventory: written('trial-bare', bare) }))).toEqual([])
  inventory = written('trial', { ...bare, backup: entry.backup })
})
afterAll(remove)

const BROKEN = '.*function plain\\(text\\) does not exist; the statement begins: CREATE INDEX words_key'

test("an index that calls a function by an unqualified name: `provision` fails, with PostgreSQL's own reason", async () => {
  const { stderr } = await psql(`CREATE TABLE words (word text); INSERT INTO words VALUES ('Ñandú');
CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
CREATE FUNCTION key_of(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN plain($1); END';
CREATE INDEX words_key ON words (key_of(word));`)
  expect(stderr).toBe('')
  const check = await runVerb('provision', { inventory, check: true })
  expect(notOk(check)).toContain('trial/first-drill drift: first restore drill of trial')
  const ended = await runTask(lab, 'provision', ['trial'], { BITACORA_INVENTORY: inventory })
  expect(ended.code, ended.stderr).toBe(1)
  const said = oneLine(ended.stdout)
  expect(said).toMatch(new RegExp(`trial/first-drill first restore drill of trial: exit 1: load: ${BROKEN}`))
  expect(said).toContain('ALTER FUNCTION … SET search_path = public (or its schema), then make a new backup')
  expect(said).toContain(
    'Fix the cause, make a new backup (npx zx tasks/backup.mjs trial), and prove it npx zx tasks/restore.mjs trial',
  )
  expect(await drills()).toBe('1\n')
})

test('`provision`, `verify` and `status` go on telling it, and nothing repeats the drill', async () => {
  const again = await runVerb('provision', { inventory })
  expect(again).toMatchObject({ exitCode: 1, hosts: [{ roundTrips: 1 }] })
  const telling = [expect.stringMatching(/^trial\/first-drill drift: restore of backup_trial_db_\S+\.sql\.gz$/) as string]
  expect(notOk(again)).toEqual(telling)
  expect(stepsOf(again)['trial/first-drill']?.changes[0]).toMatchObject({
    manual: true,
    from: expect.stringMatching(BROKEN) as string,
  })
  const verified = await runVerb('verify', { inventory })
  expect(verified.exitCode).toBe(2)
  expect(notOk(verified)).toEqual(telling)
  const status = await runTask(lab, 'status', [], { BITACORA_INVENTORY: inventory })
  expect(status.code).toBe(2)
  expect(oneLine(status.stdout)).toMatch(new RegExp(`restoring backup_trial_db_\\S+ failed: ${BROKEN}`))
  expect(await drills()).toBe('1\n')
})

test('once a backup is proven, all is well', async () => {
  const { stderr } = await psql('ALTER FUNCTION key_of(text) SET search_path = public;')
  expect(stderr).toBe('')
  expect(failures(await runVerb('backup', { inventory }))).toEqual([])
  expect(failures(await runVerb('restore', { inventory }))).toEqual([])
  expect(notOk(await runVerb('verify', { inventory }))).toEqual([])
  expect(notOk(await runVerb('provision', { inventory }))).toEqual([])
})

// A value of which PostgreSQL can't write the text: the backup itself says so, and no drill follows.
test.each(isFull ? [600_000_000] : [])('a value of %d bytes in text', async (bytes) => {
  expect((await psql(`CREATE TABLE big AS SELECT convert_to(repeat('x', ${bytes}), 'UTF8') AS value;`)).stderr).toBe('')
  // As before the first backup.
  await mustExecIn(
    lab,
    'vps',
    `cd /var/backups/postgres; rm -f status_trial.json; sed -i '/"entry":"uploaded"/d' ledger_trial.jsonl`,
  )
  const report = await runVerb('provision', { inventory })
  expect(report.exitCode).toBe(1)
  expect(stepsOf(report)['trial/first-backup']?.error).toMatch(/table "big" failed: ERROR: {2}invalid memory alloc request size/)
  expect(stepsOf(report)['trial/first-drill']).toMatchObject({ status: 'skipped', reason: 'waits for first-backup' })
})

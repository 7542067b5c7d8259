import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { status } from '../../lib/index.ts'
import type { RunReport } from '../../lib/index.ts'
import { mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

/** A project that lists no tables: nothing but its newest backup knows what must be there. */
let lab: Lab
let inventory = ''
const vps = (script: string) => mustExecIn(lab, 'vps', script)
const sql = (statements: string) =>
  vps(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 -d onquota_db 2>/dev/null' <<'end'\n${statements}\nend`)

const COPY = '/var/lib/postgresql/before.dump'

beforeAll(async () => {
  lab = await openLab(LAB)
  inventory = listingNoTables()
  expect(notOk(await runVerb('provision', { inventory })).filter((line) => !line.includes('changed'))).toEqual([])
  await vps(`cd /; su postgres -c 'pg_dump -Fc -f ${COPY} onquota_db'`)
  await sql(`CREATE SCHEMA "Side" AUTHORIZATION onquota_user; SET ROLE onquota_user;
CREATE TABLE "Side"."Bills" (id serial PRIMARY KEY, day date); CREATE INDEX by_day ON "Side"."Bills" (day);
INSERT INTO "Side"."Bills" (day) SELECT now() FROM generate_series(1, 20);
CREATE TABLE "Side".events (id int) PARTITION BY RANGE (id);
CREATE TABLE "Side".events_1 PARTITION OF "Side".events FOR VALUES FROM (0) TO (10);
CREATE TABLE "Side".queue (id int); INSERT INTO "Side".queue SELECT generate_series(1, 50);
REVOKE ALL ON "Side".events_1 FROM onquota_user;
CREATE FUNCTION "Side".f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW "Side".seen AS SELECT 1 AS one; RESET ROLE;
CREATE TABLE brought (id int); ALTER EXTENSION "uuid-ossp" ADD TABLE brought;
CREATE SCHEMA others; GRANT USAGE ON SCHEMA others TO onquota_user; CREATE TABLE others.secret AS SELECT 1 AS id`)
  expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
})

afterAll(async () => {
  await sql(
    `DROP SCHEMA "Side", others CASCADE; DROP TABLE IF EXISTS extra; ALTER EXTENSION "uuid-ossp" DROP TABLE brought; DROP TABLE brought`,
  )
  await vps(`cd /; su postgres -c 'pg_restore --clean --if-exists -d onquota_db ${COPY}'; rm ${COPY}`)
  // No table has rows any more, which is a person's to acknowledge.
  expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(1)
  await vps(`/opt/postgresql-backups/backup-onquota.sh --acknowledge`)
  expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
  expect((await runVerb('provision', { projects: ['onquota'] })).exitCode).toBe(0)
})

function listingNoTables(): string {
  const all = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    projects: Record<string, { migrations: { tables?: string[] } }>
  }
  const onquota = structuredClone(all.projects['onquota']!)
  delete onquota.migrations.tables
  return writeInventory(lab, 'no-tables', { ...all, projects: { onquota } })
}

async function problems(): Promise<string[]> {
  const report = await status({ inventory, projects: [], concurrency: 10, wait: 0, logbook: '/dev/null/none' })
  expect(report.hosts[0]).toMatchObject({ roundTrips: 1 })
  const found = report.hosts[0]?.projects?.[0]?.status
  return (found?.problems ?? [])
    .filter(({ kind }) => kind !== 'proof')
    .map(({ kind, text, next }) => `${kind}: ${text} → ${next.join(' ')}`)
}

const contents = (report: RunReport) => stepsOf(report)['onquota/contents']

test('before: all is well, and it is one exec; others’ tables, an extension’s and partitions are no failure of the login', async () => {
  expect(await problems()).toEqual([])
  const verify = await runVerb('verify', { inventory })
  expect(notOk(verify)).toEqual([])
  expect(contents(verify)?.note).toMatch(/^as in backup_onquota_db_\S+: 40 tables, rows counted$/)
  expect(stepsOf(verify)['onquota/login']?.note).toBe('onquota_user logs in and reads 39 tables')
  expect(verify.hosts[0]?.roundTrips).toBe(1)
  expect(notOk(await runVerb('provision', { inventory, check: true }))).toEqual([])
})

test('a deploy may take away what it will: with another head it is only told', async () => {
  await sql(`UPDATE alembic_version SET version_num = '021'; DROP VIEW "Side".seen`)
  expect(await problems()).toEqual([expect.stringMatching(/^head: /)])
  expect(contents(await runVerb('verify', { inventory }))).toMatchObject({
    status: 'ok',
    note: expect.stringMatching(/^at 021, backup_\S+ was at 022; since then missing or changed: view Side\.seen$/),
  })
  await sql(`UPDATE alembic_version SET version_num = '022'`)
})

test('after: status, verify and provision --check name each thing that the backup has, with the next command', async () => {
  await sql(`DROP TABLE clients CASCADE; DROP INDEX "Side".by_day; DROP FUNCTION "Side".f; DROP TABLE "Side".events_1;
DROP TABLE "Side"."Bills"; TRUNCATE "Side".queue; ALTER TABLE "Side".queue OWNER TO postgres; CREATE TABLE extra (id int)`)
  const backup = String.raw`backup_onquota_db_\d+_\d+\.sql\.gz`
  const missing = (what: string, next: string) =>
    expect.stringMatching(new RegExp(`^tables: missing, though ${backup} has it: ${what} → restore onquota ${next}$`))
  expect(await problems()).toEqual([
    expect.stringMatching(/^database: owner of tables in onquota_db postgres owns "Side"\.queue, public\.extra → onquota_user/),
    missing(String.raw`table Side\.Bills \(20 rows\)`, String.raw`--table Side\.Bills`),
    missing(String.raw`table clients \(\d+ rows\)`, '--table clients'),
    missing(String.raw`constraint \w+_client_id_fkey of \w+; .* and \d+ more`, String.raw`--table \w+`),
    missing(String.raw`function Side\.f\(integer\)`, '--into onquota_db_copy'),
    missing(String.raw`view Side\.seen; view \w+`, '--into onquota_db_copy'),
    expect.stringMatching(/: owner of table Side\.queue is postgres, it was onquota_user → provision onquota --check$/),
    expect.stringMatching(/: Side\.queue has about 0 rows, it had 50 → restore onquota --table Side\.queue$/),
  ])
  const expected = [
    ['table Side.Bills', null],
    ['table clients', null],
    [expect.stringMatching(/^constraint \w+_client_id_fkey of \w+ and \d+ more$/), null],
    ['function Side.f(integer)', null],
    ['view Side.seen and 1 more', null],
    ['owner of table Side.queue', expect.stringContaining('is postgres')],
  ]
  const changes = (report: RunReport) => contents(report)?.changes.map(({ what, from, manual }) => [what, from, manual])
  const all = (rows: string) => [...expected, ['rows of Side.queue', expect.stringContaining(rows)]].map((row) => [...row, true])
  const verify = await runVerb('verify', { inventory })
  expect(verify.exitCode).toBe(2)
  expect(changes(verify)).toEqual(all('Side.queue has 0 rows, it had 50'))
  const check = await runVerb('provision', { inventory, check: true })
  expect(check.exitCode).toBe(2)
  expect(changes(check)).toEqual(all('Side.queue has about 0 rows, it had 50'))
})

test('the schedule is the one that is there, and cron must run', async () => {
  const cron = '/etc/cron.d/bitacora-onquota'
  const schedule = async () => (await problems()).filter((line) => line.startsWith('schedule'))
  await vps(`sed -i 's/^0 3 /0 4 /' ${cron}`)
  expect(await schedule()).toEqual([
    expect.stringMatching(/^schedule: file \S+ 0 4 \* \* \* root .* → 0 3 \* \* \* root .* → provision onquota$/),
  ])
  await vps(`sed -i 's/^0 4 /0 3 /' ${cron}; kill "$(cat /run/crond.pid)"; rm /run/crond.pid`)
  try {
    expect(await schedule()).toEqual(['schedule: no backup runs by itself: the cron daemon does not run → verify onquota'])
  } finally {
    await vps('lab-services')
  }
  expect(await schedule()).toEqual([])
})

test('a manifest that is not the one of the ledger is not believed', async () => {
  const file = 'f=$(ls /var/backups/postgres/backup_onquota_db_*.manifest.json | tail -n 1)'
  await vps(`${file}; cp -p "$f" /root/kept.json; sed -i 's/"public.clients"/"public.client"/' "$f"`)
  try {
    expect((await problems()).filter((line) => line.includes('manifest'))).toEqual([
      expect.stringMatching(/^tables: the manifest of \S+ on the host is not the one that its ledger knows → backup onquota$/),
    ])
    const verify = await runVerb('verify', { inventory })
    expect(contents(verify)?.changes).toMatchObject([{ what: expect.stringMatching(/^manifest of /), manual: true }])
  } finally {
    await vps(`${file}; mv /root/kept.json "$f"`)
  }
})

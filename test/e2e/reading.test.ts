import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { apply } from '../../lib/engine/apply.ts'
import { copyFact, sqlFact } from '../../lib/engine/fact.ts'
import type { Fact } from '../../lib/engine/fact.ts'
import { newHolder } from '../../lib/engine/lock.ts'
import { psqlApply } from '../../lib/engine/psql.ts'
import { read } from '../../lib/engine/read.ts'
import { step } from '../../lib/engine/step.ts'
import { connect } from '../../lib/host/connection.ts'
import type { Connection } from '../../lib/host/connection.ts'
import { loadInventory } from '../../lib/inventory/index.ts'
import { Masker } from '../../lib/text/masker.ts'
import { sh } from '../../lib/text/sh.ts'
import type { Script } from '../../lib/text/sh.ts'
import { sql } from '../../lib/text/sql.ts'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB } from './support/run.ts'

const masker = new Masker()
let lab: Lab
let connection: Connection

/** SQL as superuser, a statement a transaction. */
const onVps = async (statements: string, database = 'postgres') =>
  expect(
    await execIn(lab, 'vps', `cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${database}' >/dev/null`, {
      stdin: statements,
    }),
  ).toEqual({ code: 0, stdout: '', stderr: '' })

const HBA = '"$(su postgres -c \'psql -qAtX -c "SHOW hba_file"\')"'
const DATABASES = ['reading_open', 'reading_shut', "reading=it's"]

beforeAll(async () => {
  lab = await openLab(LAB)
  const { hosts } = await loadInventory(lab.inventoryFile)
  connection = await connect(hosts['vps']!)
  for (const name of DATABASES) await onVps(`CREATE DATABASE "${name}"`)
  await onVps(
    `CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('022'), (E'a\\\\\\tb'), (NULL);
CREATE TABLE locked (x int); CREATE VIEW looks AS SELECT 1 AS x;
ALTER DATABASE reading_open SET statement_timeout = '1ms'; ALTER DATABASE reading_open SET default_transaction_read_only = on;
ALTER DATABASE reading_open SET "DateStyle" = 'SQL, DMY'`,
    'reading_open',
  )
  await execIn(
    lab,
    'vps',
    `cd /; f=${HBA}; sed -i '1i local reading_shut all reject # reading' "$f"; su postgres -c 'psql -qAtX -c "SELECT pg_reload_conf()"'`,
  )
})
afterAll(async () => {
  connection?.close()
  await execIn(
    lab,
    'vps',
    `cd /; f=${HBA}; sed -i '/# reading$/d' "$f"; su postgres -c 'psql -qAtX -c "SELECT pg_reload_conf()"'`,
  )
  for (const name of DATABASES) await onVps(`DROP DATABASE "${name}"`)
})

const number = z.number().nullable()
const one = (database: string, value: number) => sqlFact(database, number, sql`SELECT ${value}`)
const rows = (database: string, table: string, absent: string[] = []) =>
  copyFact(
    database,
    z.array(z.string()).nullable(),
    sql`public.${sql([table] as unknown as TemplateStringsArray)}`,
    sql`x`,
    absent,
  )

async function answersOf(facts: Fact<unknown>[]) {
  const { answers } = await read(connection, facts, 5432, masker)
  return facts.map((fact) => answers.get(fact))
}

test('a database that refuses connections is its own trouble, and so are its neighbours', async () => {
  expect(
    await answersOf([
      one('reading_shut', 1),
      one('reading_open', 2),
      one('reading_shut', 3),
      one("reading=it's", 4),
      one('reading_none', 5),
      one('postgres', 6),
    ]),
  ).toEqual([
    { error: expect.stringMatching(/pg_hba.conf rejects connection/) },
    { value: 2 },
    { error: expect.stringMatching(/pg_hba.conf rejects connection/) },
    { value: 4 },
    { value: null },
    { value: 6 },
  ])
})

test('a table is read as it stands, and nothing in its place', async () => {
  const versions = copyFact('reading_open', z.array(z.string()).nullable(), sql`public.alembic_version`, sql`version_num`, [
    '42P01',
  ])
  const other = copyFact("reading=it's", z.array(z.string()).nullable(), sql`public.alembic_version`, sql`version_num`, ['42P01'])
  expect(await answersOf([versions, other, rows('reading_open', 'looks')])).toEqual([
    { value: ['022', 'a\\\\\\tb', '\\N'] },
    { value: null },
    { error: expect.stringContaining('cannot copy from view "looks"') },
  ])
})

test('no setting of a database changes how its answers are read', async () => {
  const shown = sqlFact(
    'reading_open',
    z.array(z.string()),
    sql`SELECT json_build_array(current_setting('search_path'), current_setting('DateStyle'), current_setting('statement_timeout'), current_setting('transaction_read_only'))`,
  )
  expect(await answersOf([shown])).toEqual([{ value: ['pg_catalog', 'ISO, MDY', '10s', 'on'] }])
})

test('what is locked, or takes too long, is told after seconds, and the rest is answered', async () => {
  const holding = execIn(
    lab,
    'vps',
    `cd /; su postgres -c 'PGOPTIONS="-c statement_timeout=0 -c default_transaction_read_only=off" psql -qX reading_open -c "BEGIN; LOCK TABLE locked; SELECT pg_sleep(600)"'`,
  )
  const lockSeen = sqlFact(
    'reading_open',
    z.boolean(),
    sql`SELECT to_json(EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = to_regclass('public.locked')))`,
  )
  while (JSON.stringify(await answersOf([lockSeen])) !== '[{"value":true}]');
  try {
    const slow = sqlFact('reading_open', number, sql`SELECT pg_sleep(60)`)
    expect(await answersOf([rows('reading_open', 'locked'), slow, one('reading_open', 3)])).toEqual([
      { error: expect.stringMatching(/lock timeout.*SQLSTATE 55P03/s) },
      { error: expect.stringMatching(/statement timeout.*SQLSTATE 57014/s) },
      { value: 3 },
    ])
  } finally {
    await onVps(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()`,
    )
    await holding
  }
})

const change = (run: Script) => {
  const steps = [step({ project: null, name: 'a', needs: [], facts: {}, plan: () => [{ what: 'x', from: null, to: 1, run }] })]
  const planned = steps.map((each) => ({ step: each, status: 'drift' as const, changes: each.plan({}) as never }))
  return async (onLine: (line: string) => void = () => {}) => {
    const { generation } = await read(connection, [], 5432, masker)
    return apply(
      connection,
      planned,
      { holder: newHolder('reading', 'test'), generation, wait: 0, onLine: (_key, line) => onLine(line) },
      masker,
    )
  }
}

test('a change is made whatever modes the database has', async () => {
  const made = change(psqlApply(5432, 'reading_open', [sql`CREATE TABLE public.made (x int)`, sql`SELECT pg_sleep(0.1)`]))
  expect(await made()).toMatchObject({ stale: false, applied: [{ outcome: 'done' }] })
})

test('a change that leaves a process behind, with its output open, ends, and the lock with it', async () => {
  const left = change(sh`tail -f /dev/null & echo $! > /tmp/reading_left`)
  try {
    expect(await left()).toMatchObject({ stale: false, applied: [{ outcome: 'done' }] })
    expect(await left()).toMatchObject({ stale: false, applied: [{ outcome: 'done' }] })
  } finally {
    await execIn(lab, 'vps', `kill "$(cat /tmp/reading_left)"; rm -f /tmp/reading_left`)
  }
})

test('a chatty change costs what its lines cost', async () => {
  let lines = 0
  const chatty = change(
    sh`yes 'INFO  [alembic.runtime.migration] one of very many lines' | head -n 150000 >&2; echo the cause >&2; exit 1`,
  )
  const result = await chatty(() => lines++)
  expect(result).toMatchObject({ applied: [{ outcome: 'failed', error: expect.stringMatching(/the cause$/) }] })
  expect(lines).toBe(150_001)
})

import { singleQuoted } from '../../lib/text/quoting.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'
import { AROUND, TABLES } from './restore-table/schema.ts'

let project: Project
const [DB, USER, READER] = ['rs_table_db', 'rs_table_user', 'rs_table_reader']
const named = (text: string) => text.replaceAll('@reader', READER).replaceAll('@user', USER)
const sql = (text: string, database = DB) => project.sql(text, database)
/** As the application logs in. */
const byOwner = async (text: string) =>
  must(
    await project.host(
      `PGPASSWORD=${singleQuoted(project.secrets[0] ?? '')} psql -h 127.0.0.1 -U ${USER} -qX -v ON_ERROR_STOP=1 ${DB}`,
      text,
    ),
  )

/** All of the live database but the copies: its dump with data, and what a dump doesn't show. */
const whole = async () => {
  const dump = must(
    await project.host(
      `cd /; su postgres -c "pg_dump --exclude-schema='restored_*' ${DB}" | grep -v restrict; su postgres -c 'pg_dumpall --globals-only' | grep -v restrict`,
    ),
  ).stdout
  const catalogs = await sql(`SELECT * FROM pg_publication_tables ORDER BY 1, 2, 3;
SELECT 'SELECT ' || quote_literal(oid::regclass) || ', last_value, is_called FROM ' || oid::regclass FROM pg_class WHERE relkind = 'S' ORDER BY oid::regclass::text \\gexec
SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1;
SELECT inhparent::regclass::text, count(*) FROM pg_inherits GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_rewrite), (SELECT count(*) FROM pg_attrdef);
SELECT count(*) FROM pg_depend JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid JOIN pg_namespace s ON s.oid = relnamespace AND nspname ~ '^restored_'
  WHERE deptype = 'n' AND refclassid <> 'pg_namespace'::regclass`)
  return { dump, catalogs }
}

interface Found {
  dropped: boolean
  sql: { file: string; command: string; text: string; cut: boolean }[]
}

/** Restores a table beside the live ones: what the script said and wrote down, with the schema that holds the copy. */
const restored = async (table: string) => {
  const { code, stdout, stderr } = await project.restore(`--table ${singleQuoted(table)}`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const side = /\[table\] (restored_\d{8}_\d{6})\./.exec(stdout)?.[1] ?? ''
  const found = JSON.parse(must(await project.host('cat /run/postgres-backup/rs_table.restore.json')).stdout) as Found
  return { stdout, side, ...found }
}
/** Runs the SQL as it was printed: the command too, but for the password that it asks for. */
const run = async ({ sql: files }: Found) => {
  for (const { command } of files)
    must(await project.host(`export PGPASSWORD=${singleQuoted(project.secrets[0] ?? '')}; ${command}`))
}
const dropCopies = () =>
  sql(`SET client_min_messages = warning; SET session_replication_role = replica; ALTER EVENT TRIGGER fired_always DISABLE;
SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace WHERE nspname ~ '^restored_' \\gexec
ALTER EVENT TRIGGER fired_always ENABLE ALWAYS`)

beforeAll(async () => {
  project = await makeProject('rs_table')
  await sql(`DROP ROLE IF EXISTS ${READER}; CREATE ROLE ${READER}`, 'postgres')
  await sql(`GRANT CREATE ON DATABASE ${DB} TO ${USER}`)
  await byOwner(named(TABLES))
  await sql(named(AROUND))
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.remove()
  await project?.host(`cd /; su postgres -c 'dropuser --if-exists ${READER}'`)
})

describe('nothing live is touched, and the copy has the rows', () => {
  test.each([
    ['dogs', 'public.dogs', 1000],
    ['"Odd.name ""x"""', 'public."Odd.name ""x"""', 1],
  ])('%s', async (table, name, rows) => {
    const before = await whole()
    const { side, stdout, dropped } = await restored(table)
    expect(await whole()).toEqual(before)
    expect(await sql(`SELECT count(*) FROM ${name.replace('public', side)}`), stdout).toBe(String(rows))
    expect(dropped).toBe(false)
    await dropCopies()
  })
})

describe('a name', () => {
  test.each([
    ['Lower', /several tables have that name; take one of these as it stands: 'public\."Lower"' 'public\.lower'/],
    ['odd.schema.x', /several tables have that name; .*'"odd\.schema"\.x'/],
    ['"a', /--table "a: .*string is not a valid identifier.*a name that needs quotes is written as in SQL/],
    ['"public"."clients" x', /string is not a valid identifier/],
    ['"Clients"', /cannot single out "Clients": it does not exist in backup_\S+, which has \d+ tables/],
  ])('%s', async (table, says) => {
    const { stdout, stderr } = await project.restore(`--local --table ${singleQuoted(table)}`)
    expect(stdout + stderr).toMatch(says)
    await dropCopies()
  })
})

describe('a table that was dropped comes back with all that fell with it', () => {
  test.each(isFull ? ['clients', 'dogs', 'animals', 'events_1', 'events'] : ['clients', 'events_1', 'events'])(
    '%s',
    async (table) => {
      const before = await whole()
      await sql(
        `SET client_min_messages = warning; SET session_replication_role = replica; ALTER EVENT TRIGGER fired_always DISABLE; DROP TABLE ${table} CASCADE; ALTER EVENT TRIGGER fired_always ENABLE ALWAYS`,
      )
      const fallen = await whole()
      const found = await restored(table)
      expect(await whole()).toEqual(fallen)
      expect(found.dropped).toBe(true)
      await sql('ALTER EVENT TRIGGER fired DISABLE; ALTER EVENT TRIGGER fired_always DISABLE')
      await run(found)
      // The check was run by the owner, as for each row that is inserted.
      await sql('TRUNCATE log; ALTER EVENT TRIGGER fired ENABLE; ALTER EVENT TRIGGER fired_always ENABLE ALWAYS')
      await dropCopies()
      expect(await whole()).toEqual(before)
    },
  )
})

test('nothing is touched also where all tables are published; and the SQL adds the rows that are missing', async () => {
  await sql(
    'ALTER EVENT TRIGGER fired_always DISABLE; CREATE PUBLICATION everything FOR ALL TABLES; ALTER EVENT TRIGGER fired_always ENABLE ALWAYS; TRUNCATE log',
  )
  const before = await whole()
  const found = await restored('public.clients')
  expect(found.stdout).toMatch(
    /warning: this database replicates all of its tables \(publication everything\), so restored_\d+_\d+ has unlogged/,
  )
  expect(await whole()).toEqual(before)
  const rows = () => sql('SELECT md5(string_agg(c::text, chr(10) ORDER BY id)) FROM clients c')
  const all = await rows()
  await sql('DELETE FROM clients WHERE id BETWEEN 20 AND 40')
  await run(found)
  expect(await rows()).toBe(all)
  await sql('DROP PUBLICATION everything; TRUNCATE log')
  await dropCopies()
})

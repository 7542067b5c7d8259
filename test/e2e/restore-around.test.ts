import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

const FOLDER = '/var/lib/postgresql/rs_around'
const MAPPED = `--tablespace 'rs fast=pg_default' --tablespace rs_slow=pg_default`

let project: Project
const sql = (text: string, database?: string) => project.sql(text, database)
const done = (options: string) => project.restored(options)
const DETACH = 'ALTER SUBSCRIPTION "rs sub" SET (slot_name = NONE); DROP SUBSCRIPTION "rs sub";'
const slots = () => sql(`SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'rs_around_slot'`)
const subscription = (database: string) => sql(`SELECT subenabled, subslotname IS NULL FROM pg_subscription`, database)

beforeAll(async () => {
  project = await makeProject('rs_around')
  must(await project.host(`mkdir -p ${FOLDER}/fast ${FOLDER}/slow; chown -R postgres ${FOLDER}`))
  // The publisher is this very server: a slot that is dropped there is gone.
  await sql(`CREATE TABLESPACE "rs fast" LOCATION '${FOLDER}/fast'; CREATE TABLESPACE rs_slow LOCATION '${FOLDER}/slow';
ALTER DATABASE rs_around_db SET TABLESPACE "rs fast"; SELECT pg_create_physical_replication_slot('rs_around_slot') \\g /dev/null`)
  await sql(
    `CREATE TABLE at_home (id int) TABLESPACE pg_default; CREATE TABLE far (id int PRIMARY KEY USING INDEX TABLESPACE rs_slow); ALTER TABLE at_home OWNER TO rs_around_user;
CREATE SUBSCRIPTION "rs sub" CONNECTION 'host=/var/run/postgresql dbname=postgres user=postgres' PUBLICATION p, "q w" WITH (connect = false, slot_name = 'rs_around_slot');
ALTER DATABASE rs_around_db SET default_tablespace = 'rs fast'; ALTER DATABASE rs_around_db SET temp_tablespaces = rs_slow, "rs fast"`,
    'rs_around_db',
  )
  const { code, stderr, stdout } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
})
afterAll(async () => {
  for (const database of ['rs_around_db', 'rs_around_copy'])
    await project?.host(`cd /; su postgres -c 'psql -q ${database}'`, DETACH)
  await project?.host(`cd /; su postgres -c psql <<'SQL'
DROP DATABASE IF EXISTS rs_around_copy WITH (FORCE);
DROP DATABASE IF EXISTS rs_around_db WITH (FORCE);
DROP TABLESPACE IF EXISTS "rs fast";
DROP TABLESPACE IF EXISTS rs_slow;
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'rs_around_slot';
SQL
rm -rf ${FOLDER}`)
  await project?.remove()
})

test('tablespaces are looked for before the load, in a drill as for real; a subscription comes back without its slot', async () => {
  await done('')
  expect(await slots()).toBe('1')
  await sql(DETACH, 'rs_around_db')
  await sql('DROP DATABASE rs_around_db; DROP TABLESPACE "rs fast"; DROP TABLESPACE rs_slow')
  for (const options of ['', '--into rs_around_copy']) {
    const { code, stdout, stderr } = await project.restore(options)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /fetch: the backup has things in the tablespace "rs fast", which is not here; make it first: CREATE TABLESPACE "rs fast" LOCATION '\/FOLDER'; or put them elsewhere: --tablespace "rs fast"=pg_default/,
    )
    expect(stdout).not.toMatch(/\[load\]/)
  }
  expect((await project.restore(`--tablespace 'rs fast=nowhere'`)).stderr).toMatch(/there is no tablespace nowhere here/)

  const stdout = await done(`--into rs_around_copy ${MAPPED}`)
  expect(stdout).toMatch(
    /left to you: the subscription "rs sub" is disabled and without a slot; once .*: ALTER SUBSCRIPTION "rs sub" SET \(slot_name = 'rs_around_slot'\); ALTER SUBSCRIPTION "rs sub" ENABLE;/,
  )
  expect(await sql('SELECT count(*) FROM pg_class WHERE reltablespace <> 0 AND relnamespace = 2200', 'rs_around_copy')).toBe('0')
  expect(await subscription('rs_around_copy')).toBe('f|t')
  const places = `SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = 'rs_around_copy'`
  expect(await sql(places)).toBe('default_tablespace=pg_default temp_tablespaces=pg_default, pg_default')
})

test('what replaces a database and what drops it never touches the slot on the publisher', async () => {
  await sql(`ALTER SUBSCRIPTION "rs sub" SET (slot_name = 'rs_around_slot')`, 'rs_around_copy')
  await sql(`UPDATE pg_subscription SET subenabled = true WHERE subname = 'rs sub'`, 'rs_around_copy')
  const stdout = await done(`--into rs_around_copy --replace ${MAPPED}`)
  expect(stdout).toMatch(
    /the subscription "rs sub" of the replaced database goes on in it, .*: ALTER SUBSCRIPTION "rs sub" DISABLE;/,
  )
  expect(await done('--into rs_around_copy --drop-old')).toMatch(
    /the slot rs_around_slot of a subscription of .* stays on its publisher/,
  )
  expect(await sql(`SELECT count(*) FROM pg_database WHERE datname ~ 'rs_around'`)).toBe('1')
  expect(await subscription('rs_around_copy')).toBe('f|t')
  expect(await slots()).toBe('1')
})

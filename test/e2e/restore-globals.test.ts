import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const sql = (text: string, database?: string) => project.sql(text, database)
const done = (options: string) => project.restored(options)
const settings = (database: string) =>
  sql(
    `SELECT pg_get_userbyid(datdba), ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1), datconnlimit, ARRAY(SELECT coalesce(r.rolname, '') || ARRAY(SELECT unnest(s.setconfig) ORDER BY 1)::text FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = setrole WHERE setdatabase = d.oid ORDER BY 1) FROM pg_database d WHERE datname = '${database}'`,
  )

beforeAll(async () => {
  project = await makeProject('rs_globals')
  await sql(`CREATE ROLE rs_globals_super SUPERUSER NOLOGIN; CREATE ROLE "rs_globals odd's" NOLOGIN; CREATE ROLE rs_globals_group;
GRANT rs_globals_group TO "rs_globals odd's" WITH ADMIN OPTION;
ALTER DATABASE rs_globals_db SET search_path = public, "Odd ""schema"; ALTER DATABASE rs_globals_db SET my.text = E'a\\\\b''c';
ALTER DATABASE rs_globals_db CONNECTION LIMIT 50; ALTER ROLE "rs_globals odd's" IN DATABASE rs_globals_db SET work_mem = '5MB';
REVOKE ALL ON DATABASE rs_globals_db FROM PUBLIC; GRANT CONNECT ON DATABASE rs_globals_db TO "rs_globals odd's" WITH GRANT OPTION;`)
  await sql('GRANT SELECT ON notes TO rs_globals_super', 'rs_globals_db')
})
afterAll(async () => {
  await project?.host(`cd /; su postgres -c 'psql -q' <<'SQL'
DROP DATABASE IF EXISTS rs_globals_copy WITH (FORCE);
DROP DATABASE IF EXISTS rs_globals_db WITH (FORCE);
DROP ROLE IF EXISTS rs_globals_super, "rs_globals odd's", rs_globals_group;
SQL`)
  await project?.remove()
})

test('a backup without roles beside it comes back, with the owner that its manifest names', async () => {
  await project.configure({ GLOBALS: 'no' })
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
  expect(await done('')).toMatch(/restored and equal to its manifest/)
  await done('--into rs_globals_copy')
  expect(await sql(`SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'rs_globals_copy'`)).toBe('rs_globals_user')
  await sql('DROP DATABASE rs_globals_copy')
})

test('roles, settings and grants come back as they were; a superuser who is missing comes back without that right', async () => {
  await project.configure()
  const { code, stderr } = await project.run()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const globals = must(await project.host(`cat $(ls ${project.backups}/*.globals.sql | tail -n 1)`)).stdout
  expect(globals).not.toMatch(/^\\|\\gset|\\if|:"/m)
  const before = await settings('rs_globals_db')
  await sql('DROP OWNED BY rs_globals_super; DROP ROLE rs_globals_super', 'rs_globals_db')
  const stdout = await done('--into rs_globals_copy')
  expect(stdout).toMatch(/warning: left to you, since it gives power over the server: ALTER ROLE rs_globals_super SUPERUSER;/)
  expect(await sql(`SELECT rolsuper FROM pg_roles WHERE rolname = 'rs_globals_super'`)).toBe('f')
  expect(await settings('rs_globals_copy')).toBe(before)
})

test('the file runs with psql alone, told to take no command of its own from it', async () => {
  await sql('DROP DATABASE rs_globals_copy')
  const before = await settings('rs_globals_db')
  await sql('CREATE DATABASE rs_globals_copy')
  const file = must(await project.host(`ls ${project.backups}/*.globals.sql | tail -n 1`)).stdout.trim()
  await sql(`\\restrict key\n${must(await project.host(`cat ${file}`)).stdout}`, 'rs_globals_copy')
  expect(await settings('rs_globals_copy')).toBe(before)
})

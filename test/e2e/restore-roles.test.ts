import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

/** Any name that PostgreSQL takes; each is a member of the one before it. */
const ODD = [`rr_odd "q" 'x' `, ' rr_odd lead', 'rr_odd\\', 'rr_odd\n\ttab\r', 'rr_odd ñ🦤', '"rr_odd both"', "rr_odd '; DROP"]
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const text = (value: string) => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

let project: Project
const sql = (query: string, database?: string) => project.sql(query, database)
const done = (options: string) => project.restored(options)
/** All that is known of the test's roles, passwords included. */
const roles = () =>
  sql(`SET search_path = pg_catalog; SELECT to_json(r)::jsonb - 'oid', shobj_description(oid, 'pg_authid') FROM pg_authid r WHERE rolname ~ 'rr_' ORDER BY rolname;
SELECT g.rolname, m.rolname, admin_option FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid JOIN pg_roles m ON m.oid = member WHERE m.rolname ~ 'rr_' ORDER BY 1, 2;
SELECT rolname, setconfig FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole WHERE setdatabase = 0 AND rolname ~ 'rr_' ORDER BY 1;
SELECT rolname, parname, privilege_type FROM pg_parameter_acl, aclexplode(paracl) JOIN pg_roles r ON r.oid = grantee WHERE rolname ~ 'rr_' ORDER BY 1, 2, 3;`)
const databaseFacts = (name: string) =>
  sql(
    `SELECT datconnlimit, datistemplate, shobj_description(oid, 'pg_database'), pg_get_userbyid(datdba), ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1) FROM pg_database WHERE datname = '${name}'`,
  )
const DROP = `DO $$ DECLARE one text; BEGIN FOR one IN SELECT rolname FROM pg_roles WHERE rolname ~ 'rr_' AND rolname <> 'rr_roles_user' LOOP EXECUTE format('DROP OWNED BY %I', one); EXECUTE format('DROP ROLE %I', one); END LOOP; END $$;`

beforeAll(async () => {
  project = await makeProject('rr_roles')
  await sql(`${ODD.map((name) => `CREATE ROLE ${quoted(name)} LOGIN PASSWORD 'known' CONNECTION LIMIT 7 VALID UNTIL '2031-01-01';`).join('\n')}
${ODD.slice(1)
  .map((name, n) => `GRANT ${quoted(ODD[n] ?? '')} TO ${quoted(name)}${n % 2 === 0 ? ' WITH ADMIN OPTION' : ''};`)
  .join('\n')}
${ODD.map((name) => `COMMENT ON ROLE ${quoted(name)} IS ${text(`of ${name}`)}; ALTER ROLE ${quoted(name)} SET my.name = ${text(name)};`).join('\n')}
CREATE ROLE rr_login LOGIN; CREATE ROLE rr_member LOGIN BYPASSRLS CREATEDB; CREATE ROLE rr_super SUPERUSER; CREATE ROLE rr_power CREATEROLE REPLICATION;
GRANT rr_roles_user TO rr_member; GRANT ${quoted(ODD[0] ?? '')} TO rr_roles_user; GRANT pg_monitor, rr_power TO rr_roles_user; GRANT rr_super TO rr_login;
ALTER ROLE rr_roles_user SET work_mem = '6MB'; ALTER ROLE rr_roles_user SET search_path = public, "Odd ""s"; COMMENT ON ROLE rr_roles_user IS 'the owner';
GRANT SET ON PARAMETER log_statement TO rr_login; GRANT SET ON PARAMETER session_preload_libraries TO rr_login; GRANT ALTER SYSTEM ON PARAMETER work_mem TO rr_login;
COMMENT ON DATABASE rr_roles_db IS E'it''s\\n; DROP "x"'; ALTER DATABASE rr_roles_db CONNECTION LIMIT 9; ALTER DATABASE rr_roles_db IS_TEMPLATE true;
REVOKE ALL ON DATABASE rr_roles_db FROM PUBLIC; REVOKE CREATE ON DATABASE rr_roles_db FROM rr_roles_user; GRANT CONNECT ON DATABASE rr_roles_db TO ${quoted(ODD[3] ?? '')};`)
  await sql(
    `${ODD.map((name) => `GRANT SELECT ON notes TO ${quoted(name)};`).join('\n')} GRANT SELECT ON notes TO rr_login, rr_super`,
    'rr_roles_db',
  )
  const { code, stderr, stdout } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.host(`cd /; su postgres -c 'psql -q' <<'SQL'
ALTER DATABASE rr_roles_db IS_TEMPLATE false;
ALTER DATABASE rr_roles_copy IS_TEMPLATE false;
ALTER DATABASE rr_roles_more IS_TEMPLATE false;
DROP DATABASE IF EXISTS rr_roles_more WITH (FORCE);
DROP DATABASE IF EXISTS rr_roles_copy WITH (FORCE);
DROP DATABASE IF EXISTS rr_roles_db WITH (FORCE);
DROP DATABASE IF EXISTS rr_roles_others;
${DROP}
SQL`)
  await project?.remove()
})

test('roles, their settings, memberships and comments, and the database’s own, come back; a drill leaves nothing', async () => {
  const [before, database] = [await roles(), await databaseFacts('rr_roles_db')]
  await sql('ALTER DATABASE rr_roles_db IS_TEMPLATE false; DROP DATABASE rr_roles_db')
  await sql(
    `${DROP} ALTER ROLE rr_roles_user RESET ALL; COMMENT ON ROLE rr_roles_user IS NULL; REVOKE pg_monitor FROM rr_roles_user`,
  )
  const owner = await roles()

  // A drill makes the roles that are missing, changes none that is there, and leaves none.
  const drill = await done('')
  expect(drill).toMatch(/made roles that were missing: .*"rr_odd both",.*rr_odd "q" 'x' ,/)
  expect(await roles()).toBe(owner)

  const stdout = await done('--into rr_roles_copy')
  const left = stdout.split('\n').flatMap((line) => /warning: left to you, since (.*)$/.exec(line)?.[1] ?? [])
  expect(left.toSorted()).toEqual([
    'it gives power over the server: ALTER ROLE rr_power CREATEROLE;',
    'it gives power over the server: ALTER ROLE rr_power REPLICATION;',
    'it gives power over the server: ALTER ROLE rr_super SUPERUSER;',
    'it gives power over the server: GRANT ALTER SYSTEM ON PARAMETER "work_mem" TO rr_login;',
    'it gives power over the server: GRANT SET ON PARAMETER "session_preload_libraries" TO rr_login;',
    'it gives power over the server: GRANT pg_monitor TO rr_roles_user;',
    'it gives power over the server: GRANT rr_super TO rr_login;',
  ])
  expect(await databaseFacts('rr_roles_copy')).toBe(database)
  // What a person decides, decided: all is as it was, the owner's password too.
  await sql(left.map((line) => line.slice(line.indexOf(': ') + 2)).join('\n'))
  expect(await roles()).toBe(before)

  // The same again changes nothing.
  const again = await done('--into rr_roles_copy --replace')
  expect(again).not.toMatch(/left to you/)
  expect(await databaseFacts('rr_roles_copy')).toBe(database)
  expect(await roles()).toBe(before)
  await done('--into rr_roles_copy --drop-old')
})

test('nothing is given to roles of other databases, and no password changes', async () => {
  await sql(`CREATE DATABASE rr_roles_others; ALTER DATABASE rr_roles_copy IS_TEMPLATE false; REVOKE rr_power FROM rr_roles_user;
REVOKE ${quoted(ODD[0] ?? '')} FROM rr_roles_user; ALTER ROLE rr_member PASSWORD 'changed' NOCREATEDB; ALTER ROLE rr_roles_user SET work_mem = '7MB'; ALTER ROLE ${quoted(ODD[2] ?? '')} RESET ALL`)
  await sql(`CREATE TABLE others (); GRANT SELECT ON others TO ${quoted(ODD[0] ?? '')}`, 'rr_roles_others')
  const before = await roles()
  const stdout = await done('--into rr_roles_copy --replace')
  expect(stdout).toMatch(
    /left to you, since that role has rights beyond this database: GRANT "rr_odd ""q"" 'x' " TO rr_roles_user;/,
  )
  expect(stdout).toMatch(
    /left to you, since the role has rights beyond this database: ALTER ROLE "rr_odd\\" SET my.name TO E'rr_odd\\\\';/,
  )
  // What a role that is there has otherwise is named, and stays.
  expect(stdout).toMatch(/left to you, since the role was here: ALTER ROLE rr_member CREATEDB;/)
  expect(stdout).toMatch(
    /left to you, since the role was here, and has another one: ALTER ROLE rr_roles_user SET work_mem TO '6MB';/,
  )
  expect(await roles()).toBe(before)
  await done('--into rr_roles_copy --drop-old')
})

test('roles that only log in come along where the config says so', async () => {
  await sql(`ALTER DATABASE rr_roles_copy IS_TEMPLATE false; CREATE ROLE rr_group; CREATE ROLE rr_alone LOGIN PASSWORD 'known' CONNECTION LIMIT 3 IN ROLE rr_group;
ALTER ROLE rr_alone SET work_mem = '8MB'; COMMENT ON ROLE rr_alone IS 'logs in, and no more'`)
  const backUp = async (changes: Record<string, string>) => {
    const { code, stderr, stdout } = await project.attempt({ DB_NAME: 'rr_roles_copy', ...changes })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  }
  const known = `SELECT count(*) FROM pg_roles WHERE rolname IN ('rr_alone', 'rr_group')`
  const away = 'DROP ROLE rr_alone, rr_group'
  const before = await roles()
  await backUp({ LOGIN_ROLES: 'yes' })
  await sql(away)
  await done('--into rr_roles_more')
  expect(await roles()).toBe(before)
  await sql('ALTER DATABASE rr_roles_more IS_TEMPLATE false; DROP DATABASE rr_roles_more')
  await backUp({})
  await sql(away)
  await done('--into rr_roles_more')
  expect(await sql(known)).toBe('0')
})

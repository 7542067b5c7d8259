import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, labInventory, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

/** A database that others made and live by; `ours` is what the inventory would make its owner. */
const DATABASE = 'adopt_db'
const OWNER = 'adopt_user'
const PASSWORD = 'legacy-password'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  await clear()
})
afterAll(clear)

async function clear(): Promise<void> {
  await psql(
    `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE);\nDROP DATABASE IF EXISTS adopt_other;\nDROP ROLE IF EXISTS ${OWNER}, adopt_legacy, adopt_guest, adopt_authenticator, adopt_anon, adopt_tuned, adopt_nobody;`,
  )
}

async function psql(input: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(
    lab,
    'vps',
    `cd /; su postgres -c 'psql -XAtq -v ON_ERROR_STOP=1' <<'end'\n${input}\nend`,
  )
  expect(`${code} ${stderr}`, input).toMatch(/^0 /)
  return stdout.trim()
}

/** What a login by password over TCP answers. */
async function login(role: string): Promise<string> {
  const { stdout, stderr } = await execIn(
    lab,
    'vps',
    `cd /; PGPASSWORD=${PASSWORD} psql -XAtqh 127.0.0.1 -U ${role} ${DATABASE} -c 'SELECT current_user' 2>&1`,
  )
  return `${stdout}${stderr}`.trim()
}

/** Without migrations, backup and secrets of its own: the database alone. */
function inventory(more: object = {}): { inventory: string; projects: string[] } {
  const all = labInventory(lab)
  const { host, database } = all.projects['onquota']!
  const project = { host, database: { ...database, name: DATABASE, owner: OWNER, extensions: [], ...more } }
  return { inventory: writeInventory(lab, 'adoption', { ...all, projects: { adopt: project } }), projects: ['adopt'] }
}

const LEGACY = `CREATE ROLE adopt_legacy LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE adopt_guest LOGIN PASSWORD '${PASSWORD}';
CREATE DATABASE ${DATABASE} OWNER adopt_legacy TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8';
\\connect ${DATABASE}
SET ROLE adopt_legacy;
CREATE SCHEMA old; CREATE TABLE old.notes (id int); GRANT USAGE ON SCHEMA old TO adopt_guest;`
const OWNER_OF = `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '${DATABASE}';`

test("a database of others is not taken over: it is shown with who owns and who uses it, and nobody's login ends", async () => {
  await psql(LEGACY)
  // The script's shell ends, its session lives on.
  await execIn(
    lab,
    'vps',
    `cd /; PGPASSWORD=${PASSWORD} setsid psql -Xqh 127.0.0.1 -U adopt_legacy ${DATABASE} -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 </dev/null &
until [ "$(su postgres -c "psql -XAtc \\"SELECT count(*) FROM pg_stat_activity WHERE usename = 'adopt_legacy'\\"")" = 1 ]; do sleep 0.05; done`,
  )
  const report = await runVerb('provision', inventory())
  expect(failures(report)).toEqual([])
  expect(report.exitCode).toBe(1)
  expect(stepsOf(report)['adopt/database']?.changes).toEqual([
    {
      what: `database ${DATABASE} owner`,
      from: 'adopt_legacy; not created by bitacora; used by adopt_guest (1 privilege), adopt_legacy (2 objects, 1 session)',
      to: OWNER,
      manual: true,
      help: expect.stringContaining('"adopt": true in projects.adopt.database'),
    },
  ])
  expect(await psql(OWNER_OF)).toBe('adopt_legacy')
  expect([await login('adopt_legacy'), await login('adopt_guest')]).toEqual(['adopt_legacy', 'adopt_guest'])
})

test("with the inventory's word it is, and those who live by it keep their login", async () => {
  const report = await runVerb('provision', inventory({ adopt: true }))
  expect(failures(report)).toEqual([])
  expect(await psql(OWNER_OF)).toBe(OWNER)
  expect([await login('adopt_legacy'), await login('adopt_guest')]).toEqual(['adopt_legacy', 'adopt_guest'])
  expect(await psql(`SELECT has_database_privilege('pg_monitor', '${DATABASE}', 'CONNECT');`)).toBe('f')
  const again = await runVerb('provision', { ...inventory({ adopt: true }), check: true })
  expect(notOk(again).filter((line) => /^adopt\/(role|database) /.test(line))).toEqual([])
})

test('a role that serves another database keeps its password, and all else', async () => {
  await clear()
  await psql(
    `CREATE ROLE ${OWNER} LOGIN CREATEDB PASSWORD '${PASSWORD}';\nCREATE DATABASE adopt_other OWNER ${OWNER};\nCREATE DATABASE ${DATABASE};`,
  )
  const report = await runVerb('provision', inventory())
  expect(report.exitCode).toBe(1)
  expect(stepsOf(report)['adopt/role']?.changes).toMatchObject([
    { what: `role ${OWNER}`, from: 'not created by bitacora: owns database adopt_other', manual: true },
  ])
  expect(stepsOf(report)['adopt/database']?.status).toBe('skipped')
  expect(await login(OWNER)).toBe(OWNER)
})

test('what was made by hand and belongs to postgres and nobody else is adopted without asking, and is ours from then on', async () => {
  await clear()
  await psql(
    `CREATE ROLE ${OWNER} LOGIN PASSWORD '${PASSWORD}';\nCREATE DATABASE ${DATABASE} TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8';`,
  )
  const report = await runVerb('provision', inventory())
  expect(failures(report)).toEqual([])
  expect(report.exitCode).toBe(0)
  await psql(
    `CREATE ROLE adopt_legacy LOGIN;\nALTER DATABASE ${DATABASE} OWNER TO adopt_legacy;\nCREATE DATABASE adopt_other OWNER ${OWNER};`,
  )
  const fixed = await runVerb('provision', inventory())
  expect(fixed.exitCode).toBe(0)
  expect(notOk(fixed)).toEqual([`adopt/database changed: database ${DATABASE} owner`])
})

test('logins that have nothing themselves, but may become roles that do, are named and let in', async () => {
  await clear()
  const roles = ['adopt_authenticator', 'adopt_tuned', 'adopt_nobody']
  await psql(`${roles.map((role) => `CREATE ROLE ${role} LOGIN NOINHERIT PASSWORD '${PASSWORD}';`).join('\n')}
CREATE ROLE adopt_anon; GRANT adopt_anon TO adopt_authenticator; CREATE ROLE ${OWNER} LOGIN BYPASSRLS CREATEDB PASSWORD '${PASSWORD}';
CREATE DATABASE ${DATABASE} OWNER ${OWNER} TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8';
ALTER ROLE adopt_tuned IN DATABASE ${DATABASE} SET work_mem = '5MB';
\\connect ${DATABASE}
CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO adopt_anon;`)
  const report = await runVerb('provision', inventory())
  expect(failures(report)).toEqual([])
  const changes = stepsOf(report)['adopt/database']?.changes ?? []
  const ofPublic = changes.find(({ what }) => what.endsWith('privileges of PUBLIC'))
  expect(ofPublic).toMatchObject({ manual: true })
  expect(ofPublic?.help).toMatch(
    /^adopt_anon \(1 privilege\), adopt_authenticator \(may become adopt_anon\), adopt_tuned \(settings here\) connect by it.*GRANT CONNECT ON DATABASE "adopt_db" TO "adopt_anon", "adopt_authenticator", "adopt_tuned"/,
  )
  // What its owner may beyond the database is not ours to take.
  expect(stepsOf(report)['adopt/role']?.changes).toMatchObject([
    { what: `role ${OWNER} password` },
    { what: `role ${OWNER} CREATEDB`, manual: true, help: expect.stringContaining('ALTER ROLE "adopt_user" NOCREATEDB') },
    { what: `role ${OWNER} BYPASSRLS`, manual: true },
  ])
  expect(await psql(`SELECT rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = '${OWNER}';`)).toBe('t|t')
  expect(failures(await runVerb('provision', inventory({ adopt: true })))).toEqual([])
  expect(await Promise.all(roles.map(login))).toEqual([
    'adopt_authenticator',
    'adopt_tuned',
    expect.stringContaining('permission denied for database'),
  ])
  expect(await psql(`SELECT rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = '${OWNER}';`)).toBe('f|f')
})

test('a database without a schema public is read, and nobody owns what extensions bring and what makes a range', async () => {
  await clear()
  await psql(`CREATE ROLE adopt_guest; CREATE ROLE ${OWNER} LOGIN PASSWORD '${PASSWORD}';
CREATE DATABASE ${DATABASE} OWNER ${OWNER} TEMPLATE template0 LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8';
\\connect ${DATABASE}
DROP SCHEMA public;
CREATE SCHEMA app AUTHORIZATION ${OWNER}; CREATE EXTENSION tablefunc SCHEMA app;
SET ROLE ${OWNER}; CREATE TYPE app.span AS RANGE (subtype = float8);`)
  const project = { readers: [{ name: 'adopt_guest', password: { file: 'secrets/onquota_db' } }] }
  const report = await runVerb('provision', { ...inventory(project), check: true })
  expect(failures(report)).toEqual([])
  expect(stepsOf(report)['adopt/ownership']).toMatchObject({ status: 'ok' })
})

test("a database that sorts by ICU's rules is not called C.UTF-8", async () => {
  await clear()
  await psql(
    `CREATE DATABASE ${DATABASE} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';`,
  )
  const report = await runVerb('provision', { ...inventory({ locale: 'C.UTF-8' }), check: true })
  expect(stepsOf(report)['adopt/database']?.changes).toContainEqual(
    expect.objectContaining({
      what: `database ${DATABASE} locale provider`,
      from: 'icu, und',
      to: 'libc, C.UTF-8',
      manual: true,
    }),
  )
})

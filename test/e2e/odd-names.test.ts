import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { status } from '../../lib/index.ts'
import { execIn, labInventory, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { isFull } from './support/full.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

const HOST = 'vps'
const ENV = '/opt/odd-names/.env'
const PASSWORD = `p:w'd\\ %é-12345`
const DATABASE = `it's "odd" 50% Ü=\\x`
const OWNER = `Ärger "x"`
// A name that leaves no room for what is added to it.
const COPY = 'Ä'.repeat(31)
const PROJECTS = ['odd', 'live']
/** Files of the backups of either, as they are named. */
const FILES = ['it%27s%20%22odd%22%2050%25%20%C3%9C%3D%5Cx', 'shop.live']

let lab: Lab
let inventory = ''
/** As the superuser. */
async function sql(database: string, text: string): Promise<string> {
  const name = Buffer.from(database).toString('base64')
  const command = `cd /; export PGDATABASE="$(echo ${name} | base64 -d)"; su postgres -w PGDATABASE -c 'psql -qAtX -v ON_ERROR_STOP=1'`
  const { code, stdout, stderr } = await execIn(lab, HOST, command, { stdin: text })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd()
}
const run = async (verb: Parameters<typeof runVerb>[0], options: Parameters<typeof runVerb>[1] = {}) => {
  const lines: string[] = []
  const report = await runVerb(verb, {
    inventory,
    projects: PROJECTS,
    ...options,
    onEvent: (event) => event.type === 'line' && lines.push(event.line),
  })
  expect(failures(report), lines.join('\n')).toEqual([])
  return { report, lines: lines.join('\n') }
}
/** Names of every kind that a database can have, all with what a parser could stumble on. */
const THINGS = [
  'back\\slash',
  'tab\there',
  'quo"te\'s',
  'new\nline',
  'Ünï 🦤',
  '50% $x; --',
  ' blanks ',
  'select',
  'Ä'.repeat(31),
]
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const FILL = `${THINGS.map((name) => `CREATE TABLE ${quoted(name)} AS SELECT g AS ${quoted(`c${name.slice(0, 20)}`)} FROM generate_series(1, 20) g;`).join('\n')}
CREATE TABLE notes (id serial PRIMARY KEY, body text);
${THINGS.slice(0, 7)
  .map(
    (
      name,
    ) => `CREATE SCHEMA ${quoted(`s.${name}`)}; CREATE TABLE ${quoted(`s.${name}`)}.${quoted(`t,(${name})`)} (id serial CHECK (id > 0));
CREATE SEQUENCE ${quoted(`q${name}`)}; CREATE VIEW ${quoted(`v${name}`)} AS SELECT * FROM notes; CREATE MATERIALIZED VIEW ${quoted(`m${name}`)} AS SELECT * FROM notes;
CREATE TYPE ${quoted(`e${name}`)} AS ENUM (E'a\\\\b', E'\\t'); CREATE FUNCTION ${quoted(`f${name}`)} (${quoted(`a${name}`)} int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE INDEX ${quoted(`i${name}`)} ON notes (body); ALTER TABLE notes ADD CONSTRAINT ${quoted(`k${name}`)} CHECK (body <> '');
CREATE TABLE ${quoted(`p${name}`)} (id int) PARTITION BY RANGE (id); CREATE TABLE ${quoted(`part${name}`)} PARTITION OF ${quoted(`p${name}`)} DEFAULT;`,
  )
  .join('\n')}`

beforeAll(async () => {
  lab = await openLab(LAB)
  writeFileSync(join(lab.directory, 'secrets', 'odd-names'), PASSWORD, { mode: 0o600 })
  const { hosts, boxes } = labInventory(lab)
  const password = { file: 'secrets/odd-names' }
  const backup = (folder: string, schedule: string) => ({
    schedule,
    box: 'box',
    remoteDirectory: `/home/backups/postgresql/${folder}`,
  })
  inventory = writeInventory(lab, 'odd-names', {
    hosts,
    boxes,
    projects: {
      odd: {
        host: HOST,
        database: { name: DATABASE, owner: OWNER, password, readers: [{ name: "read er's", password }] },
        backup: backup('odd-names', '0 3 * * *'),
        envFile: {
          path: ENV,
          variables: { DATABASE_URL: 'postgresql://{owner}:{password}@{host}:{port}/{database}', DATABASE: '{database}' },
        },
      },
      live: {
        host: HOST,
        database: { name: 'shop.live', owner: 'postgres', password },
        backup: backup('odd-names-live', '0 4 * * *'),
      },
    },
  })
  await clear()
  await mustExecIn(lab, HOST, 'mkdir -p /opt/odd-names')
})
afterAll(clear)

/** What the projects leave behind, of an earlier run too. */
async function clear(): Promise<void> {
  const drop = [DATABASE, COPY, 'shop.live'].map((name) => `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE);`)
  await sql(
    'postgres',
    `SET client_min_messages = error;\n${drop.join('\n')}\nSELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname LIKE '%\\_before\\_%' \\gexec
DROP ROLE IF EXISTS ${quoted(OWNER)}, "read er's"; ALTER ROLE postgres PASSWORD NULL;`,
  )
  await mustExecIn(
    lab,
    HOST,
    `for p in ${PROJECTS.join(' ')}; do rm -rf /etc/cron.d/bitacora-$p /etc/logrotate.d/bitacora-$p /opt/postgresql-backups/*-$p.sh \
  /opt/postgresql-backups/configs/*-$p /opt/postgresql-backups/configs/*-$p.conf /var/log/postgres-backup/*_$p[_.]* /run/postgres-backup/$p.* \
  /var/backups/postgres/*_$p.* /var/backups/postgres/.*_$p /var/backups/postgres/.*_$p.*; done
rm -rf /opt/odd-names ${FILES.map((file) => `/var/backups/postgres/backup_${file}_*`).join(' ')}`,
  )
  await mustExecIn(lab, 'box', 'rm -rf /srv/box/home/backups/postgresql/odd-names*')
}

test('the superuser as an owner is left as it is, and a person is told what it lacks', async () => {
  const report = await runVerb('provision', { inventory, projects: ['live'] })
  expect(notOk(report)).toContain('live/role drift: role postgres password')
  expect(stepsOf(report)['live/role']?.changes[0]?.help).toMatch(/never changed by bitacora/)
  // It has no password yet, so nobody logs in to what was restored.
  expect(stepsOf(report)['live/first-drill']?.error).toMatch(/exit 1: login: postgres cannot log in or read/)
  expect(await sql('postgres', `SELECT rolsuper, rolcreatedb, rolconnlimit, rolpassword IS NULL FROM pg_authid WHERE rolname = 'postgres'`)).toBe('t|t|-1|t') // prettier-ignore
  await sql('postgres', `ALTER ROLE postgres PASSWORD '${PASSWORD.replaceAll("'", "''")}'`)
})

test('what the inventory names is made, and nothing differs after it', async () => {
  await run('provision')
  for (const [database, owner] of [[DATABASE, OWNER] as const, ['shop.live', 'postgres'] as const])
    await sql(database, `SET ROLE ${quoted(owner)};\n${FILL}`)
  await run('restore', { projects: ['live'] })
  const { report } = await run('provision', { check: true })
  expect(notOk(report)).toEqual([])
  expect((await execIn(lab, HOST, `cat ${ENV}`)).stdout).toBe(
    `DATABASE_URL=postgresql://%C3%84rger%20%22x%22:p%3Aw%27d%5C%20%25%C3%A9-12345@127.0.0.1:5432/it%27s%20%22odd%22%2050%25%20%C3%9C%3D%5Cx\nDATABASE="it's \\"odd\\" 50% Ü=\\\\x"\n`,
  )
})

test('it is backed up, proven, verified and shown', async () => {
  await run('backup')
  const { report, lines } = await run('restore')
  expect(notOk(report).filter((line) => !line.includes('changed'))).toEqual([])
  expect(lines).toMatch(/\[login\] postgres logs in, and reads all tables as a superuser/)
  expect(lines).toMatch(/\[login\] Ärger "x" logs in and reads 31 tables/)
  const files = await mustExecIn(lab, HOST, 'ls /var/backups/postgres')
  for (const file of FILES) expect(files).toMatch(new RegExp(`^backup_${file}_\\d{8}_\\d{6}\\.sql\\.gz\\.manifest\\.json$`, 'm'))
  expect(notOk((await run('verify')).report)).toEqual([])
  const shown = await status({ inventory, projects: PROJECTS, concurrency: 10, wait: 0, logbook: '/dev/null/none' }) // prettier-ignore
  expect(shown.hosts[0]?.projects?.map((project) => [project.status?.problems, project.status?.backup?.newest?.name?.replace(/_\d.*/, '')])).toEqual(FILES.map((file) => [[], `backup_${file}`])) // prettier-ignore
})

test.each([[COPY, false], ...(isFull ? [[COPY, true] as const] : []), [DATABASE, true]] as const)(
  'it comes back into %j, in the place of another: %j',
  async (into, replace) => {
    const { report, lines } = await run('restore', { projects: ['odd'], restore: { into, replace, yes: into } })
    expect(report.exitCode, lines).toBe(0)
    expect(lines).toContain(`[switch] ${into} is the restored database`)
    expect(await sql(into, 'SELECT count(*) FROM "new\nline"')).toBe('20')
  },
)

test('what was replaced goes', async () => {
  const { lines } = await run('restore', { projects: ['odd'], restore: { dropOld: true, yes: DATABASE } })
  expect(lines).toMatch(/\[drop-old\] it's "odd" 50% Ü=\\x_before_\d{8}_\d{6} is gone/)
  expect(notOk((await run('provision', { check: true })).report)).toEqual([])
})

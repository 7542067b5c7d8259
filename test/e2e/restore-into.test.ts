import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const sql = async (text: string, database = 'rs_into_db') =>
  must(await project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${database}'`, text)).stdout.trimEnd()
const databases = () =>
  sql(`SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'rs_into'`, 'postgres')
const done = (options: string, stdin?: string) => project.restored(options, stdin)
const fails = async (options: string, message: RegExp) => {
  const before = await databases()
  const { code, stdout, stderr } = await project.restore(options)
  expect(code, stdout).toBe(1)
  expect(stderr).toMatch(message)
  expect(await databases()).toBe(before)
}

beforeAll(async () => {
  project = await makeProject('rs_into')
  await project.install('zstd', 'age')
  await sql(`SET ROLE rs_into_user; CREATE TABLE "Weird table" (id serial PRIMARY KEY, note text UNIQUE);
INSERT INTO "Weird table" (note) SELECT g FROM generate_series(1, 12) g; ALTER TABLE notes ADD COLUMN id serial, ADD PRIMARY KEY (id);
CREATE TABLE refs (note_id int REFERENCES notes); INSERT INTO refs VALUES (1), (2);
RESET ROLE; ALTER DATABASE rs_into_db SET statement_timeout = '90s'; REVOKE CONNECT ON DATABASE rs_into_db FROM PUBLIC;`)
  expect(await project.run()).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await project?.host(`cd /; su postgres -c 'psql -qAt' <<'SQL' | su postgres -c psql
SELECT format('DROP DATABASE %I WITH (FORCE);', datname) FROM pg_database WHERE datname ~ 'rs_into' AND datname <> 'rs_into_db'
SQL`)
  await project?.remove()
})

describe('into a database', () => {
  const settings = (database: string) =>
    sql(
      `SELECT pg_get_userbyid(datdba), ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1), setconfig FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = oid WHERE datname = '${database}'`,
      'postgres',
    )

  test('that is not there: made, with owner, settings and grants', async () => {
    const stdout = await done('--into rs_into_copy')
    expect(stdout).toMatch(/\[done\] \S+ restored into rs_into_copy, equal to its manifest/)
    expect(await sql('SELECT count(*) FROM notes', 'rs_into_copy')).toBe('20004')
    expect(await settings('rs_into_copy')).toBe(await settings('rs_into_db'))
    await sql('DROP DATABASE rs_into_copy', 'postgres')
  })

  test('that is there: refused, and nothing was fetched', () =>
    fails('--into rs_into_db', /rs_into_db is there already; --replace puts the restored one in its place/))

  test("that is PostgreSQL's own, or no name: refused", async () => {
    await fails('--into postgres', /not one of PostgreSQL's own/)
    await fails(`--into "$(printf 'x\\ny')"`, /--into needs the name of a database/)
    await fails(`--into ${'x'.repeat(64)}`, /--into needs the name of a database/)
  })

  test('that has tables, when only an empty one may be filled: refused', () =>
    fails('--into rs_into_db --fill', /has tables already|none of the newest/))

  test('that is empty: filled, and the empty one is gone', async () => {
    await sql('CREATE DATABASE rs_into_empty', 'postgres')
    await done('--into rs_into_empty --fill')
    expect(await sql('SELECT count(*) FROM notes', 'rs_into_empty')).toBe('20004')
    expect(await databases()).toBe('rs_into_db rs_into_empty')
    await sql('DROP DATABASE rs_into_empty', 'postgres')
  })
})

test('--replace: the restored one takes the name while somebody is connected; the old one is kept until --drop-old', async () => {
  await sql(`DELETE FROM notes WHERE id > 10; INSERT INTO notes (body) VALUES ('written after the backup')`)
  const session = `(cd /; setsid su postgres -c "psql rs_into_db -c 'SELECT pg_sleep(86400)'" >/dev/null 2>&1 &)`
  must(await project.host(session))
  const connected = () => sql(`SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(86400)'`)
  await expect.poll(connected, { timeout: 60_000 }).toBe('1')
  const stdout = await done('--into rs_into_db --replace')
  const old = /is kept as (rs_into_db_before_\d{8}_\d{6});/.exec(stdout)?.[1] ?? ''
  expect(await databases()).toBe(`rs_into_db ${old}`)
  expect(await sql('SELECT count(*) FROM notes')).toBe('20004')
  expect(await sql('SELECT count(*) FROM notes', old)).toBe('11')
  const { stdout: login } = await project.host(
    `PGPASSWORD=$(sed -n "s/^DB_PASSWORD='\\(.*\\)'$/\\1/p" ${project.config} | sed "s/'\\\\\\\\''/'/g") psql -h 127.0.0.1 -U rs_into_user -At rs_into_db -c "INSERT INTO notes (body) VALUES ('new') RETURNING body"`,
  )
  expect(login).toContain('new')
  expect(await done('--drop-old')).toContain(`[drop-old] ${old} is gone`)
  expect(await databases()).toBe('rs_into_db')
})

test('a kill in the middle of the switch is mended by the next run', async () => {
  await sql('ALTER DATABASE rs_into_db ALLOW_CONNECTIONS false', 'postgres')
  must(await project.host(`echo 'closed rs_into_db' > ${project.backups}/.restoring_rs_into`))
  expect(await done('')).toContain('an earlier restore was killed')
  expect(await sql('SELECT 1')).toBe('1')
})

describe('--table', () => {
  test('one table into a side schema, with rows, indexes and its own sequence, without foreign keys', async () => {
    await sql('DROP TABLE refs; DELETE FROM notes WHERE id = 5')
    const stdout = await done('--table notes')
    const side = /\[table\] (restored_\d{8}_\d{6})\.notes of rs_into_db has 20004 rows/.exec(stdout)?.[1] ?? ''
    expect(await sql(`SELECT count(*) FROM ${side}.notes n WHERE NOT EXISTS (SELECT FROM notes WHERE id = n.id)`)).toBe('1')
    expect(await sql(`SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '${side}'`)).toBe('rs_into_user')
    expect(await sql(`SELECT count(*) FROM pg_constraint WHERE conrelid = '${side}.notes'::regclass AND contype = 'p'`)).toBe('1')
    await sql(`DROP SCHEMA ${side} CASCADE`)
  })

  test('a name that must be quoted', async () => {
    const stdout = await done(`--table 'public.Weird table'`)
    expect(stdout).toMatch(/\[table\] restored_\d{8}_\d{6}\.Weird table of rs_into_db has 12 rows/)
    expect(stdout).not.toContain('warning')
  })

  test('one that the backup does not have', () => fails('--table nope', /cannot single out public\.nope: .*does not exist/))
})

describe.each([
  ['zstd', { COMPRESSION: 'zstd', COMPRESSION_LEVEL: '3', COMPRESSION_THREADS: '2' }, 'sql.zst'],
  ['directory', { COMPRESSION: 'directory', JOBS: '2' }, 'dir.tar'],
])('the format %s', (_name, settings, extension) => {
  test('backed up, and proven by restoring', async () => {
    const { code, stdout, stderr, status, leftovers } = await project.attempt(settings)
    expect({ code, stderr, leftovers }, stdout).toEqual({ code: 0, stderr: '', leftovers: '' })
    expect(status?.newest?.name).toMatch(new RegExp(`_\\d{6}\\.${extension}$`))
    expect(await done('')).toMatch(new RegExp(`\\.${extension} restored and equal to its manifest`))
    expect(await done('--table notes')).toMatch(/\[table\] restored_\S+ of rs_into_db has \d+ rows/)
  })

  test('encrypted: without the key only the hash is proven, with it everything', async () => {
    const key = must(await project.host('age-keygen 2>/dev/null')).stdout
    const recipient = /age1[0-9a-z]{58}/.exec(key)?.[0] ?? ''
    const { code, stdout, stderr, status } = await project.attempt({ ...settings, ENCRYPT_TO: recipient })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(status?.newest?.name).toMatch(new RegExp(`\\.${extension}\\.age$`))
    const path = status?.newest?.remotePath ?? ''
    expect(must(await project.box(`head -c 21 .${path}; head -c 21 .${path}.globals.sql.age`)).stdout).toBe(
      'age-encryption.org/v1'.repeat(2),
    )
    expect(await done('')).toMatch(/hash proven, contents not, since no private key was given/)
    expect(((await project.status()) as unknown as { proof: object }).proof).toMatchObject({
      ok: true,
      contents: 'not looked at',
    })
    const other = must(await project.host('age-keygen 2>/dev/null')).stdout
    const wrong = await project.restore('--identity', other)
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(/\[failed\] hash: cannot decrypt backup_\S+\.age: /)
    // A request that was refused is no failed proof.
    expect(((await project.status()) as unknown as { proof: object }).proof).toMatchObject({
      ok: true,
      contents: 'not looked at',
    })
    expect(await done('--identity', key)).toMatch(/restored and equal to its manifest/)
    const secret = /AGE-SECRET-KEY-\S+/.exec(key)?.[0] ?? 'none'
    expect((await project.host(`grep -rl '${secret}' /run /var/backups /var/log /tmp 2>/dev/null; true`)).stdout).toBe('')
  })
})

test('--at picks the newest not later, --local takes the copy on the host', async () => {
  const { stdout } = await project.host(
    `ls ${project.backups} | grep -oE '^backup_.*_[0-9]{6}\\.[a-z.]*$' | grep -vE 'sha256|json|globals|age' | sort | head -n 2 | tail -n 1`,
  )
  const name = stdout.trim()
  const [, date = '', time = ''] = /_(\d{8})_(\d{6})\./.exec(name) ?? []
  const at = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  expect(await done(`--at ${at}`)).toContain(`[done] ${name} restored`)
  await project.configure({ STORAGEBOX_PORT: '2' })
  await fails('', /\[failed\] config: not reached: .*Connection refused/)
  expect(await done(`--local --at ${at}`)).toContain(`[done] ${name} restored and equal`)
})

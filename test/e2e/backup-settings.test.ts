import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

const [DB, OWNER] = ['bs_set_db', 'bs_set_user']
let project: Project

// Whatever is set on the role postgres or on the server must not reach the test's own session.
const OPTIONS = [
  'statement_timeout=0',
  'lock_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'idle_session_timeout=0',
  'default_transaction_read_only=off',
  'search_path=public',
]
  .map((option) => `-c ${option}`)
  .join(' ')
const sql = async (text: string, database = DB) =>
  must(
    await project.host(`cd /; su postgres -c 'PGOPTIONS="${OPTIONS}" psql -qAtX -v ON_ERROR_STOP=1 ${database}'`, text),
  ).stdout.trim()
const asOwner = (text: string) => `SET ROLE ${OWNER};\n${text}`

beforeAll(async () => {
  project = await makeProject('bs_set')
  await sql(asOwner('CREATE TABLE numbered (id serial PRIMARY KEY, body text)'))
  await sql(asOwner(`INSERT INTO numbered (body) SELECT repeat(md5(g::text), 10) FROM generate_series(1, 3000) g`))
})
afterAll(async () => {
  await project?.remove()
})

/** A backup must be good, of the files that it leaves, and the drill of it equal. */
async function backsUp({ changes = {}, drill = true }: { changes?: Settings; drill?: boolean } = {}): Promise<string> {
  const { code, stdout, stderr, status } = await project.attempt(changes)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(status).toMatchObject({ ok: true, newest: { grade: 'hashed on the box' } })
  if (!drill) return stdout
  const restored = await project.restore()
  expect({ code: restored.code, stderr: restored.stderr }, restored.stdout).toEqual({ code: 0, stderr: '' })
  expect(restored.stdout).toMatch(/\[compare\] equal: [1-9]/)
  return stdout
}

const manifest = async () => {
  const { newest } = await project.status()
  return JSON.parse(must(await project.host(`cat ${project.backups}/${newest?.name}.manifest.json`)).stdout) as {
    tables: Record<string, string>
    counts: Record<string, number>
    alembicHead: string | null
    cluster: string | null
  }
}

const TIME_OUTS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout']
const PLACES: [where: string, target: string][] = [
  ["the application's role", `ROLE ${OWNER}`],
  ['the database', `DATABASE ${DB}`],
  ['the role postgres', 'ROLE postgres'],
  ['the role postgres in the database', `ROLE postgres IN DATABASE ${DB}`],
]
const SETTINGS: [what: string, settings: string[]][] = [
  ['time-outs of a millisecond', TIME_OUTS.map((name) => `${name} = 1`)],
  ['only reading', ['default_transaction_read_only = on']],
  ['a search path that hides everything', ['search_path = nowhere']],
]

/** Each alone, or all of them at once. */
const sets: typeof SETTINGS = isFull ? SETTINGS : [['all of it', SETTINGS.flatMap(([, settings]) => settings)]]

describe('what people set', () => {
  test.each(sets.flatMap(([what, settings]) => PLACES.map(([where, target]) => ({ what, settings, where, target }))))(
    '$what on $where',
    async ({ settings, target }) => {
      await sql(settings.map((setting) => `ALTER ${target} SET ${setting};`).join('\n'), 'postgres')
      try {
        await backsUp()
      } finally {
        await sql(`ALTER ${target} RESET ALL`, 'postgres')
      }
    },
  )

  test('time-outs and only reading on the whole server', async () => {
    const names = [...TIME_OUTS, 'default_transaction_read_only']
    const change = (how: (name: string) => string) =>
      sql([...names.map((name) => `ALTER SYSTEM ${how(name)};`), 'SELECT pg_reload_conf();'].join('\n'), 'postgres')
    await change((name) => `SET ${name} = 1`)
    try {
      await backsUp()
    } finally {
      await change((name) => `RESET ${name}`)
    }
  })

  test('a connection limit that the application uses up, of its role and of the database', async () => {
    await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT 0; ALTER DATABASE ${DB} CONNECTION LIMIT 0`, 'postgres')
    try {
      await backsUp({ drill: false })
    } finally {
      await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT -1; ALTER DATABASE ${DB} CONNECTION LIMIT -1`, 'postgres')
    }
  })

  test('tables that the role cannot read, and policies that hide rows from it', async () => {
    await sql(`REVOKE SELECT ON notes FROM ${OWNER};
ALTER TABLE numbered ENABLE ROW LEVEL SECURITY; ALTER TABLE numbered FORCE ROW LEVEL SECURITY`)
    try {
      await backsUp({ drill: false })
      expect((await manifest()).tables).toMatchObject({ 'public.numbered': '3000', 'public.notes': '20004' })
    } finally {
      await sql(`GRANT SELECT ON notes TO ${OWNER};
ALTER TABLE numbered DISABLE ROW LEVEL SECURITY; ALTER TABLE numbered NO FORCE ROW LEVEL SECURITY`)
    }
  })

  test('a password in the config that is no longer right', async () => {
    await backsUp({ changes: { DB_PASSWORD: 'another' }, drill: false })
  })

  test('GLOBALS=no', async () => {
    expect(await backsUp({ changes: { GLOBALS: 'no' }, drill: false })).toContain('left out, as the config says')
  })
})

test('where no superuser can log in, the owner dumps, and it says so; with GLOBALS=yes it fails', async () => {
  const hba = '/etc/postgresql/15/main/pg_hba.conf'
  const reload = `(cd /; su postgres -c "psql -qAtc 'SELECT pg_reload_conf()'")`
  must(await project.host(`cp -p ${hba} /root/bs_set.hba; sed -i '1i local ${DB} postgres reject' ${hba}; ${reload}`))
  try {
    const { code, stdout, stderr, status } = await project.attempt({ GLOBALS: 'no' })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(status?.warnings).toEqual([
      expect.stringMatching(new RegExp(`^dumped as ${OWNER}, since no superuser can log in here`)) as string,
    ])
    const refused = await project.attempt()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/\[failed\] globals: cannot read the roles: .*GLOBALS='no' in the config goes without them/)
  } finally {
    must(await project.host(`cp -p /root/bs_set.hba ${hba}; rm /root/bs_set.hba; ${reload}`))
  }
})

describe('text that looks like something else', () => {
  test.each([
    [
      'a comment and a value that begin with pg_dump: ',
      `COMMENT ON TABLE numbered IS E'seen in the log:\\npg_dump: error: no such table';
INSERT INTO notes VALUES (E'pg_dump: error: query failed'), (E'first\\npg_dump: second');`,
      `COMMENT ON TABLE numbered IS NULL; DELETE FROM notes WHERE body LIKE '%pg_dump: %';`,
    ],
    [
      'a function that holds a COPY',
      `CREATE FUNCTION filling() RETURNS text LANGUAGE sql AS $f$ SELECT 'so:
COPY public.numbered (id, body) FROM stdin;
1	x
CREATE TABLE never (id int);
\\.
' $f$;`,
      'DROP FUNCTION filling();',
    ],
    [
      "comments with a COPY, its end, and a dump's end",
      `COMMENT ON TABLE numbered IS E'it was:\\nCOPY public.notes (body) FROM stdin;\\nx';
COMMENT ON COLUMN numbered.body IS E'and\\n\\\\.\\n-- PostgreSQL database dump complete\\n';`,
      'COMMENT ON TABLE numbered IS NULL; COMMENT ON COLUMN numbered.body IS NULL;',
    ],
    [
      'names with line breaks, tabs, quotes and backslashes',
      `CREATE TABLE "a
b	c""d\\e" AS SELECT g FROM generate_series(1, 7) g; CREATE SEQUENCE "s
'q\\";`,
      `DROP TABLE "a
b	c""d\\e"; DROP SEQUENCE "s
'q\\";`,
    ],
  ])('%s', async (_, make, unmake) => {
    await sql(asOwner(make))
    try {
      await backsUp()
    } finally {
      await sql(asOwner(unmake))
    }
  })

  test('bytes of no encoding', async () => {
    await sql(
      `CREATE DATABASE bs_set_bytes OWNER ${OWNER} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`,
      'postgres',
    )
    try {
      await sql(
        `SET client_encoding = 'SQL_ASCII'; ${asOwner(`SELECT format('CREATE TABLE %I AS SELECT %L::text AS body', convert_from('\\x61ff5c62', 'SQL_ASCII'), convert_from('\\xe9fe', 'SQL_ASCII')) \\gexec`)}`,
        'bs_set_bytes',
      )
      await backsUp({ changes: { DB_NAME: 'bs_set_bytes', EXPECTED_TABLES: '1' }, drill: false })
      expect((await manifest()).tables).toEqual({ 'public."a\\377\\\\b"': '1' })
    } finally {
      await sql('DROP DATABASE bs_set_bytes', 'postgres')
    }
  })

  test('a schema that restore --table made stays out, one that only has such a name does not', async () => {
    await sql(`CREATE SCHEMA restored_20260102_030405; COMMENT ON SCHEMA restored_20260102_030405 IS 'bitacora: a table restored beside the live ones';
CREATE TABLE restored_20260102_030405.notes (id int); CREATE SCHEMA restored_20260102_030406; CREATE TABLE restored_20260102_030406.kept (id int)`)
    try {
      expect(await backsUp({ drill: false })).toContain(
        '[dump] left out, since restore --table made them: restored_20260102_030405',
      )
      const { tables, counts } = await manifest()
      expect(Object.keys(tables)).toEqual(expect.arrayContaining(['restored_20260102_030406.kept']))
      expect(Object.keys(tables)).not.toContain('restored_20260102_030405.notes')
      expect(counts).toMatchObject({ tables: Object.keys(tables).length })
    } finally {
      await sql('SET client_min_messages = warning; DROP SCHEMA restored_20260102_030405, restored_20260102_030406 CASCADE')
    }
  })
})

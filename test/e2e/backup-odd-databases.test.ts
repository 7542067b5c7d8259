import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

const [DB, OWNER] = ['bs_odd_db', 'bs_odd_user']
const EXTENSIONS = '/usr/share/postgresql/15/extension'
// A locale in a folder of its own: no file that PostgreSQL has open is changed.
const GERMAN = '/usr/lib/locale/de_DE.utf8'
let project: Project

// Whatever is set must not reach the test's own session.
const OPTIONS = '-c role=none -c search_path=public -c client_min_messages=warning -c standard_conforming_strings=on'
const sql = async (text: string, database = DB) =>
  must(
    await project.host(`cd /; su postgres -c 'PGOPTIONS="${OPTIONS}" psql -qAtX -v ON_ERROR_STOP=1 ${database}'`, text),
  ).stdout.trimEnd()
const asOwner = (text: string) => `SET ROLE ${OWNER};\n${text}\nRESET ROLE;\n`

/** The words of a backup that is good, and what its manifest and its roles say. */
async function backUp() {
  const { code, stdout, stderr, status } = await project.attempt()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(status?.warnings.join('\n')).not.toMatch(/dumped as|pg_dump says|changed during/)
  const file = `${project.backups}/${status?.newest?.name}`
  const [manifest = '', ...globals] = must(await project.host(`jq -c . ${file}.manifest.json; cat ${file}.globals.sql`)).stdout.split('\n') // prettier-ignore
  return { stdout, globals: globals.join('\n'), manifest: JSON.parse(manifest) as Manifest }
}
interface Manifest {
  alembicHead: string | null
  counts: Record<string, number>
  sequences: Record<string, [string, boolean]>
  tables: Record<string, string>
}

/** The words of a drill that finds all equal. */
async function drill(): Promise<string> {
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/\[compare\] equal: [1-9]/)
  return stdout
}

beforeAll(async () => {
  project = await makeProject('bs_odd')
  must(await project.host(`[ -d ${GERMAN} ] || localedef --no-archive -i de_DE -f UTF-8 ${GERMAN}`))
  // Its own index has no mark of the extension, and so counts as little as one that somebody adds.
  const extension = `CREATE TABLE conf (id int PRIMARY KEY, t text); CREATE SEQUENCE counter; INSERT INTO conf VALUES (1, 'built in');
SELECT pg_extension_config_dump('conf', 'WHERE id > 1'); SELECT pg_extension_config_dump('counter', '');`
  must(
    await project.host(
      `printf "default_version='1'\nrelocatable=false\nschema=odd\n" > ${EXTENSIONS}/bs_odd.control; cat > ${EXTENSIONS}/bs_odd--1.sql; chmod 644 ${EXTENSIONS}/bs_odd*`,
      extension,
    ),
  )
})
afterAll(async () => {
  await project?.remove()
  await project?.host(`rm -rf ${EXTENSIONS}/bs_odd* ${GERMAN}`)
})

/** What is set where, and how it goes again: a setting of the server, or of a database or role. */
const server = (setting: string, value: string) => ({
  make: `ALTER SYSTEM SET ${setting} = ${value};`,
  unmake: `ALTER SYSTEM RESET ${setting};`,
})
const on = (target: string, setting: string, value: string) => ({
  make: `ALTER ${target} SET ${setting} = ${value};`,
  unmake: `ALTER ${target} RESET ${setting};`,
})
const DATABASE = `DATABASE ${DB}`
const SETTINGS: [what: string, { make: string; unmake: string }][] = [
  ['all names quoted, on the server', server('quote_all_identifiers', 'on')],
  ['all names quoted, on the database', on(DATABASE, 'quote_all_identifiers', 'on')],
  ['the role of the application, on the database', on(DATABASE, 'role', `'${OWNER}'`)],
  ['the role of the application, on the superuser', on('ROLE postgres', 'role', `'${OWNER}'`)],
  ['each error ends the session', server('exit_on_error', 'on')],
  ['backslashes in every text', server('standard_conforming_strings', 'off')],
  ['days before months', on(DATABASE, 'DateStyle', `'SQL, DMY'`)],
  ['another time zone, for the application alone', on(`ROLE ${OWNER}`, 'TimeZone', `'Asia/Kolkata'`)],
  ['other texts of values', on(DATABASE, 'bytea_output', 'escape')],
  ['an empty search path', on(DATABASE, 'search_path', `''`)],
  ['transactions that wait for each other', server('default_transaction_isolation', 'serializable')],
  ['only errors told', on(DATABASE, 'client_min_messages', 'error')],
  ['everything told', on(DATABASE, 'client_min_messages', 'debug1')],
  ['messages in German', server('lc_messages', `'de_DE.utf8'`)],
  ['money in German, on the database', on(DATABASE, 'lc_monetary', `'de_DE.utf8'`)],
  ['words for intervals, for everybody', on('ROLE ALL', 'IntervalStyle', 'postgres_verbose')],
  ['fewer digits, for everybody', on('ROLE ALL', 'extra_float_digits', '-10')],
  ['XML as documents, on the database', on(DATABASE, 'xmloption', 'document')],
  ['= NULL as IS NULL, for the application here', on(`ROLE ${OWNER} IN DATABASE ${DB}`, 'transform_null_equals', 'on')],
  ['no scans that begin anywhere, on the superuser here', on(`ROLE postgres IN DATABASE ${DB}`, 'synchronize_seqscans', 'off')],
  ['no triggers, on the superuser', on('ROLE postgres', 'session_replication_role', 'replica')],
  ['no policies, on the database', on(DATABASE, 'row_security', 'off')],
  ['no checks of functions, on the database', on(DATABASE, 'check_function_bodies', 'on')],
  ['quotes by backslash, for everybody', on('ROLE ALL', 'backslash_quote', 'off')],
]
/** Until a new session has the server's settings. */
const reload = async () => {
  const ask = (text: string) => `su postgres -c "PGOPTIONS='-c role=none' psql -qAtXc 'SELECT ${text}()'"`
  must(
    await project.host(
      `cd /; was=$(${ask('pg_conf_load_time')}); ${ask('pg_reload_conf')}; while [ "$(${ask('pg_conf_load_time')})" = "$was" ]; do sleep 0.05; done`,
    ),
  )
}

describe('whatever is set, a backup is good, and its drill equal', () => {
  const sets = isFull ? SETTINGS.map(([what, one]) => ({ what, all: [one] })) : [{ what: 'all of it', all: SETTINGS.map(([, one]) => one) }] // prettier-ignore
  test.each(sets)('$what', async ({ all }) => {
    await sql(`ALTER ROLE ${OWNER} VALID UNTIL '2031-05-04 03:02:01+00';
${asOwner(`CREATE TABLE valued (b bytea, i interval, t timestamptz, m money, f float8, x xml, n int CHECK (n = 1 OR n IS NULL));
INSERT INTO valued VALUES ('\\xff5c00', '-1 day 02:03', '2031-05-04 03:02:01+00', 1234.56::numeric::money, 0.1::float8 + 0.2, 'two<a/>', NULL);`)}`)
    await sql(all.map(({ make }) => make).join('\n'), 'postgres')
    await reload()
    try {
      const { globals } = await backUp()
      expect(globals).toContain(`VALID UNTIL ''2031-05-04 03:02:01+00''`)
      await drill()
    } finally {
      await sql(all.map(({ unmake }) => unmake).join('\n'), 'postgres')
      await reload()
      await sql(`ALTER ROLE ${OWNER} VALID UNTIL 'infinity'; DROP TABLE valued`)
    }
  })
})

test('a table that PostgreSQL can’t read fails the backup, with the reason of PostgreSQL', async () => {
  // A value whose label is gone stands for any damage.
  await sql(`CREATE TYPE mood AS ENUM ('ok', 'lost'); CREATE TABLE moods (id int, m mood); INSERT INTO moods VALUES (1, 'lost');
SET allow_system_table_mods = on; DELETE FROM pg_enum WHERE enumlabel = 'lost'`)
  try {
    const { code, stderr } = await project.attempt()
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^[^\n]*\[failed\] dump: [^\n]*Dumping the contents of table "moods" failed: ERROR: +invalid internal value for enum: \d+[^\n]*\n$/,
    )
  } finally {
    await sql('DROP TABLE moods; DROP TYPE mood')
  }
})

test('roles that no restore could read fail the backup, with their line', async () => {
  // PostgreSQL gives none that are of another shape, so that the script is made to ask for one.
  const odd = `sed -i "s/^SELECT '-- end of globals';$/SELECT 'GRANT a TO b;';\\n&/" ${project.script}`
  must(await project.host(`cp -p ${project.script} ${project.script}.kept; ${odd}`))
  try {
    const { code, stderr, files } = await project.attempt()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /\[failed\] globals: no restore could read them: the roles and settings, line \d+: /,
      ) as string,
    })
    expect(files.filter((file) => file.endsWith('.bad'))).toEqual([])
  } finally {
    await project.host(`mv ${project.script}.kept ${project.script}`)
  }
})

describe('the login of the application', () => {
  const UNMAKE = `DROP TABLE IF EXISTS foreigners, tenants; DROP SCHEMA IF EXISTS closed CASCADE;`
  beforeAll(async () => {
    await sql(`CREATE TABLE foreigners (id int); CREATE SCHEMA closed; CREATE TABLE closed.inside (id int); GRANT SELECT ON closed.inside TO ${OWNER};
CREATE TABLE tenants (id text); INSERT INTO tenants VALUES ('a'); GRANT SELECT (id) ON tenants TO ${OWNER};
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON tenants USING (id = current_setting('app.tenant'));`)
    await backUp()
  })
  afterAll(async () => {
    await sql(UNMAKE)
  })

  test('reads what it may read, and only tells what a policy says', async () => {
    const stdout = await drill()
    expect(stdout).toMatch(/\[login\] a policy lets nobody read .*: "public.tenants": ERROR: .*app\.tenant/)
    expect(stdout).toMatch(/\[login\] bs_odd_user logs in and reads 3 of 6 tables; it may read 4\n/)
  })

  test('with all its connections taken, in any language', async () => {
    await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT 0;\nALTER SYSTEM SET lc_messages = 'de_DE.utf8';`)
    await reload()
    try {
      expect(await drill()).toMatch(/could not log in, and all connections that it may have are taken: .*zu viele Verbindungen/)
    } finally {
      await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT -1;\nALTER SYSTEM RESET lc_messages;`)
      await reload()
    }
  })

  test('that could read, and of the restored database may read nothing, is a failure', async () => {
    await sql(`REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM ${OWNER}; REVOKE SELECT (id) ON tenants FROM ${OWNER}`)
    await backUp()
    expect(await drill()).toMatch(/warning: bs_odd_user may read none of 6 tables/)
    await sql(`GRANT SELECT ON notes, drafts, alembic_version TO ${OWNER}`)
    const { code, stderr } = await project.restore()
    expect(code).toBe(1)
    expect(stderr).toMatch(/\[failed\] login: .*it may read none of 6 tables, and 3 of the live database/)
  })
})

describe('what pg_dump leaves out is not counted, and what it adds is let through', () => {
  test.each([
    [
      'of characters that are padded',
      'CREATE TABLE alembic_version (version_num char(8))',
      `INSERT INTO alembic_version VALUES ('022')`,
      '022',
    ],
    ['that is a view', `CREATE VIEW alembic_version AS SELECT '023'::text AS version_num`, '', null],
  ])('with a head of Alembic %s', async (_, make, fill, head) => {
    const columns = `SELECT format('CREATE TABLE wide (%s)', string_agg(format('%I int', lpad(n::text, 59, 'c "')), ', ')) FROM generate_series(1, 1590) n \\gexec`
    await sql(`${asOwner(`ALTER TABLE alembic_version RENAME TO kept;
${make}; ${fill};
CREATE TABLE zero (); INSERT INTO zero SELECT FROM generate_series(1, 3);
CREATE TABLE twice (id int); INSERT INTO twice VALUES (1), (1);
${columns}`)}
CREATE SCHEMA odd; CREATE EXTENSION bs_odd SCHEMA odd;
INSERT INTO odd.conf VALUES (2, 'x'), (3, 'y'); SELECT setval('odd.counter', 7); CREATE INDEX own ON odd.conf (t);
\\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY not_valid ON twice (id);`)
    try {
      expect(await sql(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'not_valid'::regclass`)).toBe('f')
      const { manifest } = await backUp()
      expect(manifest).toMatchObject({ alembicHead: head, counts: { indexes: 1 }, sequences: {} })
      expect(manifest.tables).toMatchObject({ 'public.zero': '3', 'public.wide': '0' })
      expect(manifest.tables).not.toHaveProperty(['odd.conf'])
      await drill()
    } finally {
      await sql(`DROP EXTENSION bs_odd CASCADE; DROP SCHEMA odd; DROP ${head === null ? 'VIEW' : 'TABLE'} alembic_version;
DROP TABLE zero, twice, wide; ALTER TABLE kept RENAME TO alembic_version;`)
    }
  })

  test('an index of an extension counts as it did where the manifest is of an earlier version', async () => {
    await sql('CREATE SCHEMA odd; CREATE EXTENSION bs_odd SCHEMA odd')
    try {
      const { manifest } = await backUp()
      const older = `.scriptVersion = "3" | .counts.indexes = ${(manifest.counts['indexes'] ?? 0) + 1}`
      must(
        await project.host(`cd ${project.backups}; file=$(ls *.manifest.json | tail -n 1); was=$(sha256sum < "$file")
jq '${older}' "$file" > x; cat x > "$file"; rm x
is=$(sha256sum < "$file"); sed -i "s/\${was%% *}/\${is%% *}/" ledger_bs_odd.jsonl`),
      )
      const { code, stdout, stderr } = await project.restore('--local')
      expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    } finally {
      await sql('DROP EXTENSION bs_odd; DROP SCHEMA odd')
    }
  })
})

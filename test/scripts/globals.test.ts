import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { templateText } from '../../lib/text/template.ts'
import { ATTRIBUTES, END, database, left, right, role } from './globals.ts'
import { runPerl } from './perl.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-globals-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const read = (text: string, ...login: string[]) => runPerl(['reader', 'globals'], ['globals', 'the new', folder, ...login], text)
/** The JSON that is handed to PostgreSQL, read as PostgreSQL reads the literal. */
const rights = () => {
  const [, escapes, text = ''] = /(E?)'(\[.*\])'/s.exec(written('rights.sql')) ?? []
  const plain = text.replaceAll("''", "'")
  return JSON.parse(escapes === 'E' ? plain.replaceAll('\\\\', '\\') : plain) as object[]
}
const hex = (name: string) => Buffer.from(name).toString('hex')
const written = (name: string) => readFileSync(join(folder, name), 'utf8')

test('roles, settings and grants become plain SQL for the new database', () => {
  const made = role(`CREATE ROLE r NOSUPERUSER ${ATTRIBUTES} PASSWORD 'SCRAM-SHA-256$4096:a$b:c' VALID UNTIL 'infinity'; GRANT g TO r WITH ADMIN OPTION; `) // prettier-ignore
  const text = `-- a comment\n\n${made}${database('ALTER DATABASE ', ' OWNER TO "the owner"')}${database('ALTER DATABASE ', ` SET my.x TO E'a\\\\b\n''c'`)}${database('ALTER ROLE r IN DATABASE ', ' SET search_path TO public, "Odd ""s"')}${database('REVOKE ALL ON DATABASE ', ' FROM PUBLIC')}${database('REVOKE ALL ON DATABASE ', ' FROM "the owner"')}${database('COMMENT ON DATABASE ', " IS 'it''s\n; DROP TABLE x'")}${database('ALTER DATABASE ', ' IS_TEMPLATE true')}${database('GRANT CONNECT ON DATABASE ', ' TO r WITH GRANT OPTION')}${END}`
  expect(read(text)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(written('roles')).toBe(`${hex('r')}\n`)
  expect(rights()).toEqual([{ kind: 'member', role: 'r', what: 'g', options: ' WITH ADMIN OPTION' }])
  expect(written('owner')).toBe('the owner')
  expect(written('warnings')).toBe('')
  expect(written('roles.sql')).toContain('CREATE ROLE "r" NOSUPERUSER INHERIT')
  expect(written('database.sql')).toBe(
    `ALTER DATABASE "the new" SET my.x TO E'a\\\\b\n''c';\nALTER ROLE r IN DATABASE "the new" SET search_path TO public, "Odd ""s";\nREVOKE ALL ON DATABASE "the new" FROM PUBLIC;\nREVOKE ALL ON DATABASE "the new" FROM "the owner";\nCOMMENT ON DATABASE "the new" IS 'it''s\n; DROP TABLE x';\nALTER DATABASE "the new" IS_TEMPLATE true;\nGRANT CONNECT ON DATABASE "the new" TO r WITH GRANT OPTION;\n`,
  )
})

const OLD = `-- Roles\n\\set ON_ERROR_STOP on\n\nSELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'r') AS made_1 \\gset\n\\if :made_1\n`
const old = (rest: string) => `${OLD}${rest}${END}`

test('those of older backups are read, and psql’s commands in them never run', () => {
  const text = old(
    `CREATE ROLE r SUPERUSER ${ATTRIBUTES};\n\\endif\n\\if :made_1\nGRANT g TO r;\n\\endif\n\nALTER DATABASE :"database" OWNER TO r;\nALTER DATABASE :"database" SET work_mem TO '5MB';\nGRANT CONNECT ON DATABASE :"database" TO PUBLIC;\n`,
  )
  expect(read(text)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(written('database.sql')).toBe(
    `ALTER DATABASE "the new" SET work_mem TO '5MB';\nGRANT CONNECT ON DATABASE "the new" TO PUBLIC;\n`,
  )
  expect(written('roles.sql')).toContain('CREATE ROLE "r" NOSUPERUSER')
  expect(written('left')).toBe('ALTER ROLE "r" SUPERUSER;\n')
  expect(rights()).toMatchObject([
    { kind: 'member', role: 'r', what: 'g' },
    { kind: 'attribute', role: 'r', what: 'SUPERUSER', left: 'yes' },
  ])
})

test('a setting that names a path of programs is left out, and said', () => {
  expect(read(old(`ALTER DATABASE :"database" SET session_preload_libraries TO '/tmp/evil';\nALTER DATABASE :"database" SET session_preload_libraries TO auto_explain;\n`)).code).toBe(0) // prettier-ignore
  expect(written('database.sql')).toBe('ALTER DATABASE "the new" SET session_preload_libraries TO auto_explain;\n')
  expect(written('warnings')).toMatch(/session_preload_libraries is left out/)
})

test('an empty name in a list, as PostgreSQL stores it, is written as PostgreSQL reads it', () => {
  const search = (value: string) => database('ALTER DATABASE ', ` SET search_path TO ${value}`)
  const text = search('""') + search(`"a, "", ", "", public`) + search(`"", ""`) + search(`''`) + END
  expect(read(text)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(written('database.sql').replaceAll('ALTER DATABASE "the new" SET search_path TO ', '')).toBe(
    `''\n"a, "", ", '', public\n'', ''\n''\n`.replaceAll('\n', ';\n'),
  )
})

test('a role that is a member of thousands is read', () => {
  const groups = Array.from({ length: 5000 }, (_, n) => `the 'group' number ${n}`)
  const made = role(`CREATE ROLE r NOSUPERUSER ${ATTRIBUTES}; ${groups.map((group) => `GRANT "${group}" TO r; `).join('')}`)
  expect(read(made + END)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(rights().at(-1)).toMatchObject({ role: 'r', what: "the 'group' number 4999" })
  const setting = `'${"it''s ".repeat(20_000)}'`
  expect(read(database('ALTER DATABASE ', ` SET my.x TO ${setting}`) + END).code).toBe(0)
})

test('names of any characters, what a role has beside its attributes, and what is left to a person', () => {
  const names = [' a "b" c ', "q'q", 'back\\slash\\', 'new\nline\r\ttab', 'ñ🦤', '"', '\\x41', '${x}']
  const quoted = (name = '') => `"${name.replaceAll('"', '""')}"`
  const options = ' WITH ADMIN TRUE, INHERIT FALSE, SET TRUE'
  const text = [
    ...names.map((name) => role(`CREATE ROLE ${quoted(name)} NOSUPERUSER ${ATTRIBUTES}; `, name)),
    ...names.map((name) => right(`GRANT ${quoted(name)} TO ${quoted(names[0])}${options}`)),
    ...names.map((name) => left(`ALTER ROLE ${quoted(name)} CREATEROLE`)),
    right(`ALTER ROLE "q'q" SET search_path TO public, ""`),
    right(String.raw`COMMENT ON ROLE "ñ🦤" IS E'a\\b'`),
    right(`GRANT CREATE ON TABLESPACE "fa st" TO "q'q" WITH GRANT OPTION`),
    right(`GRANT SET ON PARAMETER "log_statement" TO "q'q"`),
    right(`GRANT SET ON PARAMETER "dynamic_library_path" TO "q'q"`),
    right(`GRANT ALTER SYSTEM ON PARAMETER "log_statement" TO "q'q"`),
    right(`GRANT pg_read_all_data TO "q'q"`),
    END,
  ]
  expect(read(text.join(''))).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(written('roles')).toBe(`${names.map(hex).join('\n')}\n`)
  expect(rights().slice(0, names.length)).toEqual(names.map((what) => ({ kind: 'member', role: names[0], what, options })))
  const who = { role: "q'q" }
  expect(rights().slice(2 * names.length)).toEqual([
    { ...who, kind: 'setting', what: 'search_path', value: "public, ''" },
    { kind: 'comment', role: 'ñ🦤', what: 'a\\b' },
    { ...who, kind: 'tablespace', what: 'fa st', options: ' WITH GRANT OPTION' },
    { ...who, kind: 'parameter', what: '"log_statement"', value: 'SET', options: '' },
    { ...who, kind: 'parameter', what: '"dynamic_library_path"', value: 'SET', options: '', left: 'yes' },
    { ...who, kind: 'parameter', what: '"log_statement"', value: 'ALTER SYSTEM', options: '', left: 'yes' },
    { ...who, kind: 'member', what: 'pg_read_all_data', options: '', left: 'yes' },
  ])
  const lines = written('left').trimEnd().split('\n')
  expect(lines).toHaveLength(names.length + 3)
  expect(lines[3]).toBe(String.raw`DO E'BEGIN ALTER ROLE "new\x0aline\x0d\x09tab" CREATEROLE; END';`)
})

test('for a drill, the application’s role alone may log in', () => {
  const made = (name: string) =>
    role(`CREATE ROLE ${name} NOSUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 5 PASSWORD 'a' VALID UNTIL 'infinity'; `, name) // prettier-ignore
  expect(read(made('app') + made('other') + END, 'app').code).toBe(0)
  expect(written('roles.sql')).toContain(`CREATE ROLE "app" NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION BYPASSRLS CONNECTION LIMIT 5 PASSWORD ''a'' VALID UNTIL ''infinity''; `) // prettier-ignore
  expect(written('roles.sql')).toContain(
    'CREATE ROLE "other" NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION; ',
  )
  expect(written('left')).toMatch(/^ALTER ROLE app CREATEROLE;\nALTER ROLE app REPLICATION;\n/)
})

test('both sides call the same parameters harmless', () => {
  const list = (file: string) => /\^\(\?:log_.*?\)\$/.exec(templateText(`scripts/${file}`))?.[0]
  expect(list('globals.pl')).toBeDefined()
  expect(list('globals.pl')).toBe(list('globals-sql.sh'))
})

const NEW_ROLE = `CREATE ROLE r NOSUPERUSER ${ATTRIBUTES}`
test.each([
  ['CREATE ROLE evil SUPERUSER;\n', 1],
  [old('\\! touch /tmp/canary\n'), 6],
  [old('\\gset x`id`\n'), 6],
  [old('SELECT 1 \\gexec\n'), 6],
  [old(`CREATE ROLE r SUPERUSER ${ATTRIBUTES}; DROP DATABASE live;\n`), 6],
  [old(`CREATE ROLE r NOSUPERUSER ${ATTRIBUTES} ADMIN postgres;\n`), 6],
  [old('ALTER DATABASE :"database" OWNER TO r; ALTER ROLE r SUPERUSER;\n'), 6],
  [old(`ALTER DATABASE :"database" SET work_mem TO '5MB'; COPY (SELECT 1) TO PROGRAM 'id';\n`), 6],
  [old('ALTER DATABASE :"database" RENAME TO x;\n'), 6],
  [old('GRANT postgres TO other;\n'), 6],
  [old(`ALTER DATABASE live SET work_mem TO '5MB';\n`), 6],
  [role(`${NEW_ROLE}; ALTER ROLE r SUPERUSER; `) + END, 1],
  [role(`${NEW_ROLE}; GRANT g TO other; `) + END, 1],
  [role(`${NEW_ROLE}; `, 'other') + END, 1],
  [role(`CREATE ROLE pg_x NOSUPERUSER ${ATTRIBUTES}; `, 'pg_x') + END, 1],
  [role(`${NEW_ROLE} PASSWORD 'a'; COPY (SELECT 1) TO PROGRAM 'id'; `) + END, 1],
  [database('ALTER DATABASE x; ALTER DATABASE ', ' OWNER TO r') + END, 1],
  [database('ALTER DATABASE ', ' SET a TO b; DROP TABLE x') + END, 1],
  [database('COMMENT ON DATABASE ', " IS 'x'; DROP TABLE x") + END, 1],
  [database('REVOKE ALL ON DATABASE ', ' FROM PUBLIC, x') + END, 1],
  [database('ALTER DATABASE ', ' IS_TEMPLATE true ALLOW_CONNECTIONS false') + END, 1],
  ...[
    right('GRANT g TO other'),
    right('GRANT g TO r GRANTED BY postgres'),
    right('ALTER ROLE postgres SET search_path TO evil'),
    right('ALTER ROLE r SET a TO b; ALTER ROLE r SUPERUSER'),
    right("COMMENT ON ROLE r IS 'x'; DROP TABLE x; COMMENT ON ROLE r IS 'y'"),
    right('GRANT ALL ON TABLESPACE t TO r'),
    right('GRANT SET ON PARAMETER log_statement TO r'),
    left('DROP DATABASE live'),
    left('GRANT g TO r; DROP DATABASE live'),
  ].map((statement): [string, number] => [role(`${NEW_ROLE}; `) + statement + END, 2]),
  [`DO 'BEGIN END';\n${END}`, 1],
  [`\\! id\n${END}`, 1],
])('any other shape is refused with its line: %j', (text, line) => {
  const { code, stderr } = read(text)
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`line ${line}: `))
})

test('globals that end too early are refused', () => {
  expect(read(role(`${NEW_ROLE}; `)).stderr).toMatch(/end too early/)
})

test('a setting is named by words and keywords; one that names programs is known in quotes too', () => {
  const settings = ['"select"."from" TO \'a\'', "my.größe TO 'b'", '"dynamic_library_path" TO \'/tmp\'']
  expect(read(`${settings.map((one) => database('ALTER DATABASE ', ` SET ${one}`)).join('')}${END}`)).toMatchObject({ code: 0 })
  expect(written('database.sql')).toBe(settings.slice(0, 2).map((one) => `ALTER DATABASE "the new" SET ${one};\n`).join('')) // prettier-ignore
  expect(written('warnings')).toBe('the setting dynamic_library_path is left out: it names a path of programs\n')
  expect(read(`${database('ALTER DATABASE ', ' SET "a;b" TO 1')}${END}`)).toMatchObject({ code: 1 })
})

test('settings that name a tablespace go with --tablespace into another one', () => {
  const file = join(folder, 'spaces')
  writeFileSync(file, "fast\0pg_default\0a b\0it's\0")
  process.env['SPACES'] = file
  try {
    const settings = database('ALTER DATABASE ', " SET default_tablespace TO 'fast'") + database('ALTER ROLE r IN DATABASE ', ' SET temp_tablespaces TO other, "a b", fast') // prettier-ignore
    const rest = right(`ALTER ROLE r SET default_tablespace TO 'a b'`) + right(`ALTER ROLE r SET search_path TO fast`)
    expect(read(role(`CREATE ROLE r NOSUPERUSER ${ATTRIBUTES}; `) + settings + rest + END)).toMatchObject({ code: 0, stderr: '' })
  } finally {
    delete process.env['SPACES']
  }
  // As a server would have it that was given them: however their parts are quoted.
  expect(written('facts')).toContain(`'other', 'it''s', 'pg_default'\tdatabase\tSET\t"r"\ttemp_tablespaces\n`)
  expect(written('database.sql')).toBe(
    `ALTER DATABASE "the new" SET default_tablespace TO 'pg_default';\nALTER ROLE r IN DATABASE "the new" SET temp_tablespaces TO other, 'it''s', 'pg_default';\n`,
  )
  expect(rights()).toEqual([
    { kind: 'setting', role: 'r', what: 'default_tablespace', value: "'it''s'" },
    { kind: 'setting', role: 'r', what: 'search_path', value: 'fast' },
  ])
})

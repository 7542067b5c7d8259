import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runPerl } from './perl.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-globals-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const END = '-- end of globals\n'
const read = (text: string) => runPerl(['reader', 'globals'], ['globals', 'the new', folder], text)
const written = (name: string) => readFileSync(join(folder, name), 'utf8')

const literal = (text: string) => (text.includes('\\') ? 'E' : '') + `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
const ATTRIBUTES = 'INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1'
const role = (body: string, name = 'r') =>
  `DO ${literal(`BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)}) THEN ${body}END IF; END`)};\n`
const database = (before: string, after: string) =>
  `DO ${literal(`BEGIN EXECUTE pg_catalog.concat(${literal(before)}, pg_catalog.quote_ident(pg_catalog.current_database()), ${literal(after)}); END`)};\n`

test('roles, settings and grants become plain SQL for the new database', () => {
  const made = role(`CREATE ROLE r NOSUPERUSER ${ATTRIBUTES} PASSWORD 'SCRAM-SHA-256$4096:a$b:c' VALID UNTIL 'infinity'; GRANT g TO r WITH ADMIN OPTION; `) // prettier-ignore
  const text = `-- a comment\n\n${made}${database('ALTER DATABASE ', ' OWNER TO "the owner"')}${database('ALTER DATABASE ', ` SET my.x TO E'a\\\\b\n''c'`)}${database('ALTER ROLE r IN DATABASE ', ' SET search_path TO public, "Odd ""s"')}${database('REVOKE ALL ON DATABASE ', ' FROM PUBLIC')}${database('GRANT CONNECT ON DATABASE ', ' TO r WITH GRANT OPTION')}${END}`
  expect(read(text)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(written('roles')).toBe('r\n')
  expect(written('owner')).toBe('the owner')
  expect(written('warnings')).toBe('')
  expect(written('roles.sql')).toContain('CREATE ROLE "r" NOSUPERUSER INHERIT')
  expect(written('database.sql')).toBe(
    `ALTER DATABASE "the new" SET my.x TO E'a\\\\b\n''c';\nALTER ROLE r IN DATABASE "the new" SET search_path TO public, "Odd ""s";\nREVOKE ALL ON DATABASE "the new" FROM PUBLIC;\nGRANT CONNECT ON DATABASE "the new" TO r WITH GRANT OPTION;\n`,
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
  expect(written('warnings')).toMatch(/the role r was a superuser; where it is missing, it is created without that right/)
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
  expect(written('roles.sql')).toContain('GRANT "the \'\'group\'\' number 4999" TO "r"')
  const setting = `'${"it''s ".repeat(20_000)}'`
  expect(read(database('ALTER DATABASE ', ` SET my.x TO ${setting}`) + END).code).toBe(0)
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

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { ATTRIBUTES, END, database, left, right, role } from './globals.ts'
import { runPerl } from './perl.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-globals-differences-'))
const now = join(folder, 'now')
mkdirSync(now)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => write({ made: '', told: '', tablespaces: '' }))

const write = (files: Record<string, string>) =>
  Object.entries(files).forEach(([name, text]) => writeFileSync(join(folder, name), text))
const made = (...names: string[]) => write({ made: names.map((name) => `${Buffer.from(name).toString('hex')}\n`).join('') })
/** What is said of a backup's file and of the one that was read again. */
function compared(was: string, is: string, mode: 'kept' | 'drill' = 'kept') {
  for (const [text, place] of [
    [was, folder],
    [is, now],
  ] as const)
    // prettier-ignore
    expect(runPerl(['reader', 'globals'], ['globals', 'the new', place], text + END)).toEqual({ code: 0, stdout: '', stderr: '' })
  const { code, stdout, stderr } = runPerl(['globals-differences'], [mode, 'app', folder, now], '')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.split('\n')
  expect(lines.splice(-2)).toEqual(['compared', ''])
  return lines
}
const plain = (name: string, attributes = ATTRIBUTES) => role(`CREATE ROLE ${name} NOSUPERUSER ${attributes}; `, name)
const OWNED = database('ALTER DATABASE ', ' OWNER TO app')
const closed = (...grants: string[]) =>
  [
    database('REVOKE ALL ON DATABASE ', ' FROM PUBLIC'),
    database('REVOKE ALL ON DATABASE ', ' FROM app'),
    ...grants.map((grant) => database(`GRANT ${grant.split(' TO ')[0]} ON DATABASE `, ` TO ${grant.split(' TO ')[1]}`)),
  ].join('')
const USUAL = ['CREATE TO app', 'CONNECT TO app', 'TEMPORARY TO app', 'CONNECT TO PUBLIC', 'TEMPORARY TO PUBLIC']

test('PostgreSQL’s own grants are the same whether written down or not', () => {
  expect(compared(OWNED, OWNED + closed(...USUAL))).toEqual([])
  expect(compared(OWNED + closed(...USUAL), OWNED)).toEqual([])
})

test.each([
  ['a grant more', OWNED + closed('CONNECT TO r'), OWNED + closed('CONNECT TO r', 'CONNECT TO PUBLIC'), `differs the database's grant: GRANT CONNECT TO PUBLIC was not in the backup`],
  ['a grant less', OWNED + closed('CONNECT TO r', 'CREATE TO r'), OWNED + closed('CONNECT TO r'), `differs the database's grant: GRANT CREATE TO "r" is missing`],
  ['without its option', OWNED + closed('CONNECT TO r WITH GRANT OPTION'), OWNED + closed('CONNECT TO r'), `differs the database's grant: GRANT CONNECT TO "r" WITH GRANT OPTION is another`],
  ['another owner', OWNED + closed(), database('ALTER DATABASE ', ' OWNER TO b') + closed(), `differs the database's owner is another`],
  ['a setting less', OWNED + database('ALTER ROLE app IN DATABASE ', " SET work_mem TO '5MB'"), OWNED, `differs the database's setting work_mem for "app" is missing`],
  ['another comment', OWNED + database('COMMENT ON DATABASE ', " IS 'a'"), OWNED + database('COMMENT ON DATABASE ', " IS 'b'"), `differs the database's comment is another`],
  ['a limit more', OWNED, OWNED + database('ALTER DATABASE ', ' CONNECTION LIMIT 5'), `differs the database's connection limit was not in the backup`],
])('the database, %s', (_what, was, is, said) => {
  expect(compared(was, is)).toEqual([said])
  expect(compared(was, is, 'drill')).toEqual([said])
}) // prettier-ignore

test('a role that was there keeps what it has, and that is named; of one that was made it is a difference', () => {
  const was = plain('r', ATTRIBUTES.replace('NOCREATEDB', 'CREATEDB').replace('-1', "7 VALID UNTIL '2031-01-01'"))
  expect(compared(was, plain('r'))).toEqual([
    'left the role was here: ALTER ROLE r CREATEDB;',
    'left the role was here: ALTER ROLE r CONNECTION LIMIT 7;',
    `left the role was here: ALTER ROLE r VALID UNTIL '2031-01-01';`,
  ])
  made('r')
  expect(compared(was, plain('r'))).toEqual([
    'differs CREATEDB of role r is another',
    'differs CONNECTION LIMIT of role r is another',
    'differs VALID UNTIL of role r is another',
  ])
  // A drill makes roles without attributes.
  expect(compared(was, plain('r'), 'drill')).toEqual([])
})

test('no password is shown; the application’s is the inventory’s', () => {
  const secret = (name: string) => plain(name, `${ATTRIBUTES} PASSWORD 'SCRAM-SHA-256$4096:salt$secret:key'`)
  expect(compared(secret('r') + secret('app'), plain('r') + plain('app'))).toEqual([
    `left the role was here: ALTER ROLE r PASSWORD 'as it was';`,
  ])
  // The same one, stored in another way.
  expect(compared(secret('r'), secret('r').replace('salt', 'other'))).toEqual([])
  made('r')
  expect(compared(secret('r'), secret('r').replace('salt', 'other'))).toEqual(['differs PASSWORD of role r is another'])
})

test('memberships, settings, comments and rights: named before, named now, or a difference', () => {
  const statements = ['GRANT g TO r WITH ADMIN OPTION', `ALTER ROLE r SET work_mem TO '6MB'`, `COMMENT ON ROLE r IS 'x'`, 'GRANT CREATE ON TABLESPACE fast TO r', 'GRANT SET ON PARAMETER "log_statement" TO r'] // prettier-ignore
  const roles = plain('r') + plain('g')
  const was = roles + left('ALTER ROLE r SUPERUSER') + statements.map((one) => right(one)).join('')
  write({ told: '1\n' })
  expect(compared(was, roles)).toEqual(statements.map((one) => `left the role was here, and has another one: ${one};`))
  write({ told: '1\n2\n3\n4\n5\n6\n' })
  expect(compared(was, roles)).toEqual([])
  made('r', 'g')
  write({ told: '1\n3\n4\n5\n6\n' })
  expect(compared(was, roles)).toEqual(['differs member of role r: GRANT g TO r WITH ADMIN OPTION is missing'])
  expect(compared(was, roles, 'drill')).toEqual(['differs member of role r: GRANT g TO r WITH ADMIN OPTION is missing'])
  expect(compared(roles, roles + right(statements[1]!))).toEqual([
    `differs setting of role r: ALTER ROLE r SET work_mem TO '6MB' was not in the backup`,
  ])
  write({ told: '', tablespaces: 'fast\0slow\0' })
  expect(compared(roles + right(statements[3]!), roles + right(statements[3]!.replace('fast', 'slow')))).toEqual([])
})

test('a membership of a version without options is the same as one with them', () => {
  const roles = plain('r') + plain('g')
  const options = (text: string) => roles + right(`GRANT g TO r WITH ADMIN FALSE, ${text}`)
  made('r', 'g')
  expect(compared(roles + right('GRANT g TO r'), options('INHERIT TRUE, SET TRUE'))).toEqual([])
  expect(compared(options('INHERIT TRUE, SET FALSE'), options('INHERIT TRUE, SET TRUE'))).toHaveLength(1)
  expect(compared(roles + right('GRANT g TO r WITH ADMIN OPTION'), options('INHERIT TRUE, SET TRUE'))).toHaveLength(1)
})

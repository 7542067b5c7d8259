import { expect, test } from 'vitest'
import { scramVerifier } from '../../../lib/text/scram.ts'
import { Secret } from '../../../lib/text/secret.ts'
import { roleStep } from '../../../lib/steps/role/role.ts'
import { RIGHT_ROLE } from './support.ts'
import { SECRETS, expectMasked, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const password = new Secret(SECRETS['ONQUOTA_PASSWORD']!, 'the password')
const wanted = { name: 'onquota_user', password }
const step = roleStep('onquota', 5433, wanted)
const verifier = scramVerifier(password, Buffer.from('salt')).reveal()
const another = scramVerifier(new Secret('another', 'x')).reveal()
const right = { ...RIGHT_ROLE, verifier }
const marked = (...settings: string[]) => [...settings, 'bitacora.project=onquota']

test('absent', () => {
  const found = plan(
    roleStep('onquota', 5433, {
      ...wanted,
      connectionLimit: 20,
      settings: { statement_timeout: "30's", 'auto_explain.log_min_duration': '1s' },
    }),
    { found: null },
  )
  expect(rows(found)).toEqual([['role onquota_user', null, 'a login role', 'run']])
  expect(scripts(found).text).toMatch(
    /-p 5433 .*--single-transaction.*\nCREATE ROLE "onquota_user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20 PASSWORD 'SCRAM-SHA-256\$4096:[^']+'\n;\nALTER ROLE "onquota_user" SET "statement_timeout" = '30''s'\n;\nALTER ROLE "onquota_user" SET "auto_explain"."log_min_duration" = '1s'\n;/,
  )
})

test('the password itself is in no script, only its verifier, which is a secret too', () => {
  for (const found of [null, { ...right, verifier: another }]) {
    const result = plan(step, { found })
    expect(scripts(result).masked).toBe(scripts(result).text)
    expect(result.changes[0]?.run?.secrets.map((secret) => secret.reveal())).toEqual([expect.stringMatching(/^SCRAM-SHA-256\$/)])
    expectMasked(result)
  }
})

test.each([
  ['right', {}, []],
  ['no login', { login: false }, [['role onquota_user LOGIN', false, true, 'run', ' LOGIN']]],
  ['superuser', { superuser: true }, [['role onquota_user SUPERUSER', true, false, 'run', ' NOSUPERUSER']]],
  ['createdb', { createdb: true }, [['role onquota_user CREATEDB', true, false, 'run', ' NOCREATEDB']]],
  ['createrole', { createrole: true }, [['role onquota_user CREATEROLE', true, false, 'run', ' NOCREATEROLE']]],
  ['replication', { replication: true }, [['role onquota_user REPLICATION', true, false, 'run', ' NOREPLICATION']]],
  ['bypassrls', { bypassrls: true }, [['role onquota_user BYPASSRLS', true, false, 'run', ' NOBYPASSRLS']]],
  [
    'expired',
    { expired: true },
    [['role onquota_user VALID UNTIL', 'in the past', 'infinity', 'run', " VALID UNTIL 'infinity'"]],
  ],
  ['no password', { verifier: null }, [['role onquota_user password', null, 'as the inventory says', 'run', ' PASSWORD ']]],
  [
    'an md5 password',
    { verifier: `md5${'a'.repeat(32)}` },
    [['role onquota_user password', 'another', 'as the inventory says', 'run', ' PASSWORD ']],
  ],
  [
    'another password',
    { verifier: another },
    [['role onquota_user password', 'another', 'as the inventory says', 'run', ' PASSWORD ']],
  ],
  [
    'an end',
    { validUntil: '2099-01-01T00:00:00' },
    [['role onquota_user VALID UNTIL', '2099-01-01T00:00:00', 'infinity', 'run', " VALID UNTIL 'infinity'"]],
  ],
  ['no inheritance', { inherit: false }, [['role onquota_user INHERIT', false, true, 'run', ' INHERIT']]],
  ['no connections', { connectionLimit: 0 }, [['role onquota_user connection limit', 0, -1, 'run', ' CONNECTION LIMIT -1']]],
  ['a setting that nobody declared', { settings: marked('work_mem=64MB') }, []],
])('%s', (_what, change, expected) => {
  const found = plan(step, { found: { ...right, ...change } })
  expect(rows(found)).toEqual(expected.map((row) => row.slice(0, 4)))
  for (const [index, row] of expected.entries())
    expect(found.changes[index]?.run?.text).toContain(`ALTER ROLE "onquota_user"${row[4]}`)
})

test.each([
  ['right', { connectionLimit: 20, settings: marked('work_mem=64MB', 'a.b=a=b') }, []],
  [
    'another limit',
    { connectionLimit: -1, settings: marked('work_mem=64MB', 'a.b=a=b') },
    [['role onquota_user connection limit', -1, 20, 'run']],
  ],
  [
    'no setting',
    { connectionLimit: 20, settings: marked('a.b=a=b') },
    [['role onquota_user setting work_mem', null, '64MB', 'run']],
  ],
  [
    'another setting',
    { connectionLimit: 20, settings: marked('work_mem=1MB', 'a.b=a=b') },
    [['role onquota_user setting work_mem', '1MB', '64MB', 'run']],
  ],
])('declared limit and settings: %s', (_what, change, expected) => {
  const declared = roleStep('onquota', 5433, {
    ...wanted,
    connectionLimit: 20,
    settings: { work_mem: '64MB', 'a.b': 'a=b' },
  })
  expect(rows(plan(declared, { found: { ...right, ...change } }))).toEqual(expected)
})

test('a limit that nobody declared is for a person, who may declare it', () => {
  const found = plan(step, { found: { ...right, connectionLimit: 5 } })
  expect(rows(found)).toEqual([['role onquota_user connection limit', 5, -1, 'person']])
  expect(help(found)).toContain('"connectionLimit": 5 in projects.onquota.database')
})

test('a role of before gets the mark with the first change, and not for its own sake', () => {
  expect(rows(plan(step, { found: { ...right, settings: null } }))).toEqual([])
  const found = plan(step, { found: { ...right, settings: null, login: false } })
  expect(rows(found)).toEqual([
    ['role onquota_user LOGIN', false, true, 'run'],
    ['role onquota_user mark', null, 'onquota', 'run'],
  ])
  expect(scripts(found).text).toContain(`ALTER ROLE "onquota_user" SET "bitacora"."project" = 'onquota'`)
})

test('a role that others live by is asked for, and nothing of it is changed', () => {
  const elsewhere = { owns: ['crm'], uses: [], sessions: [] }
  const found = plan(step, { found: { ...right, settings: null, elsewhere, verifier: another, login: false } })
  expect(help(found)).toContain('this would change, for everybody who uses it: LOGIN, password. ')
  expect(rows(found)).toEqual([
    ['role onquota_user', 'not created by bitacora: owns database crm', 'a login of onquota', 'blocks'],
  ])
})

test('of a role of before that others live by nobody asks, as long as nothing of it would change', () => {
  const elsewhere = { owns: ['onquota_test'], uses: ['crm'], sessions: ['crm'] }
  expect(rows(plan(step, { found: { ...right, settings: null, elsewhere } }))).toEqual([])
})

test('several differences are several changes', () => {
  expect(rows(plan(step, { found: { ...right, superuser: true, verifier: another } }))).toHaveLength(2)
})

test('unreadable', () => expectUnreadable(step))

test('the superuser as an owner is left as it is: what it lacks is for a person', () => {
  const owner = roleStep('onquota', 5433, { ...wanted, name: 'postgres' })
  const found = { ...right, superuser: true, createdb: true, bypassrls: true, connectionLimit: 7, settings: ['work_mem=1GB'] }
  expect(rows(plan(owner, { found }))).toEqual([])
  const lacking = plan(owner, { found: { ...found, verifier: another, login: false, expired: true } })
  expect(rows(lacking)).toEqual([
    ['role postgres LOGIN', false, true, 'person'],
    ['role postgres VALID UNTIL', 'in the past', 'infinity', 'person'],
    ['role postgres password', 'another', 'as the inventory says', 'person'],
  ])
  expect(help(lacking)).toMatch(/never changed by bitacora/)
})

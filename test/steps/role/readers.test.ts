import { expect, test } from 'vitest'
import { scramVerifier } from '../../../lib/text/scram.ts'
import { Secret } from '../../../lib/text/secret.ts'
import { readersStep } from '../../../lib/steps/role/readers.ts'
import { SECRETS, context, expectMasked, expectUnreadable, plan, rows, scripts } from '../common/support.ts'
import { RIGHT_ROLE } from './support.ts'

const step = readersStep(
  context({ 'projects.onquota.database.readers': [{ name: 'report', password: { env: 'READER_PASSWORD' } }] }),
)
const role = {
  ...RIGHT_ROLE,
  ownsDatabase: false,
  verifier: scramVerifier(new Secret(SECRETS['READER_PASSWORD']!, 'x')).reveal(),
}
const grants = { connect: true, usage: true, unreadable: [], defaults: true }
const WHAT = 'role report privileges'
const TO = 'reads all of onquota_db'

test.each([
  ['right', role, grants, []],
  [
    'absent',
    null,
    null,
    [
      ['role report', null, 'a login role', 'run'],
      [WHAT, null, TO, 'run'],
    ],
  ],
  ['no database yet', role, null, [[WHAT, null, TO, 'run']]],
  ['superuser', { ...role, superuser: true }, grants, [['role report SUPERUSER', true, false, 'run']]],
  ['another password', { ...role, verifier: null }, grants, [['role report password', null, 'as the inventory says', 'run']]],
  ['no CONNECT', role, { ...grants, connect: false }, [[WHAT, 'without CONNECT', TO, 'run']]],
  ['no USAGE', role, { ...grants, usage: false }, [[WHAT, 'without USAGE', TO, 'run']]],
  ['two tables unreadable', role, { ...grants, unreadable: ['a', 'b'] }, [[WHAT, 'without SELECT on a b', TO, 'run']]],
  ['no default privileges', role, { ...grants, defaults: false }, [[WHAT, 'without default privileges', TO, 'run']]],
])('%s', (_what, found, granted, changes) => {
  const result = plan(step, { 'role report': found, 'grants report': granted, rights: null })
  expect(rows(result)).toEqual(changes)
  expectMasked(result)
})

const text = (change: object) =>
  scripts(plan(step, { 'role report': role, 'grants report': { ...grants, ...change }, rights: null })).text

test('only what is missing is granted, in the database', () => {
  const statements = (change: object) =>
    text(change)
      .split('\n')
      .filter((line) => /^[A-Z]+ /.test(line))
  expect(text({ connect: false })).toContain(' -d onquota_db ')
  expect(statements({ connect: false })).toEqual(['GRANT CONNECT ON DATABASE "onquota_db" TO "report"'])
  expect(statements({ usage: false })).toEqual(['GRANT USAGE ON SCHEMA public TO "report"'])
  expect(statements({ unreadable: ['a'] })).toEqual([
    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "report"',
    'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "report"',
  ])
  expect(statements({ defaults: false })).toEqual([
    'ALTER DEFAULT PRIVILEGES FOR ROLE "onquota_user" IN SCHEMA public GRANT SELECT ON TABLES TO "report"',
    'ALTER DEFAULT PRIVILEGES FOR ROLE "onquota_user" IN SCHEMA public GRANT SELECT ON SEQUENCES TO "report"',
  ])
})

test('what lets it write is told beside what it cannot read', () => {
  const rights = [
    {
      reader: 'report',
      role: 'report',
      hop: null,
      attributes: [],
      owns: [],
      owned: 0,
      grants: [
        {
          kind: 'table',
          revocable: true,
          grantor: null,
          owner: null,
          privileges: ['INSERT'],
          count: 1,
          names: ['public.a'],
          schemas: ['public'],
        },
      ],
    },
  ]
  expect(rows(plan(step, { 'role report': role, 'grants report': { ...grants, usage: false }, rights }))).toEqual([
    [WHAT, 'without USAGE', TO, 'run'],
    ['role report privileges to write', 'INSERT on public.a', 'none', 'run'],
  ])
})

test('unreadable', () => expectUnreadable(step))

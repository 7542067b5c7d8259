import { expect, test } from 'vitest'
import { planMemberships } from '../../../lib/steps/role/memberships.ts'
import { Script } from '../../../lib/text/sh.ts'

const known = {
  database: 'onquota_db',
  readers: ['reader'],
  otherRoles: ['sibling'],
  dangerousOnly: false,
  apply: (statements: readonly { text: string }[]) => new Script(statements.map(({ text }) => text).join('; ')),
}
const plan = (
  memberOf: Parameters<typeof planMemberships>[0]['memberOf'],
  members: Parameters<typeof planMemberships>[0]['members'] = [],
) => planMemberships({ name: 'onquota_user', memberOf, members }, known)
const direct = { grantor: null, admin: false }
const plain = (name: string) => ({ name, attributes: [] as string[] })
const superuser = { name: 'postgres', attributes: ['SUPERUSER'] }

test('groups and members that the inventory names are right, but not one that is dangerous', () => {
  const names = [plain('sibling'), superuser]
  const members = [{ role: 'sibling', grants: [direct], through: [] }]
  expect(plan([{ role: 'sibling', grants: [direct], reaches: names.slice(0, 1) }], members)).toEqual([])
  expect(plan([{ role: 'sibling', grants: [direct], reaches: names }])).toMatchObject([
    { from: 'member; leads to postgres: SUPERUSER' },
  ])
})

test('of a role whose rights are looked at elsewhere, only what is dangerous is told', () => {
  const memberOf = [
    { role: 'devs', grants: [direct], reaches: [plain('devs')] },
    { role: 'postgres', grants: [direct], reaches: [superuser] },
  ]
  const changes = planMemberships({ name: 'reader', memberOf, members: [] }, { ...known, dangerousOnly: true })
  expect(changes.map(({ what }) => what)).toEqual(['role reader membership in postgres'])
})

test('a superuser, and what leads to one, is revoked', () => {
  const [first, second] = plan([
    { role: 'postgres', grants: [direct], reaches: [superuser] },
    { role: 'devs', grants: [direct], reaches: [plain('devs'), plain('team'), superuser] },
  ])
  expect(first).toMatchObject({ what: 'role onquota_user membership in postgres', from: 'member; SUPERUSER', to: 'not a member' })
  expect(first?.run?.text).toBe('REVOKE "postgres" FROM "onquota_user" CASCADE')
  expect(second?.from).toBe('member; leads to postgres: SUPERUSER')
  expect(second?.run?.text).toBe('REVOKE "devs" FROM "onquota_user" CASCADE')
})

test.each([
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_write_all_data',
  'pg_signal_backend',
])('%s is revoked', (role) => {
  expect(plan([{ role, grants: [direct], reaches: [plain(role)] }])[0]?.run).toBeDefined()
})

test.each(['devs', 'pg_monitor', 'pg_read_all_data'])('%s is left for a person, with the statement', (role) => {
  const [change] = plan([{ role, grants: [direct], reaches: [plain(role)] }])
  expect(change).toMatchObject({ from: 'member', help: expect.stringContaining(`REVOKE "${role}" FROM "onquota_user" CASCADE`) })
  expect(change?.run).toBeUndefined()
})

test('from PostgreSQL 16 on, each grantor takes away what it granted', () => {
  const grants = [
    { grantor: 'postgres', admin: false },
    { grantor: 'de"ep', admin: true },
  ]
  const [change] = plan([{ role: 'postgres', grants, reaches: [superuser] }])
  expect(change?.from).toBe('member; SUPERUSER, with ADMIN OPTION')
  expect(change?.run?.text).toBe(
    'REVOKE "postgres" FROM "onquota_user" GRANTED BY "postgres" CASCADE; REVOKE "postgres" FROM "onquota_user" GRANTED BY "de""ep" CASCADE',
  )
})

test('members have all of its rights: a person decides, but a read-only role must not', () => {
  const changes = plan(
    [],
    [
      { role: 'legacy', grants: [direct], through: ['intern'] },
      { role: 'reader', grants: [direct], through: [] },
      { role: 'loading_onquota_db_0123456789ab', grants: [direct], through: [] },
    ],
  )
  expect(changes.map(({ what, from, run }) => [what, from, run?.text])).toEqual([
    ['role onquota_user granted to legacy', 'granted; through it intern', undefined],
    ['role onquota_user granted to reader', 'granted', 'REVOKE "onquota_user" FROM "reader" CASCADE'],
  ])
  expect(changes[0]?.help).toMatch(
    /^legacy, intern may do all that onquota_user may.*REVOKE "onquota_user" FROM "legacy" CASCADE$/,
  )
})

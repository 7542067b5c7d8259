import { expect, test } from 'vitest'
import { planPrivileges } from '../../../lib/steps/database/database-privileges.ts'
import { Script } from '../../../lib/text/sh.ts'
import { RIGHT_DATABASE as right, owned, privilege } from './support.ts'

const claim = {
  name: 'd',
  project: 'onquota',
  owner: 'onquota_user',
  readers: ['reader'],
  otherRoles: ['metabase'],
  adopt: false,
}
const on = 'ON DATABASE "d"'

function plan(privileges: ReturnType<typeof privilege>[], more = {}, found = {}) {
  const apply = (statements: readonly { text: string }[]) => new Script(statements.map(({ text }) => text).join('; '))
  const changes = planPrivileges(
    { ...claim, ...more },
    { ...right, privileges: [...right.privileges, ...privileges], ...found },
    apply,
  )
  return changes.map(({ what, from, run, help }) => ({ what: what.replace('database d ', ''), from, run: run?.text, help }))
}

test('the owner, readers, other roles of the inventory, superusers and logins of a restore may be there', () => {
  const there = [
    privilege('reader', 'CONNECT'),
    { ...privilege('admin', 'CONNECT'), superuser: true },
    privilege('loading_d_0123456789ab', 'CREATE'),
    privilege('metabase', 'CONNECT'),
  ]
  expect(plan(there)).toEqual([])
})

test('all of PUBLIC is revoked, not only what it has by default', () => {
  expect(plan([privilege(null, 'TEMPORARY'), privilege(null, 'CREATE')])).toMatchObject([
    { what: 'privileges of PUBLIC', from: ['CREATE', 'TEMPORARY'], run: `REVOKE ALL ${on} FROM PUBLIC` },
  ])
})

test('what others passed on goes with their grant option, and stays for those named', () => {
  const passed = [
    privilege('broker', 'CONNECT', { grantable: true }),
    privilege('guest', 'CONNECT', { grantor: 'broker' }),
    privilege('guest', 'CREATE', { grantor: 'broker' }),
    privilege(null, 'CONNECT', { grantor: 'broker' }),
  ]
  expect(plan(passed).map(({ what, run }) => [what, run])).toEqual([
    ['grant options', `GRANT CONNECT ${on} TO "guest"; REVOKE GRANT OPTION FOR CONNECT ${on} FROM "broker" CASCADE`],
    ['privileges of PUBLIC', `REVOKE ALL ${on} FROM PUBLIC`],
    ['privileges of broker', undefined],
    ['privileges of guest to create', `REVOKE CREATE ${on} FROM "guest"`],
    ['privileges of guest', undefined],
  ])
})

test('an owner who may not connect may again', () => {
  expect(plan([], {}, { privileges: owned('onquota_user').slice(1) })).toMatchObject([
    { what: 'privileges of onquota_user', from: 'without CONNECT', run: `GRANT ALL ${on} TO "onquota_user"` },
  ])
})

const legacy = { role: 'legacy', objects: 0, privileges: 0, sessions: 2 }
const lived = { settings: null, users: [legacy] }
const open = [privilege(null, 'CONNECT')]

test('in a database of before, PUBLIC is a decision for a person, who is told who lives by it', () => {
  const [change] = plan(open, {}, { ...lived, privileges: [...right.privileges, ...open] })
  expect(change).toMatchObject({ what: 'privileges of PUBLIC', run: undefined })
  expect(change?.help).toMatch(
    /^legacy \(2 sessions\) connect by it.*"adopt": true in projects\.onquota\.database.*GRANT CONNECT ON DATABASE "d" TO "legacy"; REVOKE ALL/,
  )
})

test('adopted, they keep CONNECT', () => {
  const [change] = plan(open, { adopt: true }, { ...lived, privileges: [...right.privileges, ...open] })
  expect(change?.run).toBe(`GRANT CONNECT ${on} TO "legacy"; REVOKE ALL ${on} FROM PUBLIC`)
  expect(plan([privilege('legacy', 'CONNECT')], { adopt: true }, lived)).toEqual([])
})

test('in one of ours, who connected by PUBLIC is named', () => {
  expect(plan(open, {}, { users: [legacy], privileges: [...right.privileges, ...open] })).toMatchObject([
    { run: `REVOKE ALL ${on} FROM PUBLIC`, help: expect.stringContaining('legacy (2 sessions) connected by it') },
  ])
})

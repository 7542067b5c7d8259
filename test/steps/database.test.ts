import { expect, test } from 'vitest'
import { databaseStep } from '../../lib/steps/database.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from './support.ts'

const step = databaseStep(context())
const right = {
  owner: 'onquota_user',
  encoding: 'UTF8',
  collate: 'en_US.UTF-8',
  ctype: 'en_US.UTF-8',
  connections: true,
  publicPrivileges: [],
}
const NAME = 'database onquota_db'

test.each([
  ['right', {}, []],
  ["the locale's other spelling", { collate: 'en_US.utf8', ctype: 'en_US.utf8' }, []],
  ['another owner', { owner: 'postgres' }, [[`${NAME} owner`, 'postgres', 'onquota_user', 'run']]],
  ['closed', { connections: false }, [[`${NAME} connections`, 'refused', 'allowed', 'run']]],
  ['another encoding', { encoding: 'LATIN1' }, [[`${NAME} encoding`, 'LATIN1', 'UTF8', 'person']]],
  ['another collation', { collate: 'C' }, [[`${NAME} collation`, 'C', 'en_US.UTF-8', 'person']]],
  ['another character type', { ctype: 'es_MX.UTF-8' }, [[`${NAME} character type`, 'es_MX.UTF-8', 'en_US.UTF-8', 'person']]],
  [
    'open to PUBLIC',
    { publicPrivileges: ['CONNECT', 'TEMPORARY'] },
    [[`${NAME} privileges of PUBLIC`, ['CONNECT', 'TEMPORARY'], [], 'run']],
  ],
])('%s', (_what, change, changes) => {
  expect(rows(plan(step, { found: { ...right, ...change } }))).toEqual(changes)
})

test('absent', () => {
  const found = plan(step, { found: null })
  expect(rows(found)).toEqual([[NAME, null, 'owned by onquota_user, UTF8, en_US.UTF-8, closed to PUBLIC', 'run']])
  const { text } = scripts(found)
  expect(text).toContain(
    `CREATE DATABASE "onquota_db" OWNER "onquota_user" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'\n;`,
  )
  // PostgreSQL refuses CREATE DATABASE in a transaction.
  expect(
    text
      .split('\n')
      .filter((line) => line.includes('psql'))
      .map((line) => line.includes('--single-transaction')),
  ).toEqual([false, true])
  expect(text).toContain('REVOKE CONNECT, TEMPORARY ON DATABASE "onquota_db" FROM PUBLIC')
  expect(help(found)).toContain('locale-gen')
})

test('what each change runs', () => {
  const { text } = scripts(plan(step, { found: { ...right, owner: 'x', connections: false, publicPrivileges: ['CONNECT'] } }))
  expect(text).toContain('ALTER DATABASE "onquota_db" OWNER TO "onquota_user"')
  expect(text).toContain('ALTER DATABASE "onquota_db" ALLOW_CONNECTIONS true')
  expect(text).toContain('REVOKE CONNECT, TEMPORARY')
})

test('what was fixed at its making has its ways out', () => {
  expect(help(plan(step, { found: { ...right, collate: 'C' } }))).toMatch(
    /dump it, make it anew.*or write "C" in projects\.onquota\.database/,
  )
})

test('unreadable', () => expectUnreadable(step))

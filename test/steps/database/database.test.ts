import { expect, test } from 'vitest'
import { databaseStep } from '../../../lib/steps/database/database.ts'
import { RIGHT_DATABASE as right, privilege } from './support.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = databaseStep(context())
const found = (change: object) => ({ version: 150_004, found: { ...right, ...change } })
const NAME = 'database onquota_db'

test.each([
  ['right', {}, []],
  ['another owner', { owner: 'legacy' }, [[`${NAME} owner`, 'legacy', 'onquota_user', 'run']]],
  ['closed', { connections: false }, [[`${NAME} connections`, 'refused', 'allowed', 'run']]],
  ['a template', { template: true }, [[`${NAME} template`, 'everybody with CREATEDB may copy it', 'no template', 'run']]],
  ['no connections', { connectionLimit: 0 }, [[`${NAME} connection limit`, 0, -1, 'run']]],
  ['few connections', { connectionLimit: 3 }, [[`${NAME} connection limit`, 3, -1, 'person']]],
  ['elsewhere', { tablespace: 'fast' }, [[`${NAME} tablespace`, 'fast', 'pg_default', 'person']]],
  ['invalid', { connectionLimit: -2 }, [[NAME, 'invalid: a DROP DATABASE was interrupted', 'valid', 'blocks']]],
  [
    'read-only',
    { settings: [...right.settings!, 'default_transaction_read_only=on'] },
    [[`${NAME} setting default_transaction_read_only`, 'on', null, 'run']],
  ],
  ['a path', { settings: [...right.settings!, 'search_path=a, b'] }, [[`${NAME} setting search_path`, 'a, b', null, 'person']]],
  ['another setting', { settings: [...right.settings!, 'work_mem=1GB'] }, []],
])('%s', (_what, change, changes) => {
  expect(rows(plan(step, found(change)))).toEqual(changes)
})

test('absent', () => {
  const planned = plan(step, { version: 150_004, found: null })
  expect(rows(planned)).toEqual([[NAME, null, 'owned by onquota_user, UTF8, en_US.UTF-8, closed to PUBLIC', 'run']])
  const { text } = scripts(planned)
  expect(text).toContain(
    `CREATE DATABASE "onquota_db" OWNER "onquota_user" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'\n;`,
  )
  // PostgreSQL refuses CREATE DATABASE in a transaction.
  expect(
    text
      .split('\n')
      .filter((line) => line.includes('psql'))
      .map((line) => line.includes('--single-transaction')),
  ).toEqual([false, true])
  expect(text).toContain('REVOKE ALL ON DATABASE "onquota_db" FROM PUBLIC')
  expect(text).toContain(`ALTER DATABASE "onquota_db" SET "bitacora"."project" = 'onquota'`)
  expect(help(planned)).toContain('locale-gen')
})

test('made where it is declared, and there it is right', () => {
  const fast = databaseStep(context({ 'projects.onquota.database.tablespace': 'fast' }))
  expect(scripts(plan(fast, { version: 130_000, found: null })).text).toContain(`LC_CTYPE 'en_US.UTF-8' TABLESPACE "fast"\n;`)
  expect(rows(plan(fast, found({ tablespace: 'fast' })))).toEqual([])
})

test('what nobody can enter holds back those who look inside, until it is open', () => {
  expect(plan(step, found({ connections: false })).changes[0]?.blocks).toBe(true)
})

test('what each change runs', () => {
  const { text } = scripts(plan(step, found({ owner: 'x', connections: false, template: true, connectionLimit: 0 })))
  for (const clause of ['OWNER TO "onquota_user"', 'ALLOW_CONNECTIONS true', 'IS_TEMPLATE false', 'CONNECTION LIMIT -1'])
    expect(text).toContain(`ALTER DATABASE "onquota_db" ${clause}`)
})

test('one without a mark gets it with the first change, and not for its own sake', () => {
  expect(rows(plan(step, found({ settings: null })))).toEqual([])
  expect(rows(plan(step, found({ settings: null, connectionLimit: 0 })))).toEqual([
    [`${NAME} connection limit`, 0, -1, 'run'],
    [`${NAME} mark`, null, 'onquota', 'run'],
  ])
})

test('a difference for a person stops no other', () => {
  const change = {
    tablespace: 'fast',
    privileges: [...right.privileges, privilege(null, 'CREATE'), privilege('legacy', 'CONNECT')],
  }
  expect(rows(plan(step, found(change)))).toEqual([
    [`${NAME} tablespace`, 'fast', 'pg_default', 'person'],
    [`${NAME} privileges of PUBLIC`, ['CREATE'], [], 'run'],
    [`${NAME} privileges of legacy`, ['CONNECT'], [], 'person'],
  ])
})

test('unreadable', () => expectUnreadable(step))

import { expect, test } from 'vitest'
import { schemaStep } from '../../../lib/steps/database/schema.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = schemaStep(context())
const right = { owner: 'pg_database_owner', owned: true, create: true, usage: true, publicCreate: false, stuckWith: null }
const taken = { ...right, owner: 'metabase', owned: false }
const OURS = 'schema public privileges of onquota_user'
const PUBLIC = 'schema public privileges of PUBLIC'

test.each([
  ['right', right, true, 150_000, []],
  ['no database yet, PostgreSQL 15: the owner will have all', null, false, 150_000, []],
  ['no database yet, PostgreSQL 14: PUBLIC will have too much', null, false, 149_999, ['unknown', 'once onquota_db exists']],
  ['no schema', null, true, 150_000, [['schema public', null, 'usable by onquota_user', 'run']]],
  ['no CREATE', { ...right, create: false }, true, 150_000, [[OURS, 'without CREATE', 'CREATE, USAGE', 'run']]],
  ['no USAGE', { ...right, usage: false }, true, 150_000, [[OURS, 'without USAGE', 'CREATE, USAGE', 'run']]],
  [
    'neither',
    { ...right, create: false, usage: false },
    true,
    150_000,
    [[OURS, 'without CREATE, USAGE', 'CREATE, USAGE', 'run']],
  ],
  ['PUBLIC may create', { ...right, publicCreate: true }, true, 140_000, [[PUBLIC, 'CREATE', 'none to create', 'run']]],
  [
    'PUBLIC may create, by somebody whose grants only it revokes',
    { ...right, publicCreate: true, stuckWith: 'metabase' },
    true,
    140_000,
    [[PUBLIC, 'CREATE', 'none to create', 'person']],
  ],
  ["a stranger's", taken, true, 150_000, [['schema public owner', 'metabase', 'pg_database_owner', 'run']]],
  ["a stranger's, before PostgreSQL 15", taken, true, 149_999, [['schema public owner', 'metabase', 'onquota_user', 'run']]],
])('%s', (_what, found, exists, version, changes) => {
  expect(rows(plan(step, { found, exists, version }))).toEqual(changes)
})

const text = (found: object | null) => scripts(plan(step, { found, exists: true, version: 150_000 })).text

test('what each change runs, in the database', () => {
  expect(text(null)).toMatch(/-d onquota_db .*\nCREATE SCHEMA public AUTHORIZATION "onquota_user"\n/)
  expect(text({ ...right, create: false })).toContain('GRANT CREATE, USAGE ON SCHEMA public TO "onquota_user"')
  expect(text(taken)).toContain('ALTER SCHEMA public OWNER TO "pg_database_owner"')
  expect(text({ ...right, publicCreate: true })).toMatch(
    /kind = 'schema' AND schema = 'public' AND grantee = 0 AND privilege = 'CREATE' [^]*\\gexec\n/,
  )
})

test('what only its grantor can revoke is said with the statement', () => {
  const found = { ...right, publicCreate: true, stuckWith: 'odd one' }
  expect(help(plan(step, { found, exists: true, version: 150_000 }))).toContain(
    'as postgres in onquota_db: ALTER SCHEMA public OWNER TO "odd one"; ALTER SCHEMA public OWNER TO "pg_database_owner"; REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  )
})

test('unreadable', () => expectUnreadable(step))

import { expect, test } from 'vitest'
import { privilegesStep } from '../../../lib/steps/database/privileges.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'
import { INSERTS } from '../role/support.ts'

const step = privilegesStep(context())
const select = { ...INSERTS, privileges: ['SELECT'], count: 1, names: ['public.a'] }
const all = (...grants: [string | null, boolean, object][]) => ({
  found: {
    grantees: new Set(grants.map(([grantee]) => grantee)).size - (grants.some(([grantee]) => grantee === null) ? 1 : 0),
    grants: grants.map(([grantee, writes, granted]) => ({ grantee, writes, granted })),
  },
})
const INSERT = 'INSERT on public.a, public.b, public.c and 9997 more'

test.each([
  ['no database yet', { found: null }, []],
  ['none', all(), []],
  [
    'PUBLIC writes ten thousand tables',
    all([null, true, INSERTS]),
    [['privileges of PUBLIC on tables', INSERT, 'none to write', 'run']],
  ],
  [
    'PUBLIC creates in future schemas',
    all([null, true, { ...INSERTS, kind: 'new schemas', privileges: ['CREATE'], count: 1, names: ['FOR ROLE x'] }]),
    [['privileges of PUBLIC on new schemas', 'CREATE on new schemas of x', 'none to write', 'run']],
  ],
  ['PUBLIC reads', all([null, false, select]), [['privileges of PUBLIC', 'SELECT on public.a', 'none', 'person']]],
  [
    'PUBLIC writes, by a role whose grants only it revokes',
    all([null, true, { ...INSERTS, grantor: 'g', owner: 'o', revocable: false }]),
    [['privileges of PUBLIC', INSERT, 'none', 'person']],
  ],
  [
    'a role that the inventory does not know',
    all(['metabase', true, INSERTS], ['metabase', false, select]),
    [['privileges of metabase', `${INSERT}; SELECT on public.a`, 'none', 'person']],
  ],
  [
    'more of them than are named',
    { found: { grantees: 30, grants: [{ grantee: 'a', writes: false, granted: select }] } },
    [
      ['privileges of a', 'SELECT on public.a', 'none', 'person'],
      ['privileges of other roles in onquota_db', "29 more roles that the inventory doesn't name have some", 'none', 'person'],
    ],
  ],
])('%s', (_what, found, expected) => {
  expect(rows(plan(step, found))).toEqual(expected)
})

test('ten thousand tables make one query, whose answers are run', () => {
  const { text } = scripts(plan(step, all([null, true, INSERTS])))
  expect(text).toMatch(/-d onquota_db /)
  expect(text).not.toContain('--single-transaction')
  expect(text.match(/gexec/g)).toHaveLength(1)
  expect(text).not.toContain('public.a')
})

test('a person gets the statement, and the way to declare a reader', () => {
  expect(help(plan(step, all(['metabase', true, INSERTS])))).toMatch(
    /projects\.onquota\.database\.readers.*as postgres in onquota_db: REVOKE INSERT ON ALL TABLES IN SCHEMA public FROM metabase$/,
  )
  expect(help(plan(step, all([null, false, select])))).toMatch(/: REVOKE SELECT ON TABLE public\.a FROM PUBLIC$/)
})

test('roles that the inventory names are not asked about', () => {
  const query = (one: typeof step) => (one.facts['found'] as unknown as { query: { text: string } }).query.text
  const other = privilegesStep(context({ 'projects.onquota.database.otherRoles': ['metabase'] }))
  expect(query(step)).toContain("rolname IN ('onquota_user', 'pg_database_owner')")
  expect(query(other)).toContain("rolname IN ('onquota_user', 'metabase', 'pg_database_owner')")
})

test('unreadable', () => expectUnreadable(step))

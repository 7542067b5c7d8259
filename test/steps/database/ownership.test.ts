import { expect, test } from 'vitest'
import { ownershipStep } from '../../../lib/steps/database/ownership.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = ownershipStep(context())
const one = { owner: 'postgres', superuser: true, kind: 'table', declared: true, count: 2, names: ['public.a', 'public.b'] }
const more = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...one, owner: `o${n}`, superuser: false, count: 3, names: ['x.a', 'x.b', 'x.c'] }))
const TABLES = 'owner of tables in onquota_db'

test.each([
  ['no database yet, or nothing', null, []],
  ['declared tables of a superuser', [one], [[TABLES, 'postgres owns public.a, public.b', 'onquota_user', 'run']]],
  [
    'other tables of a superuser',
    [{ ...one, declared: false }],
    [[TABLES, 'postgres owns public.a, public.b', 'onquota_user', 'person']],
  ],
  [
    'declared tables of another role',
    [{ ...one, owner: '"Odd one"', superuser: false, count: 40 }],
    [[TABLES, '"Odd one" owns public.a, public.b and 38 more', 'onquota_user', 'person']],
  ],
  [
    'a function',
    [{ ...one, kind: 'function', declared: false, count: 1, names: ['public.f(a integer)'] }],
    [['owner of function in onquota_db', 'postgres owns public.f(a integer)', 'onquota_user', 'person']],
  ],
])('%s', (_what, found, expected) => {
  expect(rows(plan(step, { found }))).toEqual(expected)
})

test('the rest of many is counted', () => {
  const result = rows(plan(step, { found: more(1000) }))
  expect(result).toHaveLength(13)
  expect(result.at(-1)).toEqual(['other owners in onquota_db', '2964 more things belong to others', 'onquota_user', 'person'])
})

test('tables are given one by one, each in its own transaction; a person gets the statements', () => {
  const { text } = scripts(plan(step, { found: [one] }))
  expect(text).toMatch(/format\('ALTER TABLE %s OWNER TO %I', name, 'onquota_user'::text\)/)
  expect(text).not.toContain('--single-transaction')
  expect(help(plan(step, { found: [{ ...one, superuser: false, count: 5 }] }))).toContain(
    'as postgres in onquota_db: ALTER TABLE public.a OWNER TO "onquota_user"; ALTER TABLE public.b OWNER TO "onquota_user"; and so on for 3 more;',
  )
})

test('unreadable', () => expectUnreadable(step))

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkInventory, loadInventory } from '../../../lib/inventory/index.ts'
import type { Migrations } from '../../../lib/inventory/index.ts'
import { tablesStep } from '../../../lib/steps/migrations/tables.ts'
import { context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const base = context()
const migrations: Migrations = { ...base.project.migrations!, tables: ['alembic_version', 'clients', 'users'] }
const step = tablesStep(base, migrations)
const CODE =
  'lines\nv/1.py:revision = "001"\nv/1.py:down_revision = None\nv/2.py:revision = "002"\nv/2.py:down_revision = "001"\n'
const there = (names: readonly string[], extension = false) => names.map((name) => ({ name, extension }))
const all = ['alembic_version', 'clients', 'users']

test.each([
  ['right', all, ['002'], []],
  ['no database yet', null, null, ['unknown', 'once the migrations have made the 3 tables']],
  ['before the last revision', ['alembic_version'], ['001'], ['unknown', 'once the migrations have made the 3 tables']],
  ['one dropped', ['alembic_version', 'users'], ['002'], [['table clients', null, 'there', 'person']]],
  [
    'two dropped',
    ['alembic_version'],
    ['002'],
    [
      ['table clients', null, 'there', 'person'],
      ['table users', null, 'there', 'person'],
    ],
  ],
  [
    'one whose name would break out of its line',
    [...all, 'x\n  npx \u001B[1mzx'],
    ['002'],
    [['tables of onquota_db', '4, with x?  npx ?[1mzx', '3, as declared', 'person']],
  ],
  ['one too many', [...all, 'copy'], ['002'], [['tables of onquota_db', '4, with copy', '3, as declared', 'person']]],
])('%s', (_what, tables, current, changes) => {
  const found = plan(step, { tables: tables && there(tables), code: CODE, current })
  expect(rows(found)).toEqual(changes)
  expect(found.note).toBe(found.status === 'unknown' ? undefined : `${tables?.length} tables`)
})

test('in a sentence; more than a dozen together', () => {
  const many = { ...migrations, tables: Array.from({ length: 14 }, (_, at) => `t${at}`) }
  const found = { tables: there(['a', 'b', 'c', 'd']), code: CODE, current: ['002'] }
  const { changes } = plan(tablesStep(base, many), found)
  expect(changes).toHaveLength(14)
  expect(changes.slice(-3).map(({ text }) => text)).toEqual([
    'table t11 is missing',
    '2 more tables are missing: t12, t13',
    "onquota_db has 4 tables that the inventory doesn't list: a, b, c and 1 more",
  ])
})

test('the ways out are named', () => {
  expect(help(plan(step, { tables: there(['alembic_version', 'users', 'copy']), code: CODE, current: ['002'] }))).toMatch(
    /Alembic says that 002 has run, so somebody dropped it, with its rows. Bring it back, or .*projects\.onquota\.migrations\.tables if that was meant: npx zx tasks\/restore.mjs onquota --table clients\ndrop what nobody needs, or list all of them in projects\.onquota\.migrations: "tables": \["alembic_version", "clients", "copy", "users"\]; or only those that must be there: "tables": \{ "atLeast": /,
  )
})

test('without a declaration there is nothing to compare', () => {
  const free = { ...migrations, tables: undefined }
  expect(rows(plan(tablesStep(base, free), { tables: there(['x']), code: CODE, current: ['002'] }))).toEqual([])
})

test('at least these: others are nobody’s fault, and neither are tables of extensions where the list is exact', () => {
  const some = { ...migrations, tables: { atLeast: ['alembic_version', 'users'] } }
  const tables = [...there(all), ...there(['spatial_ref_sys'], true)]
  const found = { tables, code: CODE, current: ['002'] }
  expect(rows(plan(tablesStep(base, some), found))).toEqual([])
  expect(rows(plan(step, found))).toEqual([])
  expect(rows(plan(tablesStep(base, some), { ...found, tables: there(['users', 'x']) }))).toEqual([
    ['table alembic_version', null, 'there', 'person'],
  ])
})

test('the README’s inventory declares no more than the demo’s project has, and no list that must be complete', async () => {
  const [, json = ''] = /^```json\n(.*?)^```/ms.exec(readFileSync('README.md', 'utf8')) ?? []
  const declared = checkInventory(JSON.parse(json), '/srv/README.json').projects['onquota']!.migrations!
  const example = (await loadInventory('inventory/index.ts')).projects['onquota']!.migrations!.tables as string[]
  const found = { tables: there(example), code: CODE, current: ['002'] }
  expect(rows(plan(tablesStep(base, declared), found))).toEqual([])
})

test('unreadable', () => expectUnreadable(step))

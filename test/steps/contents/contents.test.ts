import { expect, test } from 'vitest'
import { contentsStep } from '../../../lib/steps/contents/contents.ts'
import { context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const SUM = 'a'.repeat(64)
const base = context()
const step = contentsStep(base)
const made = { entry: 'made', name: NAME, finishedAt: '2026-11-24T03:00:09Z', adopted: false }
const files = { '': { bytes: 1, sha256: SUM }, '.manifest.json': { bytes: 1, sha256: SUM } }
const tables = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`s.t${String(n).padStart(2, '0')}`, '20']))
const owned = Object.fromEntries(Object.keys(tables).map((name) => [name, 'app']))
const manifest = (objects: object = { tables: owned }) =>
  `${NAME} ${SUM}\n${JSON.stringify({ alembicHead: null, tables, objects })}`
const found = {
  objects: { tables: owned },
  rows: Object.fromEntries(Object.keys(tables).map((name) => [name, { rows: 20, root: null }])),
  heads: null,
  manifest: manifest(),
  ledger: `${JSON.stringify({ ...made, files })}\n`,
}

test('equal, and nothing to compare with', () => {
  expect(rows(plan(step, found))).toEqual([])
  expect(plan(step, found).note).toBe(`as in ${NAME}: 14 tables, rows estimated for 14 of them`)
  const counted = Object.keys(tables)
    .map((name) => `table\t${JSON.stringify(name)}\nCOPY 20\n`)
    .join('')
  expect(plan(contentsStep(base, { count: true }), { ...found, counted }).note).toBe(`as in ${NAME}: 14 tables, rows counted`)
  for (const one of [{ manifest: null }, { objects: null }]) {
    expect(rows(plan(step, { ...found, ...one }))).toEqual([])
    expect(plan(step, { ...found, ...one }).note).toBe('no backup here to compare with')
  }
})

test('each table by its name, up to a dozen; other things by their kind; each with the way back, and the one ahead', () => {
  const more = {
    ...found,
    manifest: manifest({ tables: owned, functions: { 's.f()': 'app', 's.g()': 'app' } }),
    objects: { tables: {} },
  }
  const result = plan(step, more)
  const shown = rows(result) as string[][]
  expect(shown.map(([what]) => what)).toEqual([
    ...Object.keys(tables)
      .slice(0, 12)
      .map((name) => `table ${name}`),
    'table s.t12 and 1 more',
    'function s.f() and 1 more',
  ])
  expect(shown[0]).toEqual(['table s.t00', null, `there, as in ${NAME}: table s.t00 (20 rows)`, 'person'])
  expect(help(result)).toContain('; else this brings it back: npx zx tasks/restore.mjs onquota --table s.t00')
})

test('what is missing with one table comes back with it', () => {
  const { 's.t00': gone, ...rest } = owned
  const before = manifest({ tables: owned, functions: { 's.f()': gone } })
  const result = plan(step, { ...found, manifest: before, objects: { tables: rest, functions: {} } })
  const next = ['restore', 'onquota', '--table', 's.t00']
  expect(result.changes.map(({ what, help: text, next: words }) => [what, text, words])).toEqual([
    ['table s.t00', expect.stringContaining('else this brings it back'), next],
    ['function s.f()', expect.stringContaining('else what fell with table s.t00 comes back with it'), next],
  ])
})

test('a damaged manifest is for a person', () => {
  for (const text of [manifest().replace(SUM, 'b'.repeat(64)), `${NAME} ${SUM}\n{"tables":`])
    expect(rows(plan(step, { ...found, manifest: text }))).toEqual([
      [`manifest of ${NAME}`, expect.any(String), expect.any(String), 'person'],
    ])
})

test('unreadable', () => expectUnreadable(step))

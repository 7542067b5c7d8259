import { describe, expect, test } from 'vitest'
import { compareContents } from '../../../lib/steps/contents/compare.ts'
import type { Expected, LiveContents } from '../../../lib/steps/contents/compare.ts'
import type { ManifestContents } from '../../../lib/steps/contents/manifest-fact.ts'
import { nextOf, sentenceOf } from '../../../lib/steps/contents/sentences.ts'
import { ledger } from '../../verbs/status/support.ts'

const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const SUM = 'a'.repeat(64)
const known = ledger(NAME)
const expected: Expected = {
  owner: 'app',
  declared: [],
  ledger: { ...known, made: new Map([...known.made].map(([name, made]) => [name, { ...made, manifest: SUM }])) },
}
const manifest: ManifestContents = {
  head: '022',
  objects: {
    constraints: { 'public.clients': ['clients_pkey'], 'public.calls': ['calls_client_fkey', 'calls_pkey'] },
    functions: { 'public.f(text)': 'app' },
    indexes: { 'public.calls': ['calls_day_idx'] },
    schemas: { billing: 'app' },
    tables: {
      'public.clients': 'app',
      'public.calls': 'app',
      'billing."Bills"': 'app',
      'public.log': 'app',
      'public.log_1': 'app',
    },
  },
  rows: { 'public.clients': 500, 'public.calls': 9, 'billing."Bills"': 10, 'public.log': 0, 'public.log_1': 100 },
  partitions: { 'public.log_1': 'public.log' },
}
const live: LiveContents = {
  heads: ['022'],
  objects: manifest.objects,
  rows: {
    'public.clients': { rows: 480, root: null },
    'public.calls': { rows: 9, root: null },
    'billing."Bills"': { rows: null, root: null },
    'public.log_1': { rows: 100, root: 'public.log' },
  },
  counted: new Map(),
}
const compare = (changes: Partial<LiveContents>, contents = manifest, rest: Partial<Expected> = {}) =>
  compareContents({ name: NAME, sha256: SUM, contents }, { ...live, ...changes }, { ...expected, ...rest })
const told = (...args: Parameters<typeof compare>) =>
  compare(...args).differences.map((one) => `${sentenceOf(one)} → ${nextOf(one, 'onquota', 'db').join(' ')}`)
/** The objects without some of a kind. */
function without(kind: string, ...names: string[]): LiveContents['objects'] {
  const rest = Object.entries(manifest.objects[kind] ?? {}).filter(([name]) => !names.includes(name))
  return { ...manifest.objects, [kind]: Object.fromEntries(rest) }
}
const rows = (name: string, n: number | null, root: string | null = null) => ({
  rows: { ...live.rows, [name]: { rows: n, root } },
})

test('equal, and whatever is new is no difference', () => {
  expect(compare({})).toMatchObject({ unfit: null, heads: null, differences: [], tables: 4, counted: 0 })
  const more = { ...manifest.objects, views: { 'public.v': 'x' }, tables: { ...manifest.objects['tables'], 'public.new': 'x' } }
  expect(told({ objects: more })).toEqual([])
})

describe('what the backup has and the database lacks', () => {
  test.each<[string, Partial<LiveContents>, string[]]>([
    [
      'a dropped table, whose own parts need no word, and a key to it',
      {
        objects: {
          ...without('tables', 'public.clients'),
          constraints: { 'public.calls': ['calls_pkey'] },
        },
      },
      [
        'table clients (500 rows) → restore onquota --table clients',
        'constraint calls_client_fkey of calls → restore onquota --table clients',
      ],
    ],
    [
      'in another schema',
      { objects: without('tables', 'billing."Bills"') },
      ['table billing.Bills (10 rows) → restore onquota --table billing.Bills'],
    ],
    [
      'an index',
      { objects: without('indexes', 'public.calls') },
      ['index calls_day_idx of calls → restore onquota --table calls'],
    ],
    ['a function', { objects: without('functions', 'public.f(text)') }, ['function f(text) → restore onquota --into db_copy']],
    [
      'the oldest partition, as is ordinary',
      { objects: without('tables', 'public.log_1'), ...rows('public.log_2', 70, 'public.log') },
      [],
    ],
    [
      'the whole partitioned table',
      { objects: without('tables', 'public.log', 'public.log_1') },
      ['table log (0 rows) → restore onquota --table log', 'table log_1 (100 rows) → restore onquota --table log_1'],
    ],
    [
      'an owner',
      { objects: { ...manifest.objects, functions: { 'public.f(text)': 'mallory' } } },
      ['owner of function f(text) is mallory, it was app → provision onquota --check'],
    ],
  ])('%s', (_what, changes, lines) => {
    expect(told(changes)).toEqual(lines)
  })

  test('not what the inventory lists, which is told elsewhere, and no owner that is the right one now', () => {
    expect(told({ objects: without('tables', 'public.clients') }, manifest, { declared: ['clients'] })).toEqual([])
    const before = { ...manifest, objects: { ...manifest.objects, functions: { 'public.f(text)': 'postgres' } } }
    expect(told({}, before)).toEqual([])
  })
})

describe('rows', () => {
  test.each<[string, Partial<LiveContents>, string[]]>([
    [
      'halved, by estimate',
      rows('public.clients', 250),
      ['clients has about 250 rows, it had 500 → restore onquota --table clients'],
    ],
    ['just more than half', rows('public.clients', 251), []],
    [
      'empty, counted',
      { counted: new Map([['public.clients', 0]]) },
      ['clients has 0 rows, it had 500 → restore onquota --table clients'],
    ],
    [
      'what was counted goes before an estimate',
      { ...rows('public.clients', 0), counted: new Map([['public.clients', 499]]) },
      [],
    ],
    ['too few to tell', rows('public.calls', 0), []],
    ['nobody knows', rows('public.clients', null), []],
    [
      'of all partitions together',
      { ...rows('public.log_1', 20, 'public.log') },
      ['log has about 20 rows, it had 100 → restore onquota --table log'],
    ],
    [
      'moved to another partition',
      { rows: { ...live.rows, ...rows('public.log_1', 0, 'public.log').rows, 'public.log_2': { rows: 99, root: 'public.log' } } },
      [],
    ],
    [
      'all partitions gone',
      { rows: Object.fromEntries(Object.entries(live.rows).filter(([name]) => name !== 'public.log_1')) },
      ['log has 0 rows, it had 100 → restore onquota --table log'],
    ],
  ])('%s', (_what, changes, lines) => {
    expect(told(changes)).toEqual(lines)
  })
})

test('with another head all of it is found, and said to be of a deploy', () => {
  expect(compare({ heads: ['023'], objects: without('tables', 'public.clients') })).toMatchObject({
    heads: { was: '022', is: '023' },
    differences: [{ name: 'public.clients' }],
  })
  expect(compare({ heads: ['b', 'a'] }, { ...manifest, head: 'a,b' }).heads).toBeNull()
  expect(compare({ heads: null }, { ...manifest, head: null }).heads).toBeNull()
})

test('a manifest of an earlier version is compared as far as it goes', () => {
  const old = {
    ...manifest,
    objects: { tables: { 'public.clients': null, 'public.gone': null } },
    rows: { 'public.clients': 500, 'public.gone': 1 },
  }
  expect(told({}, old)).toEqual(['table gone (1 row) → restore onquota --table gone'])
})

test('a manifest that the ledger does not know by its checksum, or that cannot be read, is not used', () => {
  const of = (sha256: string, contents: ManifestContents | null, rest: Partial<Expected> = {}) =>
    compareContents({ name: NAME, sha256, contents }, { ...live, objects: {} }, { ...expected, ...rest })
  expect(of('b'.repeat(64), manifest)).toMatchObject({
    unfit: expect.stringContaining('is not the one that its ledger knows'),
    differences: [],
  })
  expect(of(SUM, manifest, { ledger: known })).toMatchObject({ unfit: expect.stringContaining('ledger') })
  expect(of(SUM, null)).toMatchObject({ unfit: expect.stringContaining('cannot be read'), differences: [] })
})

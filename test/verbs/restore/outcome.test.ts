import { describe, expect, test } from 'vitest'
import { outcome } from '../../../lib/verbs/restore/outcome.ts'
import { proofLines } from '../../../lib/verbs/restore/proof-lines.ts'
import { parseRestoreProof } from '../../../lib/verbs/restore/proof.ts'
import type { RestoreProof } from '../../../lib/verbs/restore/proof.ts'
import { proof } from './support.ts'

const inWords = (one: RestoreProof) => proofLines(one).join('; ')

const change = { what: 'restore drill of onquota', from: 'on the box', to: 'fetched' } as const
const ended = (status: string | undefined, file: object | undefined, err = '') => ({
  status,
  out: 'first\nlast line\n',
  err,
  seconds: 3,
  ...(file === undefined ? {} : { file: JSON.stringify(file) }),
})

test('what was proven, how old it was, how long it took', () => {
  const report = outcome('onquota', 'drill', change, ended('0', proof))
  expect(report).toMatchObject({ project: 'onquota', step: 'drill', status: 'changed', changes: [{ ...change, seconds: 3 }] })
  expect(report.note).toBe(
    "backup_onquota_db_20261124_030000.sql.gz; equal to its manifest in every table, row count and sequence; the application logged in and read every table that it may read; 6 h old (RPO); back in 12 s (RTO); today's database would take about 25 s",
  )
})

test.each([
  ['as on an empty server', []],
  ['leaning on what is there already: the role a, the role b', ['the role a', 'the role b']],
  ['leaning on what is there already: 1, 2, 3, 4, 5 and 1 more', ['1', '2', '3', '4', '5', '6']],
])('a drill says what it was done on: %s', (words, leanedOn) => {
  expect(proofLines({ ...proof, leanedOn }).at(-1)).toBe(words)
  expect(inWords({ ...proof, leanedOn, kind: 'into' })).not.toContain(words)
})

test('without the private key nothing is said of the contents', () => {
  const text = inWords({ ...proof, contents: 'not looked at', login: null, expectedSeconds: null })
  expect(text).toContain('hash proven, contents not')
  expect(text).not.toMatch(/equal|logged in|today/)
})

test('the name under which the old one is kept, and the schema of a table', () => {
  expect(inWords({ ...proof, kept: 'onquota_db_before_20261124_090000' })).toContain('kept as onquota_db_before_20261124_090000')
  expect(inWords({ ...proof, kind: 'table', database: 'restored_20261124_090000' })).toContain(
    'in the schema restored_20261124_090000',
  )
})

const file = { file: '/b/restored_x.sql', command: 'psql -f /b/restored_x.sql', text: 'BEGIN;\n', cut: false }
test('of a table, the SQL that brings it back, and how it is run', () => {
  const table: RestoreProof = {
    ...proof,
    kind: 'table',
    database: 'restored_x',
    dropped: true,
    sql: [file, { ...file, command: 'su' }],
  }
  const report = outcome('onquota', 'restore-table', change, ended('0', table))
  expect(report.sql).toEqual(table.sql)
  expect(report.note).toMatch(
    /; the live table is gone: this brings it back .*, on the host: psql -f \/b\/restored_x\.sql; then: su$/,
  )
  expect(inWords({ ...table, dropped: false })).toContain('; the live table is not touched: this adds the rows that it lacks, on')
})

describe('a failure', () => {
  test('tells the script’s last words, and that a damaged one is not to be trusted', () => {
    const report = outcome(
      'onquota',
      'drill',
      change,
      ended('1', { ...proof, ok: false, stage: 'hash', error: 'x' }, 'it is damaged\n'),
    )
    expect(report).toMatchObject({ status: 'failed', changes: [], error: 'exit 1: it is damaged' })
    expect(report.help).toMatch(/cannot be trusted: try an older one with --at .*backup\.mjs onquota/)
  })

  test('elsewhere: nothing is changed', () => {
    const report = outcome(
      'onquota',
      'drill',
      change,
      ended('1', { ...proof, ok: false, stage: 'load', contents: 'not looked at' }, 'x'),
    )
    expect(report.help).toMatch(/nothing that was there before is changed/)
  })

  test('a connection that was lost: not known', () => {
    expect(outcome('onquota', 'drill', change, ended(undefined, undefined)).error).toMatch(/outcome is not known/)
  })

  test('no record, or one that makes no sense', () => {
    expect(outcome('onquota', 'drill', change, ended('1', undefined, 'no box')).help).toBeUndefined()
    expect(parseRestoreProof('{"name": 1}')).toBeUndefined()
    expect(parseRestoreProof('not JSON')).toBeUndefined()
    expect(outcome('onquota', 'drill', change, ended('0', { name: 1 })).note).toBe('last line')
  })
})

test('indexes that PostgreSQL refused to build are named, a few of many', () => {
  const one = { index: 'i', table: 'public.t', reason: 'no such function' }
  const refused = (count: number) => inWords({ ...proof, kind: 'into', refusedIndexes: Array.from({ length: count }, () => one) })
  expect(refused(0)).not.toContain('refused')
  expect(refused(1)).toContain('without 1 index that PostgreSQL refused to build: i on public.t (no such function)')
  expect(refused(7)).toMatch(/without 7 indexes that PostgreSQL refused to build: .* and 2 more/)
})

import { expect, test } from 'vitest'
import { counted, isAhead, newerUnknown, sortCopies } from '../../../lib/steps/backup/known.ts'
import { NOW, ledger, named } from '../../verbs/status/support.ts'

const [today, yesterday, planted, ahead] = ['20261124_030000', '20261123_030000', '20261124_060000', '20261126_030000'].map(
  named,
) as [string, string, string, string]
const copies: [string, number][] = [
  [ahead, 5],
  [planted, 40],
  [today, 30],
  [yesterday, 20],
]

test('only what the ledger knows counts, and nothing that lies more than a day ahead is the newest', () => {
  const sorted = sortCopies(copies, ledger(today, yesterday, ahead), NOW)
  expect(sorted.known.map(([name]) => name)).toEqual([ahead, today, yesterday])
  expect(sorted.unknown).toEqual([[planted, 40]])
  expect(sorted).toMatchObject({ newest: [today, 30], ahead: [ahead, 5] })
})

test('without a ledger all are known', () => {
  const sorted = sortCopies(copies, null, NOW)
  expect(sorted.unknown).toEqual([])
  expect(sorted.newest).toEqual([planted, 40])
})

test('a day ahead, to the second; a date that no calendar has is ahead of all', () => {
  expect(isAhead(named('20261125_120000'), NOW)).toBe(false)
  expect(isAhead(named('20261125_120001'), NOW)).toBe(true)
  expect(isAhead(named('20269945_120000'), NOW)).toBe(true)
})

test('how many, how large, since when', () => {
  expect(counted([])).toBeNull()
  expect(
    counted([
      [planted, 40],
      [yesterday, 2],
    ]),
  ).toEqual({ copies: 2, bytes: 42, oldest: '2026-11-23T03:00:00.000Z' })
  expect(counted([[named('20269945_120000'), 1]])).toEqual({ copies: 1, bytes: 1, oldest: null })
})

test('an unknown one that looks newer than the newest', () => {
  expect(newerUnknown([[planted, 1]], today)).toBe(planted)
  expect(newerUnknown([[yesterday, 1]], today)).toBeUndefined()
  expect(newerUnknown([[yesterday, 1]], undefined)).toBe(yesterday)
})

import { expect, test } from 'vitest'
import { duration, showBytes, showDay, showMonth, showRatio, showTime } from '../../lib/format/units.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9949, '9.9 kB'],
  [9950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [12_345_678, '12 MB'],
  [3.2e12, '3.2 TB'],
])('%i bytes', (bytes, expected) => {
  expect(showBytes(bytes)).toBe(expected)
})

test.each([
  [-5, '0 s', '0.0 s'],
  [0.123, '0 s', '0.1 s'],
  [9.96, '10 s', '10 s'],
  [59.4, '59 s', '59 s'],
  [59.97, '60 s', '1 min'],
  [89, '89 s', '1 min 29 s'],
  [90, '2 min', '1 min 30 s'],
  [3600, '60 min', '1 h'],
  [5399, '90 min', '1 h 29 min'],
  [5400, '2 h', '1 h 30 min'],
  [172_799, '48 h', '47 h 59 min'],
  [172_800, '2 d', '2 d'],
  [86_400 * 6 + 3600 * 3, '6 d', '6 d 3 h'],
])('%d s are %s in one part, else %s', (seconds, one, two) => {
  expect([duration(seconds, 1), duration(seconds)]).toEqual([one, two])
})

test('how a size compares', () => {
  expect([showRatio(103, 100), showRatio(60, 100), showRatio(100, 100), showRatio(5, 0)]).toEqual([
    '+3 %',
    '−40 %',
    '±0 %',
    '±0 %',
  ])
})

test('a time in its own zone, with the day where it isn’t soon', () => {
  const now = new Date('2026-11-24T12:00:00Z')
  expect(showTime('2026-11-25T02:00:00Z', 'Europe/Berlin', now)).toBe('03:00 CET')
  expect(showTime('2026-11-24T23:00:00Z', 'Europe/Berlin', now)).toBe('00:00 CET')
  expect(showTime('2026-11-28T23:30:00Z', 'Europe/Berlin', now)).toBe('Sun 00:30 CET')
  expect(showTime('2027-07-01T01:00:00Z', 'Europe/Berlin', now)).toBe('1 Jul 03:00 CEST')
  expect(showTime('2026-11-25T03:00:00Z', 'UTC', now)).toBe('03:00 UTC')
})

test('a day and a month', () => {
  expect([showDay('2026-11-22T23:59:59Z'), showMonth('2027-03-01T00:00:00Z')]).toEqual(['22 Nov', 'March 2027'])
})

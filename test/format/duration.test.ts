import { expect, test } from 'vitest'
import { duration } from '../../lib/format/duration.ts'

test.each([
  [0.85, '850 ms'],
  [1.25, '1.3 s'],
  [12.4, '12 s'],
  [59.9, '60 s'],
  [60, '1 min'],
  [200, '3 min 20 s'],
  [3600, '1 h'],
  [90_000, '25 h'],
  [86_400 * 6 + 3600 * 3, '6 d 3 h'],
])('%d s is %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words)
})

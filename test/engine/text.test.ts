import { expect, test } from 'vitest'
import { lastLines } from '../../lib/engine/text.ts'

test.each([
  ['', ''],
  ['\n \n', ''],
  ['one', 'one'],
  ['one  \r\n\n two\n', 'one\n two'],
  ['1\n2\n3\n4\n5\n6\n', '2\n3\n4\n5\n6'],
])('of %j it quotes %j', (text, quoted) => {
  expect(lastLines(text)).toBe(quoted)
})

test('as many lines as asked for', () => {
  expect(lastLines('1\n2\n3', 2)).toBe('2\n3')
})

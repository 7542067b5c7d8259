import { expect, test } from 'vitest'
import { lastLines, lineSplitter } from '../../lib/text/lines.ts'

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

test('a line without end is not shown, and costs nothing; the next one is', () => {
  const seen: string[] = []
  const push = lineSplitter((line) => seen.push(line))
  for (let n = 0; n < 300; n++) push(Buffer.alloc(1024, 'x'))
  push(Buffer.from('\nnext\n'))
  expect(seen).toEqual(['(a line of more than 64 KiB)', 'next'])
})

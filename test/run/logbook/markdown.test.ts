import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fenced, inline, table } from '../../../lib/run/logbook/markdown.ts'

const nasty = fc
  .array(
    fc.constantFrom(
      '|',
      '`',
      '``',
      '```',
      '\\',
      '\n',
      '*',
      '_',
      '[',
      ']',
      '<b>',
      '&amp;',
      '$',
      '~~',
      'a',
      ' ',
      '\r',
      '\u001b[2J',
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

describe('inline', () => {
  test.each([
    ['onquota_user of onquota_db', 'onquota_user of onquota_db'],
    ['_private_', '\\_private\\_'],
    ['a|b', 'a\\|b'],
    ['`rm -rf`', '\\`rm -rf\\`'],
    ['two\nlines', 'two lines'],
    ['[x](javascript:y) ![z]', '\\[x\\](javascript:y) !\\[z\\]'],
    ['<script> & &lt; &#60; 2>&1', '\\<script> & \\&lt; \\&#60; 2>&1'],
    ['*bold* ~~gone~~ $x$ c:\\dir', '\\*bold\\* \\~\\~gone\\~\\~ \\$x\\$ c:\\\\dir'],
  ])('%j is written as %j', (text, written) => {
    expect(inline(text)).toBe(written)
  })
})

/** How a reader of Markdown sees a row: cells end at pipes that no backslash precedes. */
function cellsOf(row: string): number {
  return row.replace(/\\[^]/g, '').split('|').length - 2
}

test('a row has as many cells as the head, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(nasty, nasty, nasty), { maxLength: 4 }), (rows) => {
      const lines = table(['One', 'Two', 'Three'], rows)
      expect(lines).toHaveLength(rows.length + 2)
      for (const line of lines) {
        expect(line).not.toContain('\n')
        expect(cellsOf(line)).toBe(3)
      }
    }),
  )
})

test('no text ends its fence', () => {
  expect(fenced('```\nrm -rf /\n````')).toEqual(['`````text', '```\nrm -rf /\n````', '`````'])
  fc.assert(
    fc.property(nasty, (text) => {
      const [open, body, close] = fenced(text)
      expect(open).toBe(`${close!}text`)
      expect(body).not.toContain(close)
    }),
  )
})

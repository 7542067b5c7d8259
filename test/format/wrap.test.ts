import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clean, saidLines, shortPath, wrap } from '../../lib/format/wrap.ts'

/** Any UTF-16, the ranges that hold control and direction characters more often. */
const code = fc.oneof(
  fc.integer({ min: 0, max: 0xff }),
  fc.integer({ min: 0x2000, max: 0x2070 }),
  fc.integer({ min: 0, max: 0xffff }),
)
const nasty = fc.array(code, { maxLength: 30 }).map((codes) => String.fromCharCode(...codes))

test('clean leaves nothing that moves a cursor or reorders text', () => {
  expect(clean('a\r\nb\rc\td\u001b[1;31me\u001b]0;title\u0007\u0000\u009b2J\u2066f\u2028g')).toBe('a\nb\nc  def\ng')
  fc.assert(fc.property(nasty, (text) => !/[^\P{Cc}\n]|\p{Bidi_Control}/u.test(clean(text))))
})

describe('wrap', () => {
  test('breaks at spaces, keeps indentation, breaks long words', () => {
    expect(wrap('one two three four five six', 20)).toEqual(['one two three four', 'five six'])
    expect(wrap('  one two three four five', 20)).toEqual(['  one two three four', '  five'])
    expect(wrap('x'.repeat(45), 20)).toEqual(['x'.repeat(20), 'x'.repeat(20), 'x'.repeat(5)])
  })

  test('loses nothing but white space, and no line is too wide', () => {
    const words = fc.array(
      fc.string({ minLength: 1, maxLength: 30 }).map((word) => word.replace(/\s/g, '-')),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (all, width) => {
        const lines = wrap(all.join(' '), width)
        expect(lines.join('').replace(/\s/g, '')).toBe(all.join(''))
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      }),
    )
  })

  test('takes a very long line', () => {
    expect(wrap('é '.repeat(10_000), 100).length).toBe(200)
  })
})

test('an error always says something', () => {
  expect(saidLines(' \n')).toEqual(['no reason was given'])
  expect(saidLines(undefined)).toEqual(['no reason was given'])
  expect(saidLines('a\n\nb ')).toEqual(['a', 'b'])
})

test('a path below the working directory is shown relative to it', () => {
  expect(shortPath('/srv/ops/logbook/a.md', '/srv/ops')).toBe('logbook/a.md')
  expect(shortPath('/srv/opsx/a.md', '/srv/ops')).toBe('/srv/opsx/a.md')
})

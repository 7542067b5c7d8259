import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonError, parseJson } from '../../lib/inventory/json.ts'

const accepted = (text: string) => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

const outcome = (text: string): { value?: unknown; refused?: string } => {
  try {
    return { value: parseJson(text) }
  } catch (error) {
    if (error instanceof JsonError) return { refused: error.message }
    throw error
  }
}

test('any JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), null, indent)
      fc.pre(!written.includes('__proto__'))
      expect(parseJson(written)).toEqual(JSON.parse(written))
    }),
  )
})

test('what JSON.parse refuses is refused, and what it takes is taken, after any small damage', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 2 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '{', '}', '[', ']', ':', '\\', '0', '-', '.', 'e', ' ', '\u0001', 't'),
      (json, place, inserted) => {
        const at = place % (json.length + 1)
        const text = json.slice(0, at) + inserted + json.slice(at + 1)
        const [mine, theirs] = [outcome(text), accepted(text)]
        // Only a name that stands twice is refused beyond what JSON.parse refuses.
        fc.pre(mine.refused === undefined || !/stands there twice|__proto__/.test(mine.refused))
        expect(mine.refused === undefined ? { value: mine.value } : undefined).toEqual(theirs)
      },
    ),
    { numRuns: 1000 },
  )
})

test('nesting without end is refused, not a full stack', () => {
  expect(() => parseJson('['.repeat(100_000))).toThrow('goes too deep')
})

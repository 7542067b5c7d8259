import { expect, test } from 'vitest'
import { mutationsOf } from '../../setup/mutations.ts'

const of = (source: string) =>
  mutationsOf(source).map(({ start, end, text }) => source.slice(0, start) + text + source.slice(end))

test.each([
  ['f(a === b)', ['!==', ';']],
  ['const x = a < 3 && b', ['a <= 3 && b', 'a < 3 || b', 'a < 4 && b']],
])('%s', (source, parts) => {
  const found = of(source)
  expect(found).toHaveLength(parts.length)
  for (const part of parts) expect(found.filter((text) => text.includes(part))).not.toEqual([])
})

test('conditions are turned round, statements removed, words and truths changed', () => {
  expect(of(`if (ok) go()`)).toEqual(['if (!(ok)) go()', 'if (ok) ;'])
  expect(of(`const x = list.some(is) ? 'word' : true`)).toEqual([
    `const x = !(list.some(is)) ? 'word' : true`,
    `const x = list.every(is) ? 'word' : true`,
    `const x = list.some(is) ? '' : true`,
    `const x = list.some(is) ? 'word' : false`,
  ])
})

test('types, imports and names of properties are left alone', () => {
  expect(
    of(`import { x } from './x.ts'\ntype T = 'a' | 1\ninterface I { a: 'b' }\nconst y: 'z' = x as 'z'\nconst o = { 'a': y }`),
  ).toEqual([])
})

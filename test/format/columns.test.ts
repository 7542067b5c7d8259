import { expect, test } from 'vitest'
import { fitted, line } from '../../lib/format/columns.ts'
import type { Column } from '../../lib/format/columns.ts'

const COLUMNS: Column[] = [
  { title: 'name', cells: ['a', 'a-long-one'], shortest: 5 },
  { title: 'n', cells: ['1', '22'] },
  { title: 'first to go', cells: ['x', 'y'], drop: 2 },
  { title: 'then', cells: ['p', 'q'], drop: 1 },
]
const drawn = (width: number) => [undefined, 0, 1].map((row) => line(fitted(COLUMNS, width), row, (text) => text))

test('all of it where there is room', () => {
  expect(drawn(100)).toEqual([
    'name        n   first to go  then',
    'a           1   x            p',
    'a-long-one  22  y            q',
  ])
})

test('cut first, then left out, what matters least first; what must stay stays', () => {
  expect(drawn(28)).toEqual(['name   n   first to go  then', 'a      1   x            p', 'a-lo…  22  y            q'])
  expect(drawn(27)).toEqual(['name   n   then', 'a      1   p', 'a-lo…  22  q'])
  expect(drawn(1)).toEqual(['name   n', 'a      1', 'a-lo…  22'])
})

test('colours don’t move what stands behind', () => {
  const row = line(fitted(COLUMNS, 100), 0, (text, { title }) => (title === 'name' ? `<${text}>` : text))
  expect(row.replaceAll(/[<>]/g, '')).toBe(drawn(100)[1])
})

test('no rows', () => {
  expect(fitted([{ title: 'x', cells: [] }], 10)).toMatchObject([{ width: 1 }])
})

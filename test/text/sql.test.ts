import { expect, test } from 'vitest'
import { Secret } from '../../lib/text/secret.ts'
import { Sql, id, literal, sql } from '../../lib/text/sql.ts'

const secret = new Secret("it's", 'x')

test.each([
  ['', "''"],
  ['a', "'a'"],
  ["it's", "'it''s'"],
  ["'; DROP TABLE x; --", "'''; DROP TABLE x; --'"],
  ['a\\b', " E'a\\\\b'"],
  ["\\'", " E'\\\\'''"],
  ['$1 :x %s "y"', `'$1 :x %s "y"'`],
  ['a\nb\tñ😀', "'a\nb\tñ😀'"],
])('the literal of %j', (text, written) => {
  expect(literal(text)).toBe(written)
})

test('a text with a NUL byte is refused', () => {
  expect(() => literal('a\0')).toThrow('sql: a text cannot hold a NUL byte')
  expect(() => sql`SELECT ${new Secret('hunter2\0', 'x')}`).toThrow(/^(?!.*hunter2)/)
})

test.each([
  ['users', '"users"'],
  ['uuid-ossp', '"uuid-ossp"'],
  ['User "x"', '"User ""x"""'],
  ['a'.repeat(63), `"${'a'.repeat(63)}"`],
])('the identifier %s', (name, written) => {
  expect(id(name).text).toBe(written)
})

test.each([
  ['', 'not a name that PostgreSQL can hold'],
  ['a\0b', 'not a name that PostgreSQL can hold'],
  ['a'.repeat(64), "longer than PostgreSQL's 63 bytes"],
  ['ñ'.repeat(32), "longer than PostgreSQL's 63 bytes"],
])('the identifier %j is refused', (name, message) => {
  expect(() => id(name)).toThrow(message)
})

test('values are literals, an array is a list of them, Sql is spliced in', () => {
  expect(sql`SELECT ${'a'}, ${1}, ${-1.5}, ${true}, ${secret}, ARRAY[${['x', "y'"]}], ${id('t')}`.reveal()).toBe(
    `SELECT 'a', 1, -1.5, true, 'it''s', ARRAY['x', 'y'''], "t"`,
  )
  expect(sql`ARRAY[${[]}]::text[]`.text).toBe('ARRAY[]::text[]')
})

test('it knows its secrets, wherever they stand', () => {
  const inner = sql`PASSWORD ${secret}`
  expect(sql`SELECT ${'a'}`.secrets).toEqual([])
  expect(sql`ALTER ${inner} ${secret}`.secrets).toEqual([secret, secret])
  expect(Sql.join([inner, id('a')], '.')).toMatchObject({ text: 'PASSWORD ••••."a"', secrets: [secret] })
})

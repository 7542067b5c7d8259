import { expect, test } from 'vitest'
import { runPerl } from './perl.ts'

const read = (text: string, ...options: string[]) => runPerl(['reader', 'by-hand'], ['by-hand', ...options], text)
const SET = "SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on;\n"

test('what could be read in two ways comes behind the settings that it is meant for', () => {
  const plain = 'BEGIN READ WRITE;\nSELECT \'a\', "b";\n'
  expect(read(plain)).toEqual({ code: 0, stdout: plain, stderr: '' })
  expect(read('SELECT \'a\\\';\nSELECT "é";\n').stdout).toBe(`${SET}SELECT 'a\\';\n${SET}SELECT "é";\n`)
  expect(read('SELECT a[1:b];\n').stdout).toBe('SELECT a[1: b];\n')
})

test('a comment stays one, whatever ends a line elsewhere', () => {
  expect(read('-- a\u2028\\! id\r\\! id\u0085x\n').stdout).toBe('-- a \\! id \\! id x\n')
})

test.each([
  ['a command of psql', 'SELECT 1;\n\\! id\n'],
  ['half a statement', "SELECT 'a;\n"],
])('%s is refused', (_what, text) => {
  expect(read(text)).toMatchObject({ code: 1 })
})

test('for a superuser, what reads a value of another type than PostgreSQL’s is left to a person, with what names it', () => {
  const left = (text: string) =>
    `-- left to you, since it may run code of an owner as a superuser; where you know that code:\n${text.replaceAll(/^/gm, '--   ')}\n`
  const view = `CREATE VIEW public.v AS\n SELECT '{1}'::public."Dom"[];`
  const trigger = "CREATE TRIGGER t BEFORE INSERT ON public.x FOR EACH ROW WHEN (new.a = '1'::s.d) EXECUTE FUNCTION f();"
  const after = ['ALTER VIEW public.v OWNER TO o;', 'COMMENT ON TRIGGER t ON public.x IS NULL;']
  const kept =
    "CREATE VIEW public.v2 AS SELECT 'a'::text, '1'::pg_catalog.int4, 1::public.d;\nCOMMENT ON TRIGGER t2 ON public.x IS NULL;\n"
  const text = `${[view, trigger, ...after].join('\n')}\n${kept}`
  expect(read(text, 'super').stdout).toBe(`${[view, trigger, ...after].map(left).join('')}${kept}`)
  expect(read(text).stdout).toBe(text)
})

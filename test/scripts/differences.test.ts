import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runPerl } from './perl.ts'

const escape = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
const line = (...words: string[]) => words.map(escape).join('\t')
const statement = (object: string, text: string) => line('statement', object, text)
/** What is said of lines that only the backup has, and of those that only the restored database has. */
const differences = (backup: readonly string[], restored: readonly string[], ...words: string[]) => {
  const lines = [...backup, ...restored.map((one) => `\t${one}`)].map((one) => `${one}\n`).join('')
  const { code, stdout, stderr } = runPerl(['reader', 'digest', 'differences'], ['differences', ...words], lines)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const said = stdout.trimEnd().split('\n')
  expect(said.pop()).toBe('compared')
  return said
}
const table = (column: string) => statement('TABLE public.t', `CREATE TABLE public.t (\n    ${column}\n);`)
const view = (condition: string) =>
  statement('VIEW public.v', `CREATE VIEW public.v AS\n SELECT 1\n   FROM public.t\n  WHERE ${condition};`)

test('what hangs on an index that PostgreSQL refused to build is missing in as many statements as were refused, and no others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-left-'))
  const index = 'CREATE INDEX i ON public.t USING btree (a);'
  writeFileSync(join(folder, 'left'), ['1', index, '1', `COMMENT ON INDEX public.i IS 'it';`, ''].join('\0'))
  process.env['LEFT'] = join(folder, 'left')
  const lines = [
    statement('INDEX public.i', `[tablespace fast] ${index}`),
    statement('COMMENT public.INDEX i', `COMMENT ON INDEX public.i IS 'it';`),
  ]
  expect(differences(lines, [])).toEqual([])
  expect(differences([...lines, statement('INDEX public.j', index.replace(' i ', ' j '))], [])).toHaveLength(1)
  expect(differences([...lines, lines[0]!], [])).toHaveLength(1)
  expect(differences([], lines)).toHaveLength(2)
  delete process.env['LEFT']
  rmSync(folder, { recursive: true })
})

/** As PostgreSQL 15 writes them before and after one reload. */
const RELOADED: [string, string][] = [
  ["((k)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))", "((k)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))"],
  ['(((n >= 1) AND (n <= 10)) AND (n <> 5))', '((n >= 1) AND (n <= 10) AND (n <> 5))'],
  ["(lower(k::text) = ANY (ARRAY['a'::character varying]::text[]))", "(lower(k::text) = ANY (ARRAY['a'::character varying::text]))"],
] // prettier-ignore
test.each(RELOADED)('%s is written in another way after one reload', (before, after) => {
  expect(differences([view(before), table(`CHECK (${before})`)], [table(`CHECK (${after})`), view(after)])).toEqual([])
})

/** Before and after one reload: in these places a column without a name gets that of its type, which nothing refers to. */
const NAMED: [string, string][] = [
  ['t.ts FROM t UNION ALL SELECT NULL::timestamp without time zone FROM u', 't.ts FROM t UNION ALL SELECT NULL::timestamp without time zone AS "timestamp" FROM u'],
  ['t.b FROM t UNION SELECT (u.n + 1)::bigint FROM u', 't.b FROM t UNION SELECT (u.n + 1)::bigint AS int8 FROM u'],
  ["(EXISTS ( SELECT NULL::text FROM t)) AS a, ( SELECT 'x'::s.kind) AS b", "(EXISTS ( SELECT NULL::text AS text FROM t)) AS a, ( SELECT 'x'::s.kind AS kind) AS b"],
] // prettier-ignore
test.each(NAMED)('SELECT %s is written in another way after one reload', (before, after) => {
  const of = (text: string) => [statement('VIEW public.v', `CREATE VIEW public.v AS\n SELECT ${text};`)]
  expect(differences(of(before), of(after))).toEqual([])
  expect(differences(of(before), of(after.replace(/ AS ("timestamp"|int8|text FROM)/, ' AS other$1')))).toHaveLength(1)
})

test('a schema that was public, under another name, lacks what PUBLIC has in the one of that name', () => {
  const revoked = (schema: string) => statement(`ACL SCHEMA ${schema}`, `REVOKE USAGE ON SCHEMA ${schema} FROM PUBLIC;`)
  expect(differences([revoked('"old one"')], [])).toEqual([])
  expect(differences([revoked('public')], [])).toHaveLength(1)
  expect(differences([], [revoked('pub2')])).toHaveLength(1)
})

test('the roles of a policy come in any order', () => {
  const policy = (roles: string) =>
    statement('POLICY public.t p', `CREATE POLICY p ON public.t FOR SELECT TO ${roles} USING (true);`)
  expect(differences([policy('a, "B, c", d')], [policy('d, a, "B, c"')])).toEqual([])
  expect(differences([policy('a, b')], [policy('a, c')])).toHaveLength(1)
})

describe('anything else differs', () => {
  const OTHER: [string, string][] = [
    ['((a + b) * c)', '(a + (b * c))'],
    ['((a AND b) OR c)', '(a AND (b OR c))'],
    ['(NOT (a AND b))', '((NOT a) AND b)'],
    ["(k = 'a b'::text)", "(k = 'a  b'::text)"],
    ["(k = 'a'::text)", "(k = 'a'::character varying)"],
    ["(k = '(a)'::text)", "(k = 'a'::text)"],
    ['("K" = 1)', '(k = 1)'],
    ['(a = 1)', '(a <> 1)'],
    ["(k = ANY (ARRAY['a', 'b']))", "(k = ANY (ARRAY['a', 'b', 'c']))"],
  ]
  test.each(OTHER)('%s is not %s', (one, other) => {
    expect(differences([view(one)], [view(other)])).toEqual([
      expect.stringMatching(/^differs VIEW public\.v: the backup has: .*; the restored database has: /),
    ])
  })

  test('a statement that is not an expression, in any of its bytes', () => {
    const comment = (text: string) => statement('COMMENT public.TABLE t', `COMMENT ON TABLE public.t IS '${text}';`)
    expect(differences([comment('(a)')], [comment('a')])).toHaveLength(1)
    const body = (text: string) => statement('FUNCTION public.f()', `CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$${text}$$;`) // prettier-ignore
    expect(differences([body('SELECT (1)')], [body('SELECT 1')])).toHaveLength(1)
  })
})

test('what is missing, what is too much, and which one', () => {
  const owner = (name: string) => statement('TABLE public.t', `ALTER TABLE public.t OWNER TO ${name};`)
  const grant = statement('ACL public.TABLE t', 'GRANT SELECT ON TABLE public.t TO you;')
  const index = statement('INDEX public.i', 'CREATE INDEX i ON public.t USING btree (id);')
  expect(differences([owner('me'), grant, index], [owner('you'), statement('INDEX public.j', 'CREATE INDEX j;')])).toEqual([
    'differs ACL public.TABLE t is missing in the restored database: GRANT SELECT ON TABLE public.t TO you;',
    'differs INDEX public.i is missing in the restored database: CREATE INDEX i ON public.t USING btree (id);',
    'differs INDEX public.j is only in the restored database: CREATE INDEX j;',
    'differs TABLE public.t: the backup has: ALTER TABLE public.t OWNER TO me;; the restored database has: ALTER TABLE public.t OWNER TO you;',
  ])
})

test('data: rows, tables, columns, large objects', () => {
  const rows = (name: string, columns: string, count: number, hash: string) => line('data', name, columns, String(count), hash)
  expect(
    differences(
      [
        rows('public.a', '(x) ', 1000, 'h'),
        rows('public.b', '(x) ', 3, 'h'),
        rows('public.c', '(x, "a\tb") ', 2, 'h'),
        rows('public.d', '', 0, '= '),
        rows('public.h', '', 1, '= a'),
        rows('public.h', '', 2, '= b'),
        line('large objects', '7', '2', 'h'),
      ],
      [rows('public.a', '(x) ', 1000, 'i'), rows('public.b', '(x) ', 2, 'h'), rows('public.c', '("a\tb", x) ', 2, 'i'), rows('public.h', '', 3, '= c'), line('large objects', '7', '2', 'i')], // prettier-ignore
    ),
  ).toEqual([
    'rows public.a',
    'differs data of public.b: 3 rows in the backup, 2 in the restored database',
    'reread COPY public.c (x, "a\\tb") ',
    'differs data of public.d: 0 rows in the backup, and no such table in the restored database',
    'rows public.h',
    'differs large objects from 7 on: other ones, or other values',
  ])
})

test('what is not compared is named', () => {
  const refresh = statement('MATERIALIZED VIEW DATA public.m', 'REFRESH MATERIALIZED VIEW public.m;')
  const subscription = (slot: string) =>
    statement('SUBSCRIPTION s', `CREATE SUBSCRIPTION s CONNECTION 'password=secret' PUBLICATION p WITH (connect = false, slot_name = ${slot});`) // prettier-ignore
  const event = statement('EVENT TRIGGER e', 'CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION public.f();')
  expect(differences([refresh, event], [], 'table')).toEqual([
    'note not compared: 1 contents of materialized views',
    'note not compared: 1 event triggers, which are not made for one table',
  ])
  expect(differences([subscription(`'s'`)], [subscription('NONE')])).toEqual([])
  expect(differences([subscription(`'s'`)], [])).toEqual(['differs SUBSCRIPTION s is missing in the restored database'])
})

test('another version of PostgreSQL writes definitions in its own way, of the same things', () => {
  const version = (major: number) => line('version', `${major}, ${major}`)
  const index = statement('INDEX public.i', 'CREATE INDEX i ON public.t USING btree (id);')
  expect(differences([version(14), view('(a)'), index], [version(15), view('(b)')])).toEqual([
    expect.stringMatching(/^differs INDEX public\.i is missing/),
    expect.stringMatching(/^note 14, 14 made the backup, and 15, 15 the dump/),
  ])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runPerl } from './perl.ts'

const HEAD = '--\n-- PostgreSQL database dump\n--\n\n\\restrict aB3\n\nSET standard_conforming_strings = on;\n\n'
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict aB3\n\n'
const scan = (text: string | Buffer, ...words: string[]) => runPerl(['reader'], ['scan', ...words], text)
const lines = (body: string) => {
  const { code, stdout, stderr } = scan(HEAD + body + TAIL)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

/** Lines that mean something in a dump, and that a value or a body may hold all the same. */
const CONFUSING = [
  'COPY public.x (id) FROM stdin;',
  '\\.',
  '-- PostgreSQL database dump complete',
  'pg_dump: warning: nothing',
  'CREATE TABLE public.no (',
  "SELECT pg_catalog.setval('public.no', 1, true);",
  '\\! touch /tmp/canary',
  '-- Name: x; Type: EVENT TRIGGER; Schema: -; Owner: postgres',
  '/*',
  '*/',
  ');',
  '\\restrict x',
  'BEGIN',
  'END;',
]
const confusing = fc.array(fc.oneof(fc.constantFrom(...CONFUSING), fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', ';', ':', '(', ')', '\n', '\r', '-', '/', '*', 'E', 'a', 'é') })), { maxLength: 8 }).map((all) => all.join('\n')) // prettier-ignore

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const escaped = (text: string) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
const named = (text: string) => `"${text.replaceAll('"', '""')}"`
const dollars = (text: string) => {
  let tag = '_'
  while (text.includes(`$${tag}`) || text.endsWith(`$`)) {
    if (text.endsWith('$')) text += ' '
    else tag += 'X_'
  }
  return `$${tag}$${text}$${tag}$`
}
const data = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')

test('whatever values, names, bodies and comments hold, the statements and rows are found as they are', () => {
  // All examples of a run are one dump: a start of Perl for each would take longer than all else.
  fc.assert(
    fc.property(fc.array(fc.array(confusing, { minLength: 6, maxLength: 6 }), { minLength: 60, maxLength: 60 }), (examples) => {
      const found = lines(examples.map((example, index) => one(index, example)).join('\n\n'))
      expect(found.map(plain)).toEqual([
        ...examples.flatMap(([, name = ''], index) => {
          const json = JSON.stringify(table(index, name))
          return [`table\t${json}\t2`, `sequence\t${json}\t9223372036854775807\tfalse`].map(plain)
        }),
        `scan\t${examples.length}\t1\t0\t1`,
      ])
    }),
    { numRuns: 3, endOnFailure: true },
  )
})

/** JSON has two ways to write a line break. */
const plain = (line: string) => line.replaceAll(/\\u[0-9a-f]{4}|\\[nrt]/g, '?')
const table = (index: number, name: string) => `public.${named(`${index}${name}`)}`

function one(index: number, [value = '', name = '', body = '', row = '', comment = '', nested = '']: string[]): string {
  const at = table(index, name)
  return [
    `-- Name: ${comment.replaceAll(/[\r\n]/g, ' ')}; Type: TABLE`,
    `CREATE TABLE ${at} (\n    id text DEFAULT ${quoted(value)} NOT NULL,\n    b text DEFAULT ${escaped(value)}\n);`,
    `CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS ${dollars(body)};`,
    `/* ${nested.replaceAll(/\/\*|\*\//g, '').replaceAll(/[*/]$/g, '')} /* in */ */`,
    `COMMENT ON TABLE ${at} IS ${quoted(comment)};`,
    `CREATE FUNCTION public.g() RETURNS int\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT ${quoted(body)};\n SELECT CASE WHEN true THEN 1 ELSE 2 END;\nEND;`,
    `COPY ${at} (id, "select") FROM stdin;\n${data(row)}\t\\N\n${data(value)}\n\\.\n`,
    `SELECT pg_catalog.setval(${quoted(at)}, 9223372036854775807, false);`,
  ].join('\n\n')
}

test('tables of each kind, and rows as lines', () => {
  expect(
    lines(
      'CREATE UNLOGGED TABLE public.u (\n);\nCREATE TABLE public.p (\n)\nPARTITION BY RANGE (id);\nCREATE FOREIGN TABLE public.f ();\nCREATE TABLE a();\n-- CREATE TABLE b();\nCOPY public.u  FROM stdin;\n\\.\n'.replace('u  F', 'u F'), // prettier-ignore
    ),
  ).toEqual(['table\t"public.u"\t0', 'scan\t3\t1\t0\t1'])
})

test('tables without columns, and with as many as a table may have', () => {
  const columns = Array.from({ length: 1590 }, (_, n) => `"${String(n).padStart(59, 'a (b),')}"`)
  expect(lines(`COPY public.zero  FROM stdin;\n\n\n\\.\nCOPY public.wide (${columns.join(', ')}) FROM stdin;\n\\.\n`)).toEqual([
    'table\t"public.zero"\t2',
    'table\t"public.wide"\t0',
    'scan\t0\t1\t0\t1',
  ])
})

test('messages of pg_dump between the statements are counted, and not those within values', () => {
  expect(lines("pg_dump: creating TABLE\nSELECT 'a\npg_dump: b';\nCOPY public.t (a) FROM stdin;\npg_dump: data\n\\.\npg_dump: done\n")).toEqual([
    'table\t"public.t"\t1',
    'scan\t0\t1\t2\t1',
  ]) // prettier-ignore
})

test('a dump that ends early is not complete, wherever it ends', () => {
  for (const end of ['', 'SELECT 1', "SELECT 'a;\n", 'COPY public.t (a) FROM stdin;\n1\n', '/* open\n', '$$;\n'])
    expect(scan(HEAD + end).stdout).toBe('scan\t0\t1\t0\t0\n')
  expect(scan(HEAD + TAIL + 'SELECT 1;\n').stdout).toBe('scan\t0\t1\t0\t0\n')
  expect(scan(`${HEAD}${TAIL}'`).stdout).toBe('scan\t0\t1\t0\t0\n')
})

test.each([
  ['\\! touch /tmp/canary\n', /line 9: a backslash command/],
  ['SELECT 1 \\gexec\n', /line 9: a backslash command/],
  ["SELECT 'a'; \\i /etc/passwd\n", /a backslash command/],
  // A carriage return ends a comment for psql.
  ['-- Name: x\r\\! id\n', /a backslash command/],
  ["SELECT E'a'\n'b\\'; \\! id\n", undefined],
  ["SELECT E'a' 'b\\'; \\! id\n", /a backslash command/],
  ["SELECT U&'\\'; \\! id\n", /a backslash command/],
  ["SELECT a$$b'$$; \\! id\n", undefined],
  ['SELECT $a$ $b$ $a$; \\! id\n', /a backslash command/],
  ['/* /* */ \\! */ \\! id\n', /a backslash command/],
  ['\\restrict x\nSELECT 1;\n\\unrestrict x\n', /a backslash command/],
  ["SELECT '\0';\n", /a zero byte/],
  ["SET client_encoding = 'SJIS';\n", /the encoding SJIS/],
  ["SELECT 1e'\\'';\n", /letters follow a number/],
  ['copy x from stdin;\n\\.\n', /a COPY that no dump holds/],
  ["COPY public.x FROM PROGRAM 'id';\n", /a COPY that no dump holds/],
  ['COPY public.x (a) FROM stdin; SELECT 1;\n', /something stands behind a COPY/],
])('%j is read as psql reads it', (text, refused) => {
  const { code, stderr } = scan(HEAD + text)
  expect({ code, stderr }).toEqual(
    refused ? { code: 1, stderr: expect.stringMatching(refused) as string } : { code: 0, stderr: '' },
  )
})

test('a sequence whose name has many quotes', () => {
  expect(lines(`SELECT pg_catalog.setval('${"''".repeat(70_000)}', 1, true);`)[0]).toMatch(/^sequence\t"'{70000}"\t1\ttrue$/)
})

test('names that are no text of UTF-8 are written as PostgreSQL encodes them', () => {
  const dump = Buffer.concat([Buffer.from(`${HEAD}COPY public."`), Buffer.from([0xe9, 0x5c, 0x09]), Buffer.from('" (a) FROM stdin;\n\\.\n')]) // prettier-ignore
  expect(scan(dump, 'escape').stdout).toBe('table\t"public.\\"\\\\351\\\\\\\\\\t\\""\t0\nscan\t0\t1\t0\t0\n')
})

test('with standard_conforming_strings off a backslash escapes in every literal', () => {
  expect(lines("SET standard_conforming_strings = off;\nSELECT 'a\\'; CREATE TABLE no ();';\nCREATE TABLE t ();")).toEqual([
    'scan\t1\t1\t0\t1',
  ]) // prettier-ignore
})

test("a table's data is counted to the row wherever its end lies in what is read at once", () => {
  for (let pad = 0; pad < 9; pad += 1) {
    const start = `${HEAD}COPY public.t (a) FROM stdin;\n`
    const rows = 'x\n'.repeat(1000) + `${'y'.repeat(2 ** 18 - start.length - 2000 - pad)}\n`
    const dump = `${start}${rows}\\.\nCOPY public.u (a) FROM stdin;\n\\N\n\\\\.\n\\.\n`
    expect(scan(Buffer.from(dump)).stdout).toBe('table\t"public.t"\t1001\ntable\t"public.u"\t2\nscan\t0\t1\t0\t0\n')
  }
})

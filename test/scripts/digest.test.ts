import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runPerl } from './perl.ts'

const HEAD =
  "--\n-- PostgreSQL database dump\n--\n\n\\restrict aB3\n\n-- Dumped from database version 15.14 (Debian 1)\n-- Dumped by pg_dump version 15.14\n\nSET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n\n"
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict aB3\n\n'
const entry = (type: string, name: string, text: string, schema = 'public') =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: me\n--\n\n${text}\n\n`
const digest = (body: string) => {
  const { code, stdout, stderr } = runPerl(
    ['reader', 'single-database', 'digest'],
    ['digest', 'b2sum', '--length=256'],
    HEAD + body + TAIL,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}
const body = (...lines: string[]) => ['encoding\tUTF8', ...lines, 'version\t15, 15', 'end']

test('each statement stands with the object whose it is, and with what it depends on', () => {
  expect(
    digest(
      `SET default_tablespace = fast;\n\nSET default_table_access_method = heap;\n\n${entry('TABLE', 't', 'CREATE TABLE public.t (\n    id integer\n);\n\nALTER TABLE public.t OWNER TO me;')}` +
        entry('FUNCTION', 'f()', "CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$SELECT 'a\tb\\n'$$;") +
        `SET default_tablespace = '';\n\n${entry('INDEX', 'i', 'CREATE INDEX i ON public.t USING btree (id);')}` +
        entry(
          'ACL',
          'TABLE t',
          'SET SESSION AUTHORIZATION me;\nGRANT SELECT ON TABLE public.t TO you;\nRESET SESSION AUTHORIZATION;\nGRANT INSERT ON TABLE public.t TO you;',
        ) +
        entry('SCHEMA', 'app', 'CREATE SCHEMA app;', '-'),
    ),
  ).toEqual(
    body(
      'statement\tTABLE public.t\t[tablespace fast, access method heap] CREATE TABLE public.t (\\n    id integer\\n);',
      'statement\tTABLE public.t\tALTER TABLE public.t OWNER TO me;',
      "statement\tFUNCTION public.f()\tCREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$SELECT 'a\\tb\\\\n'$$;",
      'statement\tINDEX public.i\tCREATE INDEX i ON public.t USING btree (id);',
      'statement\tACL public.TABLE t\t[as me] GRANT SELECT ON TABLE public.t TO you;',
      'statement\tACL public.TABLE t\tGRANT INSERT ON TABLE public.t TO you;',
      'statement\tSCHEMA app\tCREATE SCHEMA app;',
    ),
  )
})

test('rows are hashed by their bytes, and large objects some at once', () => {
  const rows = `${'x'.repeat(2000)}\n\\\\.\n`
  const large = (id: number, hex: string) =>
    `SELECT pg_catalog.lo_open('${id}', 131072);\nSELECT pg_catalog.lowrite(0, '\\x${hex}');\nSELECT pg_catalog.lo_close(0);\n`
  const found = digest(
    `COPY public.t (id, "a b") FROM stdin;\n1\t2\n\\.\n\nCOPY public.u (d) FROM stdin;\n${rows}\\.\n\nCOPY public.none  FROM stdin;\n\\.\n` +
      entry('BLOB', '7', "SELECT pg_catalog.lo_create('7');\nALTER LARGE OBJECT 7 OWNER TO me;", '-') +
      entry('BLOBS', 'BLOBS', `BEGIN;\n\n${large(7, '00')}\n${large(8, 'ff')}\nCOMMIT;`, '-'),
  )
  expect(found).toEqual(
    body(
      'data\tpublic.t\t(id, "a b") \t1\t= 1\\t2\\n',
      expect.stringMatching(/^data\tpublic.u\t\(d\) \t2\t[0-9a-f]{64} {2}-$/) as unknown as string,
      'data\tpublic.none\t\t0\t= ',
      "statement\tLARGE OBJECT 7\tSELECT pg_catalog.lo_create('7');",
      'statement\tLARGE OBJECT 7\tALTER LARGE OBJECT 7 OWNER TO me;',
      'large objects\t7\t2\t= 7 008 ff',
    ),
  )
})

test('a dump that is cut short has no end', () => {
  for (const end of ['SELECT 1;\n', 'COPY public.t (a) FROM stdin;\n1\n'])
    expect(runPerl(['reader', 'single-database', 'digest'], ['digest', 'b2sum'], HEAD + end).stdout).not.toMatch(/^end$/m)
  expect(runPerl(['reader', 'single-database', 'digest'], ['digest', 'false'], `${HEAD}COPY public.t (a) FROM stdin;\n${'1'.repeat(2000)}\n\\.\n`).code).toBe(1) // prettier-ignore
})

test('rows of some tables, each behind its name, wherever the blocks end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-rows-'))
  try {
    writeFileSync(join(folder, 'names'), 'public.t\n')
    const rows = Array.from({ length: 20_000 }, (_, n) => `row ${n} ${'y'.repeat(n % 40)}`)
    const text = `${HEAD}COPY public.o (a) FROM stdin;\nno\n\\.\nCOPY public.t (a) FROM stdin;\n${rows.join('\n')}\n\\.\n${TAIL}`
    const read = (dump: string) => {
      const { code, stdout, stderr } = runPerl(
        ['reader', 'single-database', 'digest'],
        ['rows', join(folder, 'names'), 'b2sum', '--length=256'],
        dump,
      )
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout.trimEnd().split('\n')
    }
    expect(read(text)).toEqual(rows.map((row) => `public.t\t${row}`))
    // A long one is its hash, since sort holds what it sorts in memory.
    const long = (letter: string) => `${HEAD}COPY public.t (a) FROM stdin;\n1\n${letter.repeat(1e6)}\n2\n\\.\n${TAIL}`
    const hashed = [expect.stringMatching(/^public\.t\tlong\t[0-9a-f]{64} {2}-$/)]
    expect(read(long('x'))).toEqual(['public.t\t1', ...hashed, 'public.t\t2'])
    expect(read(long('x'))).not.toEqual(read(long('y')))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

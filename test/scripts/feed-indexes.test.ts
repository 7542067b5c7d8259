import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { feed, turns, written } from './feed.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-indexes-'))
const file = join(folder, 'indexes')
beforeEach(() => {
  rmSync(file, { force: true })
  process.env['INDEXES'] = file
  process.env['NOT_ITS_FAULT'] = 'disk_full'
})
afterAll(() => {
  delete process.env['INDEXES']
  rmSync(folder, { recursive: true })
})
const listed = () => readFileSync(file, 'utf8').split('\0').slice(0, -1)
/** The statements that go on where they fail, or where what they need is missing. */
const blocks = (body: string) => {
  expect(feed(body)).toEqual({ code: 0, stderr: '' })
  return written('turns').match(/DO \$i\w{16}\$ BEGIN (?:IF|EXECUTE)/g)?.length ?? 0
}

const INDEX = 'CREATE INDEX "i\'s" ON public.t USING btree (public.f(a));'
const UNIQUE = 'CREATE UNIQUE INDEX u ON ONLY public.t USING btree (a);'

test('an index is tried, and what hangs on it waits for its being there', () => {
  const hanging = [
    `COMMENT ON INDEX public."i's" IS 'it';`,
    `ALTER INDEX public."i's" ALTER COLUMN 1 SET STATISTICS 500;`,
    `ALTER TABLE public.t CLUSTER ON "i's";`,
    'ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX u;',
    `ALTER INDEX public.u ATTACH PARTITION public."i's";`,
  ]
  expect(blocks([INDEX, UNIQUE, ...hanging].join('\n'))).toBe(6)
  expect(written('deferred')).toMatch(
    /^DO \$i\w{16}\$ BEGIN IF pg_catalog\.to_regclass\('public\."i''s"'\) IS NOT NULL THEN EXECUTE \$i\w{16}\$COMMENT ON INDEX/m,
  )
  const numbers = ['1', '1', '1', '2', '2 1']
  expect(listed()).toEqual(['1', INDEX, '2', UNIQUE, ...hanging.flatMap((one, at) => [numbers[at], one])])
  expect(readFileSync(`${file}.sql`, 'utf8')).toContain(
    `INSERT INTO asked VALUES (1, 'public."i''s"', '"i''s"', 'public.t');\nINSERT INTO asked VALUES (2, 'public.u', 'u', 'public.t');\n`,
  )
})

test('an index is built in the tablespace of its own', () => {
  expect(feed(`SET default_tablespace = fast;\n${UNIQUE}\nSET default_tablespace = '';\n`)).toEqual({ code: 0, stderr: '' })
  expect(listed()).toEqual(['1', 'SET default_tablespace = fast;', '1', UNIQUE, '1', "SET default_tablespace = '';"])
})

test.each([
  'ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);',
  'ALTER TABLE ONLY public.t ADD CONSTRAINT t_key UNIQUE (a);',
  'ALTER TABLE ONLY public.t ADD CONSTRAINT t_check CHECK ((a > 0));',
  'ALTER TABLE ONLY public.t ADD CONSTRAINT t_fkey FOREIGN KEY (a) REFERENCES public.s(a);',
  'ALTER TABLE public.t CLUSTER ON t_pkey;',
  'ALTER INDEX public.t_pkey ATTACH PARTITION public.t_1_pkey;',
])('a failure of %s ends the load', (statement) => {
  expect(blocks(`${INDEX}\n${statement}`)).toBe(1)
  expect(listed()).toEqual(['1', INDEX])
})

test('a drill tries nothing', () => {
  delete process.env['INDEXES']
  expect(turns(INDEX)).toEqual([`role| ${INDEX}`])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

// Indexes that can be dumped and not be built again: their functions name another one without its schema.
const NAME = 'bs_refused'
const COPY = `${NAME}_copy`
let project: Project
const psql = async (sql: string, database = `${NAME}_db`) =>
  must(await project.host(`cd /; su postgres -c 'PGOPTIONS="-c client_min_messages=error" psql -v ON_ERROR_STOP=1 -qAt ${database}'`, sql)).stdout // prettier-ignore
const dump = async (database: string) =>
  must(await project.host(`cd /; su postgres -c 'pg_dump ${database}' | grep -v '^.\\(un\\)\\?restrict '`)).stdout
const record = async () =>
  JSON.parse(must(await project.host(`cat /run/postgres-backup/${NAME}.restore.json`)).stdout) as {
    contents: string
    refusedIndexes: { index: string; table: string; reason: string }[]
    sql?: { file: string; command: string; text: string }[]
  }
const REASON = 'function helper(text) does not exist'

beforeAll(async () => {
  project = await makeProject(NAME)
  await psql(`SET ROLE ${NAME}_user;
CREATE FUNCTION helper(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(t)';
CREATE FUNCTION inlined(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT helper(t)';
CREATE FUNCTION called(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN helper(t); END';
CREATE FUNCTION loud(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'refused 1: forged'; RETURN t; END$$;
CREATE TABLE words (id int PRIMARY KEY, word text, code text);
INSERT INTO words SELECT n, 'Word ' || n, 'Code ' || n FROM generate_series(1, 20) n;
CREATE INDEX a_loud ON words (loud(word));
CREATE INDEX "it's $a$ \\n" ON words (called(word));
COMMENT ON INDEX "it's $a$ \\n" IS 'with ; and ''quotes''';
ALTER INDEX "it's $a$ \\n" ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE words CLUSTER ON "it's $a$ \\n";
CREATE UNIQUE INDEX words_code ON words (inlined(code));
CREATE TABLE parts (id int, word text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts SELECT n, 'Part ' || n FROM generate_series(1, 5) n;
CREATE INDEX parts_word ON parts (called(word));
CREATE INDEX parts_inlined ON parts (inlined(word));
CREATE STATISTICS parts_statistics ON (called(word)), id FROM words;`)
  must(await project.run())
})
afterAll(async () => {
  await project?.host(`cd /; su postgres -c 'psql -qc "DROP DATABASE IF EXISTS ${COPY} WITH (FORCE)"'`)
  await project?.remove()
})

test('a drill fails by an index that cannot be built, with the reason', async () => {
  const { code, stdout, stderr } = await project.restore()
  expect(code, stdout).toBe(1)
  expect(stdout + stderr).toContain(REASON)
})

test('one table comes back beside the live one without it', async () => {
  const { code, stdout, stderr } = await project.restore('--table words')
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(
    `left to you: the unique index words_code on public.words, which PostgreSQL refused to build: ${REASON}`,
  )
  expect(stdout).toMatch(/\[table\] restored_\d+_\d+\.words of bs_refused_db has 20 rows/)
  const side = (await psql(`SELECT nspname FROM pg_namespace WHERE nspname ~ '^restored_'`)).trim()
  await psql(`DROP SCHEMA ${side} CASCADE`)
})

test('a restore for real goes on without it, and names it with its reason and its SQL', async () => {
  const { code, stdout, stderr } = await project.restore(`--into ${COPY}`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(
    `left to you: the index "it's $a$ \\n" on public.words, which PostgreSQL refused to build: ${REASON}. Once the cause is gone: CREATE INDEX "it's $a$ \\n" ON public.words`,
  )
  expect(stdout).toContain(
    `left to you: the unique index words_code on public.words, which PostgreSQL refused to build: ${REASON}; until it is there, duplicates are possible.`,
  )
  expect(stdout).not.toContain('forged')
  expect(stdout).toContain(`warning: not analyzed: public.words: ${REASON}`)
  expect(stdout).toMatch(
    /restored into bs_refused_copy, equal to its manifest and its text, without 6 indexes that PostgreSQL refused to build/,
  )
  const { contents, refusedIndexes, sql } = await record()
  const byName = (one: { index: string }, other: { index: string }) => (one.index < other.index ? -1 : 1)
  expect({ contents, refusedIndexes: refusedIndexes.toSorted(byName) }).toEqual({
    contents: 'equal',
    refusedIndexes: [
      { index: `"it's $a$ \\n"`, table: 'public.words', reason: REASON },
      { index: 'parts_1_called_idx', table: 'public.parts_1', reason: REASON },
      ...['parts', 'parts_1', 'parts_2'].map((part) => ({
        index: part === 'parts' ? 'parts_inlined' : `${part}_inlined_idx`,
        table: `public.${part}`,
        reason: REASON,
      })),
      { index: 'words_code', table: 'public.words', reason: REASON },
    ].toSorted(byName),
  })
  expect(sql).toHaveLength(1)
  expect(await psql(`SELECT count(*) FROM words UNION ALL SELECT count(*) FROM parts`, COPY)).toBe('20\n5\n')

  const cure = 'ALTER FUNCTION called(text) SET search_path = public; ALTER FUNCTION inlined(text) SET search_path = public'
  for (const database of [`${NAME}_db`, COPY]) await psql(cure, database)
  must(await project.host(`PGPASSWORD=$(cat) ${sql![0]!.command}`, project.secrets[0]))
  expect(await dump(COPY)).toBe(await dump(`${NAME}_db`))
})

test.each(isFull ? ['disk_full'] : [])('an index that meets %s ends the restore', async (condition) => {
  await psql(`CREATE OR REPLACE FUNCTION called(t text) RETURNS text IMMUTABLE LANGUAGE plpgsql SET search_path = public
AS $$BEGIN IF session_user ~ '^loading_' THEN RAISE 'no room' USING ERRCODE = '${condition}'; END IF; RETURN t; END$$`)
  must(await project.run())
  const { code, stdout, stderr } = await project.restore(`--into ${NAME}_none`)
  expect({ code, stdout }).toMatchObject({ code: 1 })
  expect(stderr).toContain('ERROR:  no room')
})

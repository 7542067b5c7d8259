import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const sql = async (text: string) =>
  must(await project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 bs_undump_db'`, text)).stdout

/** pg_dump leaves all of this out, and says nothing. */
const LEFT_OUT = `CREATE EXTENSION hstore; CREATE EXTENSION unaccent; ALTER FUNCTION unaccent(text) IMMUTABLE; SET ROLE bs_undump_user; CREATE EXTENSION ltree; RESET ROLE;
ALTER FUNCTION akeys(hstore) OWNER TO bs_undump_user;
CREATE TABLE swallowed (id int); ALTER EXTENSION ltree ADD TABLE swallowed;
CREATE TABLE "a table" (id int PRIMARY KEY); CREATE TABLE child (id int CONSTRAINT "a key" REFERENCES "a table");
ALTER TABLE child DISABLE TRIGGER ALL;
CREATE FUNCTION pg_catalog.bs_undump() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE doubled AS SELECT 1 AS id FROM generate_series(1, 2);`

beforeAll(async () => {
  project = await makeProject('bs_undump')
  await sql(LEFT_OUT)
  const { code } = await project.host(
    `cd /; su postgres -c "psql -qX bs_undump_db -c 'CREATE UNIQUE INDEX CONCURRENTLY broken ON doubled (id)'"`,
  )
  expect(code).toBe(1)
})
afterAll(async () => {
  await project?.remove()
})

test('what no dump holds is named by the backup, and by each restore that lacks it', async () => {
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const said = stdout.split('\n').flatMap((line) => /\[hash\] in no dump, so it would not come back: (.*)$/.exec(line)?.[1] ?? [])
  expect(said).toEqual([
    expect.stringMatching(/^the owner of function public\.akeys\(public\.hstore\)/),
    'the index, which is not valid, public.broken',
    'the disabled state of "a key" on public.child',
    `in a schema of PostgreSQL's own, function bs_undump()`,
  ])
  const drill = await project.restore()
  expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
  for (const line of [
    'the extension ltree belongs to postgres, and belonged to bs_undump_user: no dump says so',
    'warning: the extension ltree is another: what was added to it or its tables, or changed of its functions, is in no dump',
    'warning: the extension unaccent is another: what was added to it or its tables, or changed of its functions, is in no dump',
    `warning: function public.akeys(public.hstore), which is an extension's, belonged to bs_undump_user: no dump says so`,
    'the index public.broken of public.doubled was not valid, so it is in no dump',
    'warning: the constraint "a key" on public.child was disabled, and is not now: no dump says so',
    `warning: function bs_undump() was in a schema of PostgreSQL's own, so it is in no dump`,
  ])
    expect(drill.stdout).toContain(`[compare] ${line}\n`)
  expect(drill.stdout).not.toMatch(/extension hstore is another/)
})

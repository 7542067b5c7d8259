import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// Extensions that only one named database may have: a stand-in of two files.
const NAME = 'bs_single'
const FOLDER = '/usr/share/postgresql/15/extension'
const SCRIPT = `DO $$ BEGIN IF current_database() <> '${NAME}_db' THEN
  RAISE EXCEPTION 'can only create extension in database %', '${NAME}_db'; END IF; END $$;
CREATE SCHEMA single_place;
CREATE SEQUENCE single_place.job_seq;
CREATE TABLE single_place.job (id bigint PRIMARY KEY DEFAULT nextval('single_place.job_seq'), command text NOT NULL);
CREATE FUNCTION single_place.run() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT pg_extension_config_dump('single_place.job', '');
SELECT pg_extension_config_dump('single_place.job_seq', '');
`
let project: Project
const psql = async (sql: string, database = `${NAME}_db`) =>
  must(await project.host(`cd /; su postgres -c 'psql -v ON_ERROR_STOP=1 -qAt ${database}'`, sql)).stdout
const proof = async (file: string) =>
  JSON.parse(must(await project.host(`cat ${file}`)).stdout) as Record<string, unknown> & {
    sql?: { command: string; text: string }[]
  }

beforeAll(async () => {
  project = await makeProject(NAME)
  must(
    await project.host(
      `cat > ${FOLDER}/single_place--1.0.sql; printf "default_version = '1.0'\\nrelocatable = false\\n" > ${FOLDER}/single_place.control; chmod 644 ${FOLDER}/single_place*`,
      SCRIPT,
    ),
  )
  await psql(`CREATE EXTENSION single_place; COMMENT ON EXTENSION single_place IS 'a comment';
GRANT USAGE ON SCHEMA single_place TO ${NAME}_user; GRANT SELECT ON single_place.job TO ${NAME}_user WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA single_place GRANT SELECT ON TABLES TO ${NAME}_user;
INSERT INTO single_place.job (command) VALUES ('SELECT 1'), (E'two\\nlines'), ('\\.');
CREATE TABLE after (id int); SET ROLE ${NAME}_user; CREATE TABLE mine (id int); INSERT INTO mine VALUES (7);`)
  must(await project.run())
})
afterAll(async () => {
  await project?.host(
    `rm -f ${FOLDER}/single_place*; cd /; su postgres -c 'psql -qc "DROP DATABASE IF EXISTS ${NAME}_copy WITH (FORCE)"'`,
  )
  await project?.remove()
})

test('a drill leaves the extension out, with all that belongs to it, and says so; the rest is compared as ever', async () => {
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(
    '[extensions] single_place may be in one named database only: it is left out, with what is in its schema',
  )
  expect(stdout).toMatch(
    /\[done\] .* restored and equal to its manifest and its text, .*; without single_place, which may be in one named database only/,
  )
  expect(await proof(`/run/postgres-backup/${NAME}.restore.json`)).toMatchObject({
    ok: true,
    contents: 'equal',
    without: ['single_place'],
  })
})

test('for real, SQL is left that brings it back with its rows, once the database has its name', async () => {
  const before = await psql('TABLE single_place.job; SELECT last_value FROM single_place.job_seq')
  const { code, stdout, stderr } = await project.restore(`--into ${NAME}_db --replace`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`warning: single_place is not in ${NAME}_db yet`)
  expect(await psql(`SELECT count(*) FROM pg_extension WHERE extname = 'single_place'; TABLE mine`)).toBe('0\n7\n')
  const { sql } = await proof(`/run/postgres-backup/${NAME}.restore.json`)
  expect(sql).toHaveLength(1)
  must(await project.host(sql![0]!.command))
  expect(await psql('TABLE single_place.job; SELECT last_value FROM single_place.job_seq')).toBe(before)
  expect(await psql(`SELECT has_table_privilege('${NAME}_user', 'single_place.job', 'SELECT WITH GRANT OPTION')`)).toBe('t\n')
  must(await project.restore('--drop-old'))
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const NAME = 'rs_equal'
const DB = `${NAME}_db`
const asked = async (text: string) =>
  must(await project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${DB}'`, `SET ROLE ${NAME}_user;\n${text}`))
const backUp = async () => {
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
}

beforeAll(async () => {
  project = await makeProject(NAME)
})
afterAll(async () => {
  await project?.remove()
})

/** What PostgreSQL writes in another way once it was restored, or puts in another place: all of it is equal. */
const ODD = `
CREATE TABLE reloaded (id int PRIMARY KEY, k varchar(10) CHECK (k IN ('a', 'b')), n int CHECK (n BETWEEN 1 AND 10 AND n <> 5),
  g boolean GENERATED ALWAYS AS (k IN ('x', 'y')) STORED, i interval day to second(3) DEFAULT '1 day');
INSERT INTO reloaded VALUES (1, 'a', 3), (2, 'b', 4);
CREATE VIEW reloaded_v AS SELECT id, count(*) AS n FROM reloaded WHERE k IN ('a', 'b') AND n BETWEEN 2 AND 4 GROUP BY id;
CREATE VIEW reloaded_u AS SELECT id, k FROM reloaded UNION ALL SELECT n, NULL FROM reloaded WHERE EXISTS (SELECT NULL) AND id IN (SELECT 1);
CREATE INDEX reloaded_i ON reloaded (lower(k)) WHERE k IN ('a', 'b');
CREATE POLICY reloaded_p ON reloaded USING (k IN ('a', 'b'));
CREATE TABLE parent (a int); CREATE TABLE child (x text) INHERITS (parent); ALTER TABLE parent ADD c int;
INSERT INTO child VALUES (1, E'two\\nlines', 3), (4, E'\\\\.', 6);
CREATE TABLE late (x text, c int, y int GENERATED ALWAYS AS (c + 1) STORED, a int DEFAULT 9); ALTER TABLE late INHERIT parent;
CREATE TABLE later (z int, y int GENERATED ALWAYS AS (c + 1) STORED, a int NOT NULL, x text CHECK (x <> ''), c int); ALTER TABLE later INHERIT late;
INSERT INTO late (x, c) VALUES ('l', 1); INSERT INTO later (z, a, x, c) VALUES (1, 2, 'm', 3), (4, 5, 'n', NULL);
CREATE VIEW late_v AS SELECT late FROM late; CREATE INDEX later_i ON later (z, (x || 'y'), a);
CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e');
CREATE TABLE hashed (m mood, id int) PARTITION BY HASH (m);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT unnest(enum_range(NULL::mood)), n FROM generate_series(1, 100) n;
SELECT lo_from_bytea(7100, 'x'), lo_from_bytea(7101, decode(repeat('00ff', 50000), 'hex'));
COMMENT ON LARGE OBJECT 7101 IS 'large';
CREATE TABLE wide (id int, body text);
INSERT INTO wide SELECT n, repeat(md5(n::text), n % 60) FROM generate_series(1, 2000) n;
CREATE MATERIALIZED VIEW filled AS SELECT count(*) FROM wide;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
GRANT SELECT (id), UPDATE (n) ON reloaded TO PUBLIC;
CREATE SEQUENCE counted MINVALUE -5 INCREMENT -1 MAXVALUE 7 START 7; SELECT nextval('counted');
`

test('what one reload changes by itself is equal', async () => {
  await asked(ODD)
  await backUp()
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/\[compare\] not compared: 1 contents of materialized views\n/)
  expect(stdout).toMatch(/\[compare\] equal: 12 tables, 22512 rows, and each statement and value of the backup\n/)
})

/** Code of the owner that runs in the restored database alone, while that is loaded: no count shows what it did. */
const TAMPER = `
CREATE INDEX aimed_i ON child (x); CREATE TABLE tampering (id int); INSERT INTO tampering VALUES (1);
CREATE FUNCTION public.tamper(what text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF current_database() ~ '^restoring_' THEN EXECUTE what; END IF; RETURN true; END $$;
CREATE FUNCTION public.quiet(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.tamper(what); END $$;
ALTER TABLE tampering ADD CHECK (public.tamper($q$UPDATE public.reloaded SET n = 2 WHERE id = 1$q$));
CREATE INDEX tampering_i ON tampering (public.quiet($q$DROP INDEX IF EXISTS public.aimed_i; CREATE INDEX aimed_i ON public.child (x DESC)$q$));
`

test('one other value, and another index, are not equal, though every count is as it was', async () => {
  await asked(TAMPER)
  await backUp()
  const { code, stderr } = await project.restore()
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /\[failed\] compare: the restored database is not what was backed up: INDEX public\.aimed_i: the backup has: [^]*; the restored database has: [^]* DESC[^]*data of public\.reloaded: as many rows in both, but other values/,
    ) as string,
  })
  expect((await project.status()).newest).not.toBeNull()
})

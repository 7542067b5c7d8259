import { singleQuoted } from '../../lib/text/quoting.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const [DB, USER, OTHER, BOSS] = ['rs_trap_db', 'rs_trap_user', 'rs_trap_other', 'rs_trap_boss']
const sql = async (text: string) =>
  must(
    await project.host(`cd /; PGOPTIONS='-c search_path=public' su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${DB}'`, text),
  ).stdout.trimEnd()
const byOwner = (text: string) =>
  project.host(
    `export PGPASSWORD=${singleQuoted(project.secrets[0] ?? '')}; psql -h 127.0.0.1 -U ${USER} -qX -v ON_ERROR_STOP=1 ${DB}`,
    text,
  )

/** Who runs spring() as a superuser has lost; what psql takes for a command of its own leaves a file. */
const TRAPS = String.raw`
SET client_min_messages = warning;
CREATE SCHEMA evil;
CREATE FUNCTION spring(int DEFAULT 1) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN RAISE EXCEPTION 'sprung as %', current_user; END IF; RETURN true; END $$;
CREATE FUNCTION evil.same(name, name) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT public.spring() AND false';
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.same);
CREATE DOMAIN sprung AS int CHECK (public.spring());
CREATE FUNCTION confuse() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('standard_conforming_strings', 'off', false), set_config('backslash_quote', 'on', false),
    set_config('client_encoding', 'SJIS', false); RETURN true; END $$;
CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TABLE bait (id serial PRIMARY KEY, v int CONSTRAINT c CHECK (public.confuse()), "あ\! touch /tmp/rs_trap_name" int);
INSERT INTO bait SELECT n, n FROM generate_series(1, 5) n;
CREATE TRIGGER t BEFORE INSERT ON bait FOR EACH ROW WHEN (new.v = ANY ('{1}'::sprung[]::int[])) EXECUTE FUNCTION closed();
CREATE TRIGGER u BEFORE INSERT ON bait FOR EACH ROW EXECUTE FUNCTION closed();
COMMENT ON TRIGGER t ON bait IS 'a'; COMMENT ON TRIGGER u ON bait IS 'b';
ALTER TABLE bait ENABLE ALWAYS TRIGGER u;
REVOKE ALL ON FUNCTION closed() FROM PUBLIC, ${USER};
COMMENT ON CONSTRAINT bait_pkey ON bait IS E'\\''\n\\! touch /tmp/rs_trap_psql\n';
CREATE FUNCTION meddle() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE ${USER} SET work_mem = '5MB'; RETURN true; END $$;
CREATE TABLE watched (id int);
INSERT INTO watched VALUES (1);
ALTER TABLE watched ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY meddles ON watched USING (public.meddle());
GRANT ALL ON SCHEMA public TO ${OTHER};
GRANT ALL ON bait TO ${OTHER}, ${BOSS};
`
const OTHERS = String.raw`
SET search_path = public; SET SESSION AUTHORIZATION ${OTHER};
CREATE VIEW read_as AS SELECT id, '{1}'::public.sprung[] AS x FROM public.bait;
CREATE VIEW plain AS SELECT id, E'a\\'' \n\\! touch /tmp/rs_trap_psql\n'::text AS x FROM public.bait;
CREATE MATERIALIZED VIEW stored AS SELECT id FROM public.bait;
CREATE INDEX ON stored (id) WHERE public.spring(1);
CREATE TABLE keyed (id int CONSTRAINT "a;b" REFERENCES public.bait, v int);
CREATE INDEX ON keyed (v) WHERE public.spring(1);
`
const SETTINGS = `ALTER DATABASE ${DB} SET standard_conforming_strings = off; ALTER DATABASE ${DB} SET search_path = evil, pg_catalog;
ALTER DATABASE ${DB} SET client_encoding = 'SJIS';
SELECT set_config('search_path', 'a;ALTER/**/ROLE/**/${USER}/**/SUPERUSER', false) \\g /dev/null
ALTER ROLE ${USER} SET search_path FROM CURRENT;`

interface Found {
  sql: { file: string; command: string; text: string }[]
}
const restored = async (table: string) => {
  const { code, stdout, stderr } = await project.restore(`--local --table ${table}`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const found = JSON.parse(must(await project.host('cat /run/postgres-backup/rs_trap.restore.json')).stdout) as Found
  return { ...found, stdout }
}
const run = (command: string) => project.host(`export PGPASSWORD=${singleQuoted(project.secrets[0] ?? '')}; ${command}`)
let said = ''
const SPRUNG = 'ls /tmp/rs_trap_* 2>/dev/null; rm -f /tmp/rs_trap_*'

beforeAll(async () => {
  project = await makeProject('rs_trap')
  await project.host(SPRUNG)
  await sql(
    `DROP ROLE IF EXISTS ${OTHER}, ${BOSS}; CREATE ROLE ${OTHER}; CREATE ROLE ${BOSS} SUPERUSER LOGIN PASSWORD 'secret of the boss'; GRANT CREATE ON DATABASE ${DB} TO ${USER}`,
  )
  must(await byOwner(TRAPS))
  await sql(
    `${OTHERS}; RESET SESSION AUTHORIZATION; CREATE TABLE public.safe (id int PRIMARY KEY); INSERT INTO public.safe VALUES (1), (2);
ALTER DATABASE ${DB} SET "select.from" = 'a'; ALTER ROLE ${USER} SET "my.größe" = 'a'`,
  )
  must(await byOwner(SETTINGS))
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.remove()
  await project?.host(`${SPRUNG}; cd /; su postgres -c 'psql -qc "DROP ROLE IF EXISTS ${OTHER}, ${BOSS}"'`)
})

test('the SQL that brings a table back runs no code of an owner as a superuser, and no command of psql', async () => {
  await sql('DROP TABLE public.bait CASCADE')
  const { sql: files, stdout } = await restored('bait')
  said = stdout
  expect(files.map(({ file }) => file.replace(/.*restored_\d+_\d+/, ''))).toEqual(['.sql', '_superuser.sql'])
  const [own, byHand] = files as [Found['sql'][0], Found['sql'][0]]
  // Whoever takes the wrong login is refused, whatever the owner has set for the database.
  expect(await run(`cd /; su postgres -c 'psql -qX -v ON_ERROR_STOP=1 ${DB}' < ${own.file}`)).toMatchObject({
    stderr: expect.stringMatching(/ERROR: {2}this runs what the owner of the table wrote/) as string,
  })
  for (const { command } of files) expect(await run(command)).toMatchObject({ code: 0, stderr: '' })
  expect((await project.host(SPRUNG)).stdout).toBe('')
  expect(byHand.text).toMatch(/^-- left to you, since it may run code of an owner.*\n--\s+CREATE VIEW public\.read_as /m)
  expect(byHand.text).toMatch(/^-- left to you, since it may run code of an owner.*\n--\s+CREATE TRIGGER t /m)
  expect(
    await sql(`SELECT obj_description(oid, 'pg_constraint') = E'\\\\''\\n\\\\! touch /tmp/rs_trap_psql\\n' FROM pg_constraint WHERE conname = 'bait_pkey' AND connamespace = 2200;
SELECT tgname, tgenabled, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgrelid = 'public.bait'::regclass AND NOT tgisinternal;
SELECT convalidated FROM pg_constraint WHERE conname = 'a;b';
SELECT relname, rolname FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE relname IN ('bait', 'plain', 'stored') AND relnamespace = 2200 ORDER BY 1`),
  ).toBe(`t\nu|A|b\nf\nbait|${USER}\nplain|${OTHER}\nstored|${OTHER}`)
})

test("no superuser is sent into a table that took the place of a superuser's", async () => {
  await sql(`ALTER SCHEMA public OWNER TO ${USER}`)
  must(await byOwner('DROP TABLE public.safe; CREATE TABLE public.safe (id int PRIMARY KEY, CHECK (public.spring()))'))
  const { sql: files, stdout } = await restored('safe')
  expect(files[0]?.text, stdout).not.toMatch(/INSERT INTO/)
  expect(files[0]?.text).toMatch(
    new RegExp(`It belonged to a superuser; now it, or code at it, belongs to ${USER}\\. No superuser should insert`),
  )
})

test('the login that proves a restore changes nothing, whatever the policies of the backup do', async () => {
  expect(
    await sql(`SELECT count(*) FROM pg_db_role_setting WHERE setrole = '${USER}'::regrole AND setconfig::text ~ 'work_mem'`),
    said,
  ).toBe('0')
  expect(said).toMatch(/\[login\] a policy .*public\.watched": ERROR: {2}cannot execute ALTER ROLE in a read-only transaction/)
})

test('no grant brings the password of a superuser into a backup', async () => {
  const { stdout } = must(await project.host(`grep -h 'CREATE ROLE' ${project.backups}/*.globals.sql`))
  const made = (role: string) => stdout.split('\n').find((line) => line.includes(`CREATE ROLE ${role} `))
  expect(made(USER)).toMatch(/ PASSWORD ''SCRAM/)
  expect(made(BOSS)).toMatch(/CONNECTION LIMIT -1; END IF/)
})

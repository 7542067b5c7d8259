import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

const [DB, OWNER, CANARY] = ['bs_code_db', 'bs_code_user', '/tmp/bs_code_canary']
let project: Project
const sql = async (text: string) =>
  must(
    await project.host(`cd /; su postgres -c 'PGOPTIONS="-c search_path=public" psql -qAtX -v ON_ERROR_STOP=1 ${DB}'`, text),
  ).stdout.trim()

beforeAll(async () => {
  project = await makeProject('bs_code')
  // Whoever runs it with a superuser's rights leaves traces; for the owner it does nothing.
  await sql(`SET ROLE ${OWNER};
CREATE FUNCTION leave_traces() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  COPY (SELECT 1) TO PROGRAM 'touch ${CANARY}';
  BEGIN ALTER ROLE ${OWNER} SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
END $$;
CREATE FUNCTION canary(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    PERFORM public.leave_traces();
  END IF;
  RETURN $1; END $$;
CREATE TABLE kept AS SELECT * FROM alembic_version`)
})
afterAll(async () => {
  await project?.host(`rm -f ${CANARY}`)
  await project?.remove()
})
afterEach(async () => {
  await project.host(`rm -f ${CANARY}`)
  await sql(`ALTER ROLE ${OWNER} NOSUPERUSER; ALTER DATABASE ${DB} RESET ALL`)
})

const RESET = `CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version SELECT * FROM kept;`

// What is the owner's, and might run when a superuser looks.
test.each([
  [
    'a view named alembic_version',
    `DROP TABLE alembic_version; CREATE VIEW alembic_version AS SELECT canary('023') AS version_num;`,
    `DROP VIEW alembic_version; ${RESET}`,
    null,
  ],
  [
    'a type of its own with a cast, in alembic_version',
    `DROP TABLE alembic_version; CREATE TYPE version AS (v text);
CREATE FUNCTION cast_version(version) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT canary(($1).v) $$;
CREATE CAST (version AS text) WITH FUNCTION cast_version(version) AS IMPLICIT;
CREATE TABLE alembic_version (version_num version); INSERT INTO alembic_version VALUES (ROW('022'));`,
    `DROP TABLE alembic_version; DROP TYPE version CASCADE; ${RESET}`,
    null,
  ],
  [
    'indexes on an expression and under a condition, which planning evaluates',
    `CREATE INDEX evaluated ON alembic_version ((canary('x') || version_num)); CREATE INDEX counted ON notes ((1)) WHERE canary('y') = 'y';`,
    'DROP INDEX evaluated, counted;',
    '022',
  ],
  [
    'statistics on an expression',
    `CREATE STATISTICS guessed ON (canary('x') || body) FROM notes;`,
    'DROP STATISTICS guessed;',
    '022',
  ],
  [
    'functions, operators and aggregates that hide those of PostgreSQL',
    `CREATE FUNCTION public.joined(text, text) RETURNS text LANGUAGE sql AS $$ SELECT canary(pg_catalog.textcat($1, $2)) $$;
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = joined);
CREATE FUNCTION public.format(text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT canary($1) $$;
CREATE FUNCTION public.pg_database_size(oid) RETURNS bigint LANGUAGE sql AS $$ SELECT pg_catalog.length(canary('z'))::bigint $$;
CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT canary($2) $$;
ALTER DATABASE ${DB} SET search_path = public, pg_catalog;`,
    `DROP OPERATOR public.|| (text, text); DROP FUNCTION public.joined(text, text), public.format(text, text, text), public.pg_database_size(oid), public.set_config(text, text, boolean);`,
    '022',
  ],
  [
    'a policy, a default, a domain and a check',
    `CREATE DOMAIN watched AS text CHECK (canary(VALUE) = VALUE);
CREATE TABLE guarded (id int DEFAULT length(canary('four')), body watched, CHECK (canary(body) = body)); INSERT INTO guarded VALUES (1, 'x');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY; CREATE POLICY seen ON guarded USING (canary('p') = 'p');`,
    `DROP TABLE guarded; DROP DOMAIN watched;`,
    '022',
  ],
])('%s', async (_, make, unmake, head) => {
  await sql(`SET ROLE ${OWNER};\n${make}`)
  try {
    const { code, stdout, stderr, status } = await project.attempt({ DB_PASSWORD: null })
    const left = await project.host(`ls ${CANARY} 2>/dev/null`)
    expect({ canary: left.stdout, superuser: await sql(`SELECT rolsuper FROM pg_roles WHERE rolname = '${OWNER}'`) }).toEqual({
      canary: '',
      superuser: 'f',
    })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    const manifest = must(await project.host(`cat ${project.backups}/${status?.newest?.name}.manifest.json`)).stdout
    expect(JSON.parse(manifest)).toMatchObject({ alembicHead: head })
  } finally {
    await sql(
      `ALTER DATABASE ${DB} RESET ALL;\nSET ROLE ${OWNER};\nSET client_min_messages = warning; SET search_path = public;\n${unmake}`,
    )
  }
})

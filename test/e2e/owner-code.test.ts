import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { status } from '../../lib/index.ts'
import { execIn, labInventory, openLab, readSecret, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, runVerb, stepsOf, writeInventory } from './support/run.ts'

const [DATABASE, OWNER, CANARY] = ['onquota_db', 'onquota_user', '/tmp/canary_owner_code']
const onquota = { projects: ['onquota'] }
let lab: Lab
let inventory = ''

/** Every word of ours that may be a function of PostgreSQL. */
const FUNCTIONS = [
  ...new Set(
    globSync('lib/**/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\b([a-z][a-z0-9_]+)\(/g)].map(([, name = '']) => name),
    ),
  ),
]

/** What an application's role may make in a database that is its own. For the role itself it does nothing. */
const PLANTED = `
CREATE FUNCTION public.leave_trace(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE pg_catalog.format('COPY (SELECT %L) TO PROGRAM %L', what, 'cat >> ${CANARY}');
END $$;
CREATE FUNCTION public.canary(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN
    PERFORM public.leave_trace(what);
  END IF;
  RETURN true; END $$;
-- A copy of each function that we call, whatever it is given.
DO $$ DECLARE f record; BEGIN
  FOR f IN SELECT proname, pg_catalog.pg_get_function_identity_arguments(oid) AS args, prorettype::regtype AS gives, pronargs AS n
      FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
        AND proname = ANY ('{${FUNCTIONS.join(',')}}') LOOP
    BEGIN
      EXECUTE pg_catalog.format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname, f.args, f.gives,
        pg_catalog.format('BEGIN PERFORM public.canary(%L); RETURN NULL; END', 'function ' || f.proname));
    EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP; END $$;
-- A view in the place of each catalog.
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
    BEGIN
      EXECUTE pg_catalog.format('CREATE VIEW public.%I AS SELECT * FROM pg_catalog.%I WHERE public.canary(%L)', c.relname, c.relname, 'view ' || c.relname);
    EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP; END $$;
-- An operator for each of PostgreSQL's on the types of its catalogs.
DO $$ DECLARE o record; BEGIN
  FOR o IN SELECT oid, oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS gives FROM pg_catalog.pg_operator
      WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprleft::regtype::text IN ('name', 'text', 'oid', 'integer', 'boolean', '"char"', 'bigint')
        AND oprright::regtype::text IN ('name', 'text', 'oid', 'integer', 'boolean', '"char"', 'bigint') LOOP
    EXECUTE pg_catalog.format('CREATE FUNCTION public.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', o.oid, o.l, o.r, o.gives,
      pg_catalog.format('BEGIN PERFORM public.canary(%L); RETURN $1 OPERATOR(pg_catalog.%s) $2; END', 'operator ' || o.oprname, o.oprname));
    EXECUTE pg_catalog.format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.operator_%s)', o.oprname, o.l, o.r, o.oid);
  END LOOP; END $$;
-- What hangs on tables.
CREATE DOMAIN public.watched AS text CHECK (public.canary('domain'));
CREATE TABLE public.guarded (id int DEFAULT (public.canary('default'))::int, body public.watched, CHECK (public.canary('check of ' || body)));
INSERT INTO public.guarded VALUES (1, 'x');
CREATE INDEX ON public.guarded ((public.canary('index on ' || id)));
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE public.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON public.guarded USING (public.canary('policy'));
CREATE FUNCTION public.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.canary('trigger'); RETURN NEW; END $$;
CREATE TRIGGER fires BEFORE INSERT OR UPDATE ON public.guarded FOR EACH ROW EXECUTE FUNCTION public.fires();
CREATE RULE rewritten AS ON UPDATE TO public.guarded DO ALSO SELECT public.canary('rule');
CREATE TYPE public.odd AS (v text);
CREATE FUNCTION public.cast_odd(public.odd) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN public.canary('cast') THEN ($1).v END $$;
CREATE CAST (public.odd AS text) WITH FUNCTION public.cast_odd(public.odd) AS IMPLICIT;
`

/** In the place of alembic_version, whose rows we read. */
const VERSIONS: [string, string][] = [
  [
    'a table with triggers, rules, policies, checks and index expressions',
    `
CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL DEFAULT public.canary('default')::text, CHECK (public.canary('check')));
CREATE INDEX ON public.alembic_version ((public.canary('index on ' || version_num)));
ALTER TABLE public.alembic_version ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON public.alembic_version USING (public.canary('policy'));
INSERT INTO public.alembic_version VALUES ('022')`,
  ],
  [
    'a column of a type with a cast',
    `CREATE TABLE public.alembic_version (version_num public.odd); INSERT INTO public.alembic_version VALUES (ROW('022'))`,
  ],
  ['a view', `CREATE VIEW public.alembic_version AS SELECT '022'::text AS version_num WHERE public.canary('view')`],
]

const asOwner = async (sql: string) => {
  const password = (await readSecret(lab.directory, 'onquota_db')).trimEnd()
  const options = "PGOPTIONS='-c search_path=pg_catalog -c client_min_messages=error'"
  const command = `PGPASSWORD='${password.replaceAll("'", `'\\''`)}' ${options} psql -h 127.0.0.1 -U ${OWNER} -qX -v ON_ERROR_STOP=1 ${DATABASE}`
  expect(await execIn(lab, 'vps', `${command} >/dev/null`, { stdin: sql })).toEqual({ code: 0, stdout: '', stderr: '' })
}
const canaries = async () => (await execIn(lab, 'vps', `sort ${CANARY} 2>/dev/null | uniq -c; rm -f ${CANARY}`)).stdout

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
  const data = labInventory(lab)
  data.projects['onquota']!.database.readers = [
    { name: 'onquota_reader', password: { file: `${lab.directory}/secrets/facturas_db` } },
  ]
  inventory = writeInventory(lab, 'owner-code', data)
  expect((await runVerb('provision', { ...onquota, inventory })).exitCode).toBe(0)
  await asOwner(`${PLANTED} CREATE TABLE public.kept AS SELECT * FROM public.alembic_version`)
  await canaries()
})
afterAll(async () => {
  await renewHosts(lab, 'vps')
})

describe.each(VERSIONS)('with %s as alembic_version', (_what, version) => {
  beforeAll(async () => {
    await asOwner(`DO $$ DECLARE kind "char"; BEGIN
      SELECT relkind INTO kind FROM pg_class WHERE oid = to_regclass('public.alembic_version');
      EXECUTE format('DROP %s public.alembic_version', CASE kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END); END $$; ${version}`)
  })

  test("no verb runs what the owner planted with a superuser's rights", async () => {
    const paths = ['public, pg_catalog', '"$user", public, pg_catalog']
    const verbs = {
      check: () => runVerb('provision', { ...onquota, inventory, check: true }),
      provision: () => runVerb('provision', { ...onquota, inventory }),
      verify: () => runVerb('verify', { ...onquota, inventory }),
      status: () =>
        status({
          inventory,
          projects: ['onquota'],
          concurrency: 1,
          wait: 0,
          logbook: lab.directory,
        }),
      backup: () => runVerb('backup', { ...onquota, inventory }),
      drill: () => runVerb('restore', { ...onquota, inventory }),
    }
    const found: Record<string, string> = {}
    for (const [name, verb] of Object.entries(verbs)) {
      // A run may have taken it back.
      for (const path of paths) await asOwner(`ALTER DATABASE ${DATABASE} SET search_path = ${path}`)
      const report = await verb()
      expect(Object.keys(stepsOf(report)).length, name).toBeGreaterThan(0)
      found[name] = await canaries()
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(verbs).map((name) => [name, ''])))
  })
})

test('the planted code does run, and tells, when a superuser calls it', async () => {
  await execIn(
    lab,
    'vps',
    `cd /; su postgres -c "PGOPTIONS='-c search_path=public,pg_catalog' psql -qX ${DATABASE} -c 'SELECT has_schema_privilege(1::oid, 2::oid, NULL::text)'"`,
  )
  expect(await canaries()).toContain('function has_schema_privilege')
})

import { singleQuoted } from '../../lib/text/quoting.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const CANARY = '/var/lib/postgresql/canary_rs_rights'
const asked = (text: string, database = 'rs_rights_db') => project.sql(text, database)

/**
 * Code of the owner in every place that a load, a comparison or a copy may run it. Each tries to become a superuser and to run a
 * program as the system user postgres; as the owner itself both fail in silence.
 */
const ATTACKS = `
CREATE FUNCTION public.attack(place text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${CANARY}_' || place || ''''; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'ALTER ROLE rs_rights_user SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
  RETURN true;
END $$;
CREATE FUNCTION public.quiet(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.attack(place); END $$;
CREATE DOMAIN public.dom AS integer CHECK (public.quiet('domain'));
CREATE TABLE public.checked (id serial PRIMARY KEY, a public.dom, list public.dom[] DEFAULT '{1,2}'::public.dom[],
  made boolean GENERATED ALWAYS AS (public.quiet('generated')) STORED, CHECK (public.quiet('check')));
INSERT INTO public.checked (a) VALUES (1), (2);
ALTER TABLE public.checked ADD CONSTRAINT later CHECK (public.quiet('later'));
CREATE INDEX ON public.checked ((public.quiet('index'))) WHERE public.quiet('predicate');
CREATE STATISTICS public.stat ON (public.quiet('statistics')), id FROM public.checked;
CREATE MATERIALIZED VIEW public.mat AS SELECT public.attack('matview') AS x;
CREATE TABLE public.parted (id int) PARTITION BY LIST ((public.quiet(CASE WHEN id > 0 THEN 'key' ELSE 'other' END)));
CREATE TABLE public.part PARTITION OF public.parted (CHECK (public.quiet('attach'))) FOR VALUES IN (true);
INSERT INTO public.parted VALUES (1);
CREATE FUNCTION public.trig() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.attack('trigger'); RETURN NEW; END $$;
CREATE TRIGGER trig BEFORE INSERT ON public.checked FOR EACH ROW EXECUTE FUNCTION public.trig();
ALTER TABLE public.checked ENABLE ALWAYS TRIGGER trig;
CREATE FUNCTION public.step(public.dom[], integer) RETURNS public.dom[] LANGUAGE sql AS $$ SELECT $1 $$;
CREATE AGGREGATE public.agg(integer) (SFUNC = public.step, STYPE = public.dom[], INITCOND = '{1}');
CREATE FUNCTION public.count(anyelement) RETURNS bigint LANGUAGE sql AS $$ SELECT public.attack('count')::int::bigint $$;
CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT public.attack('operator') $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE sql AS $$ SELECT public.attack('format')::text $$;
ALTER TABLE public.checked ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.checked FORCE ROW LEVEL SECURITY;
CREATE POLICY pol ON public.checked USING (public.attack('policy'));
GRANT SELECT ON public.checked TO PUBLIC;
ALTER DATABASE rs_rights_db SET search_path = public, pg_catalog;
ALTER DATABASE rs_rights_db SET default_transaction_read_only = on;
`
const BY_SUPERUSER = `SET default_transaction_read_only = off; SET search_path = pg_catalog;
CREATE FUNCTION public.fired() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.attack('event'); END $$;
ALTER FUNCTION public.fired() OWNER TO rs_rights_user;
CREATE EVENT TRIGGER fired ON ddl_command_start EXECUTE FUNCTION public.fired();
`

/** What the owner's code managed to do. */
const harm = async () => ({
  canaries: (await project.host(`ls ${CANARY}_* 2>/dev/null; true`)).stdout,
  superuser: await asked(`SELECT rolsuper FROM pg_roles WHERE rolname = 'rs_rights_user'`, 'postgres'),
})
const NONE = { canaries: '', superuser: 'f' }
const leftovers = () =>
  asked(
    `SELECT datname FROM pg_database WHERE datname ~ '^restoring_rs_rights' UNION ALL SELECT rolname FROM pg_roles WHERE rolname ~ '^loading_rs_rights'`,
    'postgres',
  )
const dumped = (database: string) =>
  project.host(`cd /; su postgres -c 'pg_dump ${database}' | grep -v restrict`).then((result) => must(result).stdout)

const undo = async () => {
  must(await project.host(`rm -f ${CANARY}_*`))
  await asked('ALTER ROLE rs_rights_user NOSUPERUSER', 'postgres')
}

beforeAll(async () => {
  project = await makeProject('rs_rights')
  must(await project.host(`rm -f ${CANARY}_*`))
  const password = singleQuoted(project.secrets[0] ?? '')
  must(
    await project.host(`PGPASSWORD=${password} psql -h 127.0.0.1 -U rs_rights_user -qX -v ON_ERROR_STOP=1 rs_rights_db`, ATTACKS),
  )
  await asked(BY_SUPERUSER)
  expect(await harm()).toEqual(NONE)
  await project.configure({ DB_PASSWORD: null, DB_USER: null })
  const { code, stderr } = await project.run()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  await project.configure()
  await undo()
})
afterAll(async () => {
  await project?.host(`rm -f ${CANARY}_*; cd /; su postgres -c 'dropdb --if-exists rs_rights_copy'`)
  await project?.remove()
})

const done = async (options: string) => {
  const { code, stdout, stderr } = await project.restore(options)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(await harm()).toEqual(NONE)
  expect(await leftovers()).toBe('')
  return stdout
}

describe('nothing that the owner wrote runs with more rights than the owner has', () => {
  test('in a drill, and everything is found equal', async () => {
    expect(await done('')).toMatch(/\[done\] \S+ restored and equal to its manifest/)
  })

  test('in a restore into a database, which is the same as the one that was backed up', async () => {
    await done('--into rs_rights_copy')
    expect(await dumped('rs_rights_copy')).toBe(await dumped('rs_rights_db'))
    expect(await asked(`SELECT count(*) FROM pg_stats WHERE tablename = 'checked'`, 'rs_rights_copy')).not.toBe('0')
  })

  test('in a copy of one table beside the live ones', async () => {
    const side = /\[table\] (restored_\d{8}_\d{6})\.checked/.exec(await done('--table checked'))?.[1] ?? ''
    expect(await asked(`SELECT obj_description('${side}'::regnamespace)`)).toBe('bitacora: a table restored beside the live ones')
    expect(await asked(`SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = '${side}'::regnamespace`)).toBe('rs_rights_user') // prettier-ignore
  })
})

import { singleQuoted } from '../../lib/text/quoting.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const CANARY = '/var/lib/postgresql/canary_rs_tricks'
const asked = (text: string, database = 'rs_tricks_db') => project.sql(text, database)

/**
 * What the owner may do so that a restore itself hands out rights: names that look like the answers which the script reads, and code
 * that changes the session or what is given to a superuser later.
 */
const TRICKS = `
CREATE FUNCTION public.rob(place text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${CANARY}_' || place || ''''; EXCEPTION WHEN OTHERS THEN NULL; END;
  RETURN true;
END $$;
CREATE FUNCTION public.quiet(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.rob(place); END $$;
CREATE TABLE public.named (id int PRIMARY KEY, CHECK (public.rob('named')));
CREATE FUNCTION public.trig() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "x
owner true postgres
" BEFORE INSERT ON public.named FOR EACH ROW EXECUTE FUNCTION public.trig();
INSERT INTO public.named VALUES (1);
CREATE INDEX ON public.named ((public.quiet('analyzed' || id)));
`
const canaries = async () => (await project.host(`ls ${CANARY}_* 2>/dev/null; true`)).stdout

const byOwner = async (text: string) => {
  const password = singleQuoted(project.secrets[0] ?? '')
  must(await project.host(`PGPASSWORD=${password} psql -h 127.0.0.1 -U rs_tricks_user -qX -v ON_ERROR_STOP=1 rs_tricks_db`, text))
}

beforeAll(async () => {
  project = await makeProject('rs_tricks')
  must(await project.host(`rm -f ${CANARY}_*`))
  await byOwner(TRICKS)
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.host(
    `rm -f ${CANARY}_* /tmp/rs_tricks; cd /; su postgres -c 'dropuser --if-exists rs_tricks_near; dropuser --if-exists "rs_tricks_near "'`,
  )
  await project?.remove()
})

describe('a restore gives the owner no right', () => {
  test('by a name that looks like an answer to the script', async () => {
    const { code, stdout, stderr } = await project.restore('--table named')
    // As autovacuum does: with the rights of each table's owner.
    await asked('ANALYZE')
    expect(await canaries()).toBe('')
    expect(await asked(`SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'named'`)).toBe('rs_tricks_user')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  })

  test('over other databases, where the owner could log in as who compares, once code of theirs has set a password for that role', async () => {
    await byOwner(`
CREATE FUNCTION public.spy() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_auth_members WHERE member = current_user::regrole) THEN RAISE 'more than the owner: %', current_user; END IF;
  RETURN true;
END $$;
CREATE TABLE public.spied (id int);
CREATE INDEX ON public.spied ((public.spy()));
`)
    expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    await byOwner('DROP TABLE public.spied')
  })

  test('by a function that a superuser owns, replaced while rows are loaded', async () => {
    await asked(`CREATE FUNCTION public.helper() RETURNS boolean LANGUAGE sql AS 'SELECT true'`)
    await byOwner(`
CREATE FUNCTION public.swap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE 'CREATE OR REPLACE FUNCTION public.helper() RETURNS boolean SECURITY DEFINER LANGUAGE plpgsql AS ''BEGIN
    EXECUTE ''''COPY (SELECT 1) TO PROGRAM ''''''''touch ${CANARY}_swapped''''''''''''; RETURN true; EXCEPTION WHEN insufficient_privilege THEN RETURN true; END''';
  RETURN true;
EXCEPTION WHEN insufficient_privilege THEN RETURN true;
END $$;
CREATE TABLE public.swapped (id int, CHECK (public.swap()));
INSERT INTO public.swapped VALUES (1);
CREATE FUNCTION public.call() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.helper(); END $$;
CREATE TABLE public.swapped_later (id int);
CREATE INDEX ON public.swapped_later ((public.call()));
`)
    expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout, stderr } = await project.restore()
    expect(await canaries()).toBe('')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    await byOwner('DROP TABLE public.swapped, public.swapped_later')
  })

  test('by code that changes how psql reads what follows', async () => {
    await byOwner(String.raw`
CREATE FUNCTION public.flip() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_catalog.set_config('standard_conforming_strings', 'off', false);
  RETURN true;
END $$;
CREATE TABLE public.flipped (id int, CHECK (public.flip()));
INSERT INTO public.flipped VALUES (1);
CREATE SEQUENCE public."s'; \! touch /tmp/rs_tricks --";
`)
    expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    await byOwner('DROP TABLE public.flipped')
  })

  test('over a role whose name is as that of one in the backup, but for a space', async () => {
    await asked('CREATE ROLE "rs_tricks_near "; GRANT SELECT ON public.notes TO "rs_tricks_near "')
    expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
    await asked('DROP OWNED BY "rs_tricks_near "; DROP ROLE "rs_tricks_near "; CREATE ROLE rs_tricks_near')
    expect(await project.restore()).toMatchObject({ code: 0, stderr: '' })
    expect(await asked(`SELECT rolname FROM pg_roles WHERE rolname ~ '^rs_tricks_near'`)).toBe('rs_tricks_near')
  })
})

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let project: Project
const CANARY = '/var/lib/postgresql/canary_rs_tricks'
const asked = async (text: string, database = 'rs_tricks_db') =>
  must(await project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${database}'`, text)).stdout.trimEnd()

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
  const password = `'${project.secrets[0]?.replaceAll("'", `'\\''`)}'`
  must(await project.host(`PGPASSWORD=${password} psql -h 127.0.0.1 -U rs_tricks_user -qX -v ON_ERROR_STOP=1 rs_tricks_db`, text))
}

beforeAll(async () => {
  project = await makeProject('rs_tricks')
  must(await project.host(`rm -f ${CANARY}_*`))
  await byOwner(TRICKS)
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.host(`rm -f ${CANARY}_*`)
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
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const sql = async (text: string) =>
  must(await project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 bs_snap_db'`, text)).stdout.trim()

beforeAll(async () => {
  project = await makeProject('bs_snap')
  await sql(`SET ROLE bs_snap_user; CREATE TABLE a_first (id serial PRIMARY KEY); CREATE TABLE z_last (id serial PRIMARY KEY);
CREATE TABLE padding AS SELECT g, repeat(md5(g::text), 20) AS body FROM generate_series(1, 40000) g`)
})
afterAll(() => project?.remove())

// Both tables get a row in each transaction, so that a view of one moment holds as many of the one as of the other.
const WRITER = `CREATE PROCEDURE writing() LANGUAGE plpgsql AS $$ BEGIN
  LOOP INSERT INTO a_first DEFAULT VALUES; INSERT INTO z_last DEFAULT VALUES; COMMIT; END LOOP; END $$;`

test('somebody writes throughout the dump: counts and dump are of one moment, to the row', async () => {
  await sql(WRITER)
  must(await project.host(`(cd /; setsid su postgres -c 'psql -q bs_snap_db -c "CALL writing()"' >/dev/null 2>&1 &)`))
  const written = async () => Number(await sql('SELECT count(*) FROM a_first'))
  await expect.poll(written, { timeout: 60_000 }).toBeGreaterThan(0)
  const before = await written()
  const { code, stdout, stderr, status } = await project.attempt()
  const after = await written()
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL writing%'`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const path = `${project.backups}/${status?.newest?.name}`
  const { tables } = JSON.parse(must(await project.host(`cat ${path}.manifest.json`)).stdout) as {
    tables: Record<string, string>
  }
  const counted = Number(tables['public.a_first'])
  expect(before).toBeGreaterThan(0)
  expect(counted).toBeGreaterThan(before)
  expect(after).toBeGreaterThan(counted)
  expect(tables['public.z_last']).toBe(String(counted))
  // The dump itself: rows of each COPY, counted here in another way than the script does.
  const rows = must(
    await project.host(
      `gzip -dc ${path} | awk '/^COPY public.(a_first|z_last) /{name=$2; n=0; on=1; next} on && /^\\\\\\.$/{print name, n; on=0} on{n++}'`,
    ),
  ).stdout
  expect(rows).toBe(`public.a_first ${counted}\npublic.z_last ${counted}\n`)
  const drill = await project.restore()
  expect(drill.code, drill.stdout + drill.stderr).toBe(0)
})

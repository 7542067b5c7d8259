import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project } from './backup-script/project.ts'

let project: Project
const NAME = 'bs_rows'
const REFERENCE = `.rows_${NAME}.json`
const held = ({ status }: Attempt) => (status as unknown as { held: string | null }).held
const sql = (text: string) =>
  project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${NAME}_db'`, `SET ROLE ${NAME}_user;\n${text}`).then(must)
const acknowledge = async () => must(await project.run('--acknowledge')).stdout
const night = async (change = '') => {
  if (change !== '') await sql(change)
  const attempt = await project.attempt()
  expect(attempt.code, attempt.stdout + attempt.stderr).toBe(0)
  return attempt
}
const manifest = async ({ status }: Attempt) =>
  JSON.parse(must(await project.host(`cat ${project.backups}/${status?.newest?.name}.manifest.json`)).stdout) as {
    partitions?: Record<string, string>
  }

beforeAll(async () => {
  project = await makeProject(NAME)
  await night('CREATE TABLE inv AS SELECT g AS id FROM generate_series(1, 40) g; CREATE TABLE old1 AS TABLE inv')
})
afterAll(() => project?.remove())

test('a table that was full again when it was acknowledged raises the alarm when it is emptied again', async () => {
  expect(held(await night('DELETE FROM inv'))).toMatch(/1 of 5 tables: public\.inv is empty, it had 40 rows; check/)
  const full = await night('INSERT INTO inv SELECT generate_series(1, 30)')
  expect(held(full)).toMatch(/1 of 5 tables: public\.inv is empty, it had 40 rows, now it has 30 rows; check/)
  expect(full.stdout).not.toMatch(/warning: fewer rows/)
  const said = await acknowledge()
  expect(said).toMatch(/^accepted: public\.inv is empty, it had 40 rows, now it has 30 rows$/m)
  expect(said).toContain(`the rows of ${full.status?.newest?.name} is taken as right`)
  for (const again of [await night('DELETE FROM inv'), await night()]) {
    expect(held(again)).toMatch(/1 of 5 tables: public\.inv is empty, it had 30 rows; check/)
    expect(again.stdout).toMatch(/warning: nothing is pruned: fewer rows/)
  }
  expect(await acknowledge()).toMatch(/^accepted: public\.inv is empty, it had 30 rows$/m)
  expect(held(await night())).toBeNull()
})

test('while pruning is paused, what is lost then is told as well, also of a table that was made then', async () => {
  expect(held(await night('DELETE FROM old1'))).toMatch(/1 of 5 tables: public\.old1 is empty, it had 40 rows; check/)
  await night('CREATE TABLE new1 AS SELECT g AS id FROM generate_series(1, 500) g')
  for (const both of [await night('DELETE FROM new1'), await night()]) {
    expect(held(both)).toMatch(/2 of 6 tables: /)
    expect(both.stdout).toMatch(/warning: fewer rows .*public\.new1 is empty, it had 500 rows/)
    expect(held(both)).toContain('public.old1 is empty, it had 40 rows')
  }
  const said = await acknowledge()
  expect(said).toMatch(/^accepted: public\.old1 is empty, it had 40 rows$/m)
  expect(said).toMatch(/^accepted: public\.new1 is empty, it had 500 rows$/m)
  expect(held(await night())).toBeNull()
})

test('all that is held is shown and accepted, of every kind', async () => {
  const name = `backup_${NAME}_db_20200101_030000.sql.gz`
  await night('DROP TABLE new1')
  const size = `size ${name}: it has 1 byte; check whether that is right, then: x --acknowledge`
  must(await project.host(`echo '${size}' >> ${project.backups}/.held_${NAME}`))
  const { status, stdout } = await night()
  expect((status as unknown as { held: string }).held).toMatch(/^it has 1 byte; fewer rows .*public\.new1 is missing; check/)
  expect(stdout).toMatch(/warning: nothing is pruned: it has 1 byte; fewer rows/)
  const said = await acknowledge()
  expect(said).toMatch(/^accepted: it has 1 byte$/m)
  expect(said).toMatch(/^accepted: public\.new1 is missing$/m)
  expect(said).toMatch(new RegExp(`^the size of ${name} is taken as right`, 'm'))
  expect(held(await night())).toBeNull()
})

test('what an earlier version held is told and accepted beside what is lost later', async () => {
  const name = `backup_${NAME}_db_20200101_030000.sql.gz`
  const earlier = `rows ${name}: fewer rows than in the last backup: 1 of 9 tables: public.early is missing; check whether that is right, then: x --acknowledge`
  must(
    await project.host(
      `cd ${project.backups} && jq -c '{name, tables}' "$(ls *.manifest.json | tail -n 1)" > ${REFERENCE} && echo '${earlier}' > .held_${NAME}`,
    ),
  )
  await night('INSERT INTO inv SELECT generate_series(1, 30)')
  expect(held(await night('DELETE FROM inv'))).toMatch(/public\.inv is empty, it had 30 rows; .*public\.early is missing; check/)
  const said = await acknowledge()
  expect(said).toMatch(/^accepted: public\.inv is empty, it had 30 rows$/m)
  expect(said).toMatch(/^accepted: .*public\.early is missing$/m)
  expect(held(await night())).toBeNull()
})

test('the rows of partitions are added up: the oldest may go, but not all rows, or half of them', async () => {
  const partition = (name: string, from: number, kind = '') =>
    `CREATE TABLE "${name}" PARTITION OF "Évent s" FOR VALUES FROM (${from}) TO (${from + 100}) ${kind}`
  const first = await night(
    `CREATE TABLE "Évent s" (id int) PARTITION BY RANGE (id); ${partition('ev 1', 0)}; ${partition('ev 2', 100)}; ${partition('ev 3', 200)};
     ${partition('ev 4', 300, 'PARTITION BY RANGE (id)')}; CREATE TABLE "ev 4a" PARTITION OF "ev 4" FOR VALUES FROM (300) TO (400);
     CREATE TABLE child () INHERITS (inv); INSERT INTO "Évent s" SELECT generate_series(0, 399)`,
  )
  const root = 'public."Évent s"'
  expect((await manifest(first)).partitions).toEqual({
    'public."ev 1"': root,
    'public."ev 2"': root,
    'public."ev 3"': root,
    'public."ev 4"': root,
    'public."ev 4a"': root,
  })
  // As an earlier version left it: each partition by itself.
  must(
    await project.host(
      `cd ${project.backups} && jq -c '{name, tables}' "${first.status?.newest?.name}.manifest.json" > ${REFERENCE}`,
    ),
  )
  expect(held(await night())).toBeNull()
  expect(held(await night('ALTER TABLE "Évent s" DETACH PARTITION "ev 1"; DROP TABLE "ev 1"'))).toBeNull()
  expect(held(await night('DROP TABLE "ev 2"'))).toBeNull()
  expect(held(await night('DELETE FROM "Évent s" WHERE id < 300'))).toMatch(
    /1 of \d tables: public\."Évent s" has 100 rows, it had 200; check/,
  )
  await acknowledge()
  expect(held(await night('DELETE FROM "Évent s"'))).toMatch(/1 of \d tables: public\."Évent s" is empty, it had 100 rows; check/)
  const drill = await project.restore()
  expect(drill.code, drill.stdout + drill.stderr).toBe(0)
  await acknowledge()
  expect(held(await night('DROP TABLE "Évent s"'))).toMatch(/1 of \d tables: public\."Évent s" is missing; check/)
  await acknowledge()
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project } from './backup-script/project.ts'

let project: Project
const NAME = 'bs_odd'
const held = ({ status }: Attempt) => (status as unknown as { held: string | null }).held
const sql = (text: string) =>
  project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${NAME}_db'`, `SET ROLE ${NAME}_user;\n${text}`).then(must)
const OLD = `backup_${NAME}_db_20200101_030000.sql.gz`
const run = async () => {
  const attempt = await project.attempt()
  expect(attempt.code, attempt.stdout + attempt.stderr).toBe(0)
  return attempt
}

beforeAll(async () => {
  project = await makeProject(NAME)
  await sql(
    `CREATE TABLE orders AS SELECT g AS id FROM generate_series(1, 40) g; CREATE TABLE jobs AS SELECT 1 AS id; CREATE TABLE gone (id int)`,
  )
  await project.attempt()
})
afterAll(() => project?.remove())

// The size hardly moves in any of them: the rows of the large table make it.
test.each([
  ['emptied', 'DELETE FROM jobs', /1 of 6 tables: public\.jobs is empty, it had 1 rows/],
  ['halved', 'DELETE FROM orders WHERE id > 20', /1 of 6 tables: public\.orders has 20 rows, it had 40/],
  ['missing', 'DROP TABLE gone', /1 of 6 tables: public\.gone is missing/],
])(
  'a table that is %s raises the alarm each night and pauses pruning, until it is acknowledged',
  async (_what, change, message) => {
    must(await project.host(`${project.ledger([OLD])}; touch ${project.backups}/${OLD} ${project.backups}/${OLD}.sha256`))
    await sql(change)
    const first = await run()
    expect(first.stdout).toMatch(/warning: fewer rows than in the last backup: /)
    expect(held(first)).toMatch(message)
    expect(first.files).toContain(OLD)
    const second = await run()
    expect(held(second)).toMatch(message)
    expect(second.stdout).toMatch(/warning: fewer rows than in the last backup: /)
    expect(second.files).toContain(OLD)
    expect(must(await project.run('--acknowledge')).stdout).toMatch(/the rows of \S+ is taken as right/)
    const third = await run()
    expect(held(third)).toBeNull()
  },
)

test('fewer rows, but not half of them, or of a few, are ordinary', async () => {
  await sql('DELETE FROM orders WHERE id > 11; INSERT INTO jobs SELECT g FROM generate_series(1, 6) g')
  await run()
  await sql('DELETE FROM jobs WHERE id > 2')
  expect(held(await run())).toBeNull()
})

test('after a gap of days nothing is pruned, by this run or the next, until it is acknowledged', async () => {
  must(await project.host(`${project.ledger([OLD])}; touch ${project.backups}/${OLD} ${project.backups}/${OLD}.sha256`))
  // As if the newest ones on the box were ten days old.
  const before = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  const ledger = `${project.backups}/ledger_${NAME}.jsonl`
  must(
    await project.host(
      `sed -i '/"entry":"uploaded"/d' ${ledger}; echo '{"entry":"uploaded","name":"backup_${NAME}_db_${before}_030000.sql.gz","at":"2026-01-01T00:00:00Z","box":"x"}' >> ${ledger}`,
    ),
  )
  const first = await run()
  expect(held(first)).toMatch(
    /the last backup on the box before this one is \d+ days older: the host was off, the box was away, or the clock is wrong/,
  )
  const second = await run()
  expect(second.stdout).toMatch(/warning: nothing is pruned: the last backup on the box/)
  expect(second.files).toContain(OLD)
  expect(must(await project.run('--acknowledge')).stdout).toMatch(/the gap of \S+ is taken as right/)
  expect(held(await run())).toBeNull()
})

test('logs of years ago go', async () => {
  const logs = project.log.replace(/\/[^/]*$/, '')
  must(await project.host(`touch ${logs}/backup_${NAME}_202001.log ${logs}/backup_${NAME}x_202001.log`))
  expect((await project.run('--prune')).stdout).toContain(`removed the log ${logs}/backup_${NAME}_202001.log`)
  expect((await project.host(`ls ${logs}`)).stdout).toContain(`backup_${NAME}x_202001.log`)
})

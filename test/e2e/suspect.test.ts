import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBox, newestListed } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// A backup that is far smaller than those before it, or empty, must not take the place of a good one.
const NAME = 'bs_suspect'
let project: Project
let good: string
const sql = (text: string) =>
  project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${NAME}_db'`, `SET ROLE ${NAME}_user;\n${text}`).then(must)
const night = async (change = '') => {
  if (change !== '') await sql(change)
  return project.attempt()
}
/** What a check of the box and `status` call the newest. */
const newest = async () => {
  const checked = await checkBox(project)
  return [checked.newest, await newestListed(project)]
}
const drill = async (options = '') => {
  const { code, stdout, stderr } = await project.restore(options)
  return { code, said: stdout + stderr }
}
/** A drill on a host without the ledger, to which all that it knows comes from the box. */
const elsewhere = async () => {
  const ledger = `${project.backups}/ledger_${NAME}.jsonl`
  must(await project.host(`mv ${ledger} ${ledger}.kept`))
  const done = await drill('--on-other --trust-box')
  must(await project.host(`mv ${ledger}.kept ${ledger}`))
  return done
}
const onBox = async () => must(await project.box(`find $BOX -name '*.sql.gz' | wc -l`)).stdout.trim()

beforeAll(async () => {
  project = await makeProject(NAME)
  await project.attempt()
  good = (await project.attempt()).status?.newest?.name ?? ''
})
afterAll(() => project?.remove())

test('one with a tenth of the usual size is kept and uploaded, and is never the newest', async () => {
  const { code, stdout, status } = await night('DELETE FROM notes WHERE length(body) = 64')
  expect(code, stdout).toBe(0)
  expect(stdout).toMatch(
    /warning: backup_\S+ does not count as the newest: it has \d+ bytes, the median of the 2 before it is \d+; /,
  )
  expect(status?.newest?.name).toBe(good)
  expect(await newest()).toEqual([good, good])
  const taken = await drill()
  expect(taken.code, taken.said).toBe(0)
  expect(taken.said).toMatch(
    /passed over 1 newer on the box; the first is \S+: it has \d+ bytes, .*; if it is right: --name backup_/,
  )
  expect(taken.said).toContain(`[done] ${good} restored`)
  const other = await elsewhere()
  expect(other.said).toMatch(/the first is \S+: it has \d+ bytes/)
  expect(other.said).toContain(`[done] ${good} restored`)
  const name = /--name (\S+)/.exec(taken.said)?.[1]
  expect((await drill(`--name ${name}`)).said).toContain(`[done] ${name} restored`)
})

test('an empty one is set aside and never uploaded; the run fails and says what to do', async () => {
  const copies = await onBox()
  const { code, stderr, stdout, files, status } = await night('DELETE FROM notes')
  expect(code, stdout).toBe(1)
  expect(stderr).toMatch(
    /\[failed\] inspect: the database bs_suspect_db is empty, and its backups are not: it has no rows, the one before it had \d+\. To bring the data back: provision bs_suspect --from-backup/,
  )
  expect(files.filter((file) => file.endsWith('.bad'))).toHaveLength(1)
  expect(await onBox()).toBe(copies)
  expect(status).toMatchObject({ ok: false, newest: { name: good } })
})

test('a person says that it is right: from then on such backups count, also on a host without the ledger', async () => {
  expect(must(await project.run('--acknowledge')).stdout).toMatch(/the contents of \S+ is taken as right/)
  const { code, stdout, stderr, status } = await night()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const name = status?.newest?.name ?? ''
  expect(name > good).toBe(true)
  expect(await newest()).toEqual([name, name])
  const other = await elsewhere()
  expect(other.said).toContain(`[done] ${name} restored`)
})

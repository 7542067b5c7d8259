import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBox, listBoxes, newestListed } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// Names on the box are anybody's, and there may be very many of them.
let project: Project
let own = ''
const NAME = 'bs_many'
const DB = `${NAME}_db`
const LIMIT = 'readonly LISTING_LINES=200000'
const folder = () => `.${project.remote}/${own.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')}`

beforeAll(async () => {
  project = await makeProject(NAME)
  must(await project.run())
  own = (await project.status()).newest?.name ?? ''
})
afterAll(() => project?.remove())

test('an old backup goes with all its proofs', async () => {
  const old = `backup_${DB}_20200102_030000.sql.gz`
  must(await project.host(project.ledger([old])))
  must(
    await project.box(
      `mkdir -p .${project.remote}/2020/01/02; cd .${project.remote}/2020/01/02; touch ${old} ${old}.sha256 ${old}.manifest.json $(seq 30000 30009 | sed 's/.*/${old}.proof-20200103_0&.json/') other; chown -R --reference=../../.. ../../../2020`,
    ),
  )
  // The newest three stay, and one of this host's own is there.
  must(await project.run())
  must(await project.run())
  own = (await project.status()).newest?.name ?? ''
  expect((await project.box(`ls .${project.remote}/2020/01/02`)).stdout).toBe('other\n')
})

test('40,000 proofs beside a backup, and 5,000 names of backups, are read', async () => {
  must(
    await project.box(
      `cd ${folder()}; seq 100000 139999 | sed 's/.*/${own}.proof-20260101_&.json/' | xargs touch; mkdir -p ../../../2020/01/01; cd ../../../2020/01/01; seq 100000 104999 | sed 's/.*/backup_${DB}_20200101_&.sql.gz/' | xargs touch`,
    ),
  )
  const prune = await project.run('--prune --check')
  expect({ code: prune.code, stderr: prune.stderr }).toEqual({ code: 0, stderr: '' })
  expect(prune.stdout.match(/not created by bitacora, so it stays: on the box/g)).toHaveLength(5000)
  expect(await checkBox(project)).toMatchObject({ fault: '', newest: own })
  expect(await newestListed(project)).toBe(own)
  const drill = await project.restore()
  expect({ code: drill.code, stderr: drill.stderr }).toEqual({ code: 0, stderr: '' })
  expect(drill.stdout).toContain(`[choose] ${own}, made by this machine`)
})

test('a listing of more lines than that is refused', async () => {
  const scripts = `${project.script} ${project.script.replace('/backup-', '/restore-')}`
  must(
    await project.host(
      `sed -i 's/${LIMIT}/readonly LISTING_LINES=30000/' ${scripts}; grep -q LISTING_LINES=30000 ${project.script}`,
    ),
  )
  const words = /the box lists \d+ names, more than the 30000 that are read/
  const drill = await project.restore()
  expect(drill.code).toBe(1)
  expect(drill.stderr).toMatch(words)
  expect((await listBoxes(project, { lines: 30_000 })).looks[0]?.error).toMatch(words)
  const prune = await project.run('--prune --check')
  expect(prune.stdout).toMatch(words)
})

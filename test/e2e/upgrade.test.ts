import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'
import { backupScript, restoreScript } from '../../lib/steps/backup/scripts.ts'

let project: Project
const NAME = 'bs_old'
/** Keys that version 2 of the scripts doesn't know. */
const NEW: Settings = { INTERVAL_SECONDS: null }
const restore = `/opt/postgresql-backups/restore-${NAME}.sh`
const ledger = `/var/backups/${NAME}/ledger_${NAME}.jsonl`
/** The scripts as version 2 had them, assembled. */
const old = async (name: string) =>
  gunzipSync(await readFile(new URL(`../fixtures/version-2/${name}.sh.gz`, import.meta.url))).toString()
const made: string[] = []

beforeAll(async () => {
  project = await makeProject(NAME)
  must(await project.host(`cat > ${project.script}`, await old('backup')))
  must(await project.host(`cat > ${restore}`, await old('restore')))
  await project.configure(NEW)
  for (let run = 0; run < 2; run += 1) {
    must(await project.run())
    made.push((await project.status()).newest?.name ?? '')
  }
  must(await project.restore())
  must(await project.host(`cat > ${project.script}`, backupScript()))
  must(await project.host(`cat > ${restore}`, restoreScript()))
})
afterAll(() => project?.remove())

test('the new scripts take the old config, say what renews it, and begin the ledger with what is the same on the box', async () => {
  // Of the first one the copy on the box was changed since.
  const day = made[0]?.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')
  must(await project.box(`printf x >> .${project.remote}/${day}/${made[0]}`))
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`was written by an earlier version; to renew it: provision ${NAME}`)
  expect(stdout).toContain(`[seed] ${made[1]} is ours: the same here and on the box`)
  const known = must(await project.host(`cat ${ledger}`)).stdout
  expect(known).toContain(`"name":"${made[1]}"`)
  expect(known).not.toContain(`"name":"${made[0]}"`)
  made.push((await project.status()).newest?.name ?? '')
})

test('a backup of version 2 is restored: its manifest is read, its roles are parsed', async () => {
  const { code, stdout, stderr } = await project.restore(`--name ${made[1]}`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('[compare] equal: 3 tables, 20005 rows')
})

test('and so is a new one, by default', async () => {
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`[choose] ${made[2]}, made by this machine`)
})

test("the rest of the box needs a person's word, once", async () => {
  const { stdout } = await project.run('--prune --check')
  expect(stdout).toMatch(new RegExp(`stays: on the box, \\S+/${made[0]}, 0 days old`))
  // The first one's copy on the box is not what its manifest says: no word makes it good.
  const adopted = await project.run('--adopt-box')
  expect(adopted.stdout).toContain(`${made[0]} is left alone: its checksum on the box is not the one in its manifest`)
  must(await project.host(`sed -i '/${made[1]}/d' ${ledger}`))
  expect((await project.restore(`--name ${made[1]}`)).code).toBe(1)
  expect((await project.run('--adopt-box')).stdout).toContain(`${made[1]} is in the ledger`)
  expect((await project.restore(`--name ${made[1]}`)).code).toBe(0)
})

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshKey } from '../lab/index.ts'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { checkBox } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project } from './backup-script/project.ts'

// Boxes that the lab's isn't, on the host itself.
let project: Project
let box: OwnBox
let folder = ''
const PLACE = '/opt/bsother.box'

beforeAll(async () => {
  project = await makeProject('bs_other')
  box = await ownBox(project, 'bsother', 2392)
  folder = box.settings['STORAGEBOX_REMOTE_DIR'] ?? ''
})
afterAll(async () => {
  await box?.remove()
  await project?.remove()
  await project?.host('rm -rf /srv/bs_other')
})
beforeEach(async () => {
  must(await project.host(`rm -rf ${folder}`))
})

const there = async (where = folder) =>
  (
    await project.host(`find ${where} -type f -printf '%f\\n' | sed 's/_[0-9]\\{8\\}_[0-9]\\{6\\}/_T/; s/part-.*/part/' | sort`)
  ).stdout
    .trimEnd()
    .split('\n')
    .toSorted()
const BACKUP = ['', '.globals.sql', '.manifest.json', '.sha256'].map((end) => `backup_bs_other_db_T.sql.gz${end}`)

function expectGood({ code, stdout, stderr, leftovers, status }: Attempt): void {
  expect(code, stdout + stderr).toBe(0)
  expect(status).toMatchObject({ ok: true, newest: { grade: 'hashed on the box' } })
  expect(leftovers).toBe('')
}

test('without a shell, by password: downloaded and hashed', async () => {
  await box.start({ shell: false })
  const done = await project.attempt(box.settings)
  expectGood(done)
  expect(done.stdout).toMatch(/\[compare\] equal on the box, downloaded, since the box has no shell/)
  expect(await there()).toEqual(['OWNER.json', 'RESTORE.md', ...BACKUP])
  expect(await checkBox(project)).toMatchObject({ fault: '', newest: done.status?.newest?.name })
  expect((await project.host('ls /var/tmp | grep postgres-backup')).stdout).toBe('')
})

test('by key alone, with a shell and without one', async () => {
  const { privateKey, publicKey } = await freshKey()
  must(await project.host(`umask 077; cat > ${PLACE}/login`, privateKey))
  const byKey = { ...box.settings, STORAGEBOX_PASSWORD: null, STORAGEBOX_IDENTITY: `${PLACE}/login` }
  await box.start({ publicKey, password: false })
  const shell = await project.attempt(byKey)
  expectGood(shell)
  expect(shell.stdout).toMatch(/\[compare\] equal on the box, by its own sha256sum/)
  await box.start({ publicKey, password: false, shell: false })
  const none = await project.attempt(byKey)
  expectGood(none)
  expect(none.stdout).toMatch(/downloaded, since the box has no shell/)
  const refused = await project.attempt(box.settings)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/\[failed\] upload: wrong password or refused key: \S+ port 2392 does not let us in/)
})

test('with a base folder elsewhere than /home, which is made as deep as it goes', async () => {
  await box.start()
  must(await project.host('install -d -o bsother /srv/bs_other'))
  const elsewhere = '/srv/bs_other/a/b@c/d'
  const done = await project.attempt({ ...box.settings, STORAGEBOX_REMOTE_DIR: elsewhere })
  expectGood(done)
  expect(done.status?.newest?.remotePath).toMatch(new RegExp(`^${elsewhere}/\\d{4}/\\d\\d/\\d\\d/backup_bs_other_db_`))
  expect(await there('/srv/bs_other')).toEqual(['OWNER.json', 'RESTORE.md', ...BACKUP])
  expect(await checkBox(project)).toMatchObject({ fault: '', newest: done.status?.newest?.name })
})

test('that refuses to rename over a file: every run is good, and the page there is renewed', async () => {
  await box.start({ sftp: '-P posix-rename' })
  expectGood(await project.attempt(box.settings))
  must(await project.host(`echo the-old-page > ${folder}/RESTORE.md`))
  const again = await project.attempt(box.settings)
  expectGood(again)
  expect(again.status?.warnings).toEqual([])
  expect(await there()).toEqual(['OWNER.json', 'RESTORE.md', ...BACKUP, ...BACKUP].toSorted())
  expect((await project.host(`grep -c the-old-page ${folder}/RESTORE.md`)).stdout).toBe('0\n')
})

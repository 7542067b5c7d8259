import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { doctor } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
let box: OwnBox

beforeAll(async () => {
  project = await makeProject('bs_six')
  box = await ownBox(project, 'bssix', 2397, '::1')
  await project.configure(box.settings)
})
afterAll(async () => {
  await box?.remove()
  await project?.remove()
})

test('a box with an IPv6 address: a backup, a drill, the doctor, and the page that says how to fetch', async () => {
  expect(must(await project.host(`${project.script} 2>&1`)).stdout).toMatch(/equal|verified|checksum/)
  must(await project.host(project.script.replace('/backup-', '/restore-')))
  const [found] = await doctor(project)
  expect(found).toMatchObject({ opened: true, error: null })
  expect(found?.ports[0]).toMatchObject({ port: 2397, reached: true, key: 'pinned', password: { ok: true } })
  const page = must(await project.host(`cat ${box.home}/backups/${project.name}/RESTORE.md`)).stdout
  const [, fetch = 'false'] = /^(sftp -P 2397 bssix@\[::1\]:\S+) \.$/m.exec(page) ?? []
  const way = `-o UserKnownHostsFile=/opt/bssix.box/known -o BatchMode=no -o PubkeyAuthentication=no`
  const here = `cd "$(mktemp -d)" && printf '%s' '${box.password}' | sshpass ${fetch.replace('sftp ', `sftp ${way} `)} . >/dev/null && ls`
  expect(must(await project.host(here)).stdout).toMatch(/backup_bs_six_\w+\.sql\.gz/)
})

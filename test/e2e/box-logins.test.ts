import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
let box: OwnBox
const LOG = '/opt/bslogins.box/log'

/** How often somebody logged in to the box while `command` ran. */
async function logins(command: string): Promise<number> {
  must(await project.host(`: > ${LOG}; ${command}`))
  return Number(must(await project.host(`grep -c '^Accepted password' ${LOG} || true`)).stdout)
}

beforeAll(async () => {
  project = await makeProject('bs_logins')
  box = await ownBox(project, 'bslogins', 2396)
  await project.configure(box.settings)
})
afterAll(async () => {
  await box?.remove()
  await project?.remove()
})

// A login takes seconds on a real box, which also lets few in at a time. That the shared one survives sshpass was once a matter of luck.
test('each run logs in to the box once, by password', async () => {
  const found = []
  for (let n = 0; n < 5; n++) found.push(await logins(project.script)) // oxlint-disable-line no-await-in-loop -- one after the other
  found.push(await logins(project.script.replace('/backup-', '/restore-')))
  expect(found).toEqual([1, 1, 1, 1, 1, 1])
})

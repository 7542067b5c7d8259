import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

const SIGNAL = '/var/lib/postgresql/15/main/standby.signal'
const restart = (then: string) => `cd /; pg_ctlcluster 15 main stop -m fast; ${then}; pg_ctlcluster 15 main start`
let project: Project

beforeAll(async () => {
  project = await makeProject('bs_standby')
  must(await project.run())
  must(await project.host(restart(`su postgres -c 'touch ${SIGNAL}'`)))
})
afterAll(async () => {
  must(await project.host(restart(`rm -f ${SIGNAL}`)))
  await project.remove()
})

test('a standby restores nothing, and says so before it asks the box', async () => {
  const refused = /\[failed\] config: this server is a standby, which only reads: .*on the primary, or on another host/
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 1, stderr: expect.stringMatching(refused) as string })
})

test('a standby backs up no unlogged table: said before the dump', async () => {
  const { code, stderr } = await project.run()
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /\[failed\] preflight: this server is a standby, on which unlogged tables of bs_standby_db \(1\) /,
    ) as string,
  })
})

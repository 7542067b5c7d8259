import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBox } from './backup-script/look.ts'
import { makeProject } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project

beforeAll(async () => {
  project = await makeProject('bs_check')
})
afterAll(() => project?.remove())

// A damaged copy and a replaced one are rows of the faults' table.
test('nothing complete there, or not reached: each is told', async () => {
  expect(await checkBox(project)).toMatchObject({
    newest: undefined,
    fault: expect.stringMatching(/no complete backup of bs_check_db/) as string,
  })
  await project.configure({ STORAGEBOX_PORT: '2' })
  expect((await checkBox(project)).error).toMatch(/^could not look: .*Connection refused/)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project

beforeAll(async () => {
  project = await makeProject('bs_check')
})
afterAll(() => project?.remove())

// A damaged copy and a replaced one are rows of the faults' table.
test('nothing complete there, or not reached: each is told', async () => {
  const none = await project.run('--check-box')
  expect(none.code).toBe(2)
  expect(JSON.parse(none.stdout)).toMatchObject({
    ok: false,
    newest: null,
    error: expect.stringMatching(/no complete backup of bs_check_db/) as string,
  })
  await project.configure({ STORAGEBOX_PORT: '2' })
  const away = await project.run('--check-box')
  expect(away.code).toBe(1)
  expect(JSON.parse(away.stdout)).toMatchObject({
    ok: false,
    newest: null,
    error: expect.stringMatching(/could not look: .*Connection refused/) as string,
  })
})

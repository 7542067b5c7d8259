import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBox } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project

beforeAll(async () => {
  project = await makeProject('bs_check')
})
afterAll(() => project?.remove())

test('nothing complete there', async () => {
  expect(await checkBox(project)).toMatchObject({
    newest: undefined,
    fault: expect.stringMatching(/no complete backup of bs_check_db/) as string,
  })
})

test('damaged there, of the same size, and replaced together with its checksum', async () => {
  must(await project.run())
  const name = (await project.status()).newest?.name ?? ''
  expect(await checkBox(project)).toMatchObject({ newest: name, fault: '' })
  const on = (script: string) => project.box(`f=$(find $BOX -name ${name}); ${script}`).then(must)
  await on('printf x | dd of=$f bs=1 seek=20 conv=notrunc')
  expect((await checkBox(project)).fault).toBe(`${name} has another checksum on the box than here`)
  await on('printf x >> $f')
  const size = new RegExp(`^${name} has \\d+ bytes on the box, and \\d+ in the ledger$`)
  expect((await checkBox(project)).fault).toMatch(size)
  await on('echo other > $f; sha256sum $f > $f.sha256')
  const [first, second] = (await checkBox(project)).fault?.split('; ') ?? []
  expect(first).toMatch(size)
  expect(second).toBe(`${name}.sha256 has another checksum on the box than here`)
})

test('not reached', async () => {
  await project.configure({ STORAGEBOX_PORT: '2' })
  expect((await checkBox(project)).error).toMatch(/^could not look: .*Connection refused/)
})

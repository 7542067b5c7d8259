import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// What the status file says of drills: one proof a backup, and nothing of a backup that was not tested.
const NAME = 'bs_proofs'
interface Proof {
  name: string
  ok: boolean
  tested: boolean
  error: string | null
}
let project: Project
let older = ''
let newer = ''
const kept = async () => {
  const { proof, proofs } = (await project.status()) as unknown as { proof: Proof; proofs: Proof[] }
  return { proof, proofs }
}
const shown = async () => (await kept()).proofs.map(({ name, ok }) => ({ name, ok }))
const run = async () => {
  must(await project.run())
  return (await project.status()).newest?.name ?? ''
}
/** Changes the first byte of the newer dump on the box. */
const first = (byte: string) => project.box(`printf '${byte}' | dd of=$(find $BOX -name ${newer}) bs=1 conv=notrunc 2>/dev/null`)

beforeAll(async () => {
  project = await makeProject(NAME)
  older = await run()
})
afterAll(() => project?.remove())

test('a request that was refused is no failed proof', async () => {
  must(await project.restore())
  const before = await kept()
  expect(before).toMatchObject({ proof: { name: older, ok: true, tested: true }, proofs: [{ name: older, ok: true }] })
  const held = `exec 8<>/run/postgres-backup/${NAME}.restore.lock; flock 8;`
  for (const [prepare, options, reason] of [
    ['', '--at 2020-01-01', 'no complete backup'],
    ['', '--name nope', 'no complete backup'],
    [held, '', 'another restore of'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, stderr } = await project.host(`${prepare} /opt/postgresql-backups/restore-${NAME}.sh ${options} 8>&-`)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(reason) as string })
    expect(await kept()).toEqual(before) // oxlint-disable-line no-await-in-loop -- as above
  }
})

test('a drill of the schedule that did not get as far is told, and takes no proof away', async () => {
  const before = await kept()
  await project.configure({ STORAGEBOX_PORT: '2' })
  expect((await project.restore('--scheduled')).code).toBe(1)
  await project.configure()
  const after = await kept()
  expect(after.proof).toMatchObject({
    name: '',
    ok: false,
    tested: false,
    error: expect.stringMatching(/^not reached/) as string,
  })
  expect(after.proofs).toEqual(before.proofs)
})

test('a backup whose drill failed stays so until it is proven, whatever is drilled or backed up since', async () => {
  newer = await run()
  expect(await shown()).toEqual([{ name: older, ok: true }])
  must(await first('x'))
  const { code, stderr } = await project.restore()
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${newer} is damaged`) as string })
  must(await project.restore(`--name ${older}`))
  expect((await kept()).proof).toMatchObject({ name: older, ok: true })
  expect(await shown()).toEqual([
    { name: older, ok: true },
    { name: newer, ok: false },
  ])
  must(await first('\\037'))
  must(await project.restore())
  expect(await shown()).toEqual([
    { name: newer, ok: true },
    { name: older, ok: true },
  ])
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pattern } from '../../faults/fault.ts'
import { makeProject, must } from '../backup-script/project.ts'
import type { Project } from '../backup-script/project.ts'
import { fault } from './support.ts'

vi.setConfig({ testTimeout: 150_000 })

let project: Project
let name = ''
const NAME = 'bs_frest'

beforeAll(async () => {
  project = await makeProject(NAME)
  name = (await project.attempt()).status?.newest?.name ?? ''
})
afterAll(() => project?.remove())

/** Runs on the box beside the copy, whose name is $f, and is undone after it. */
const onBox = async (script: string) =>
  must(await project.box(`cd "$(dirname "$(find .${project.remote} -name ${name})")" && f=${name} && ${script}`))
const databases = async () =>
  must(await project.host(`cd /; su postgres -c 'psql -Atc "SELECT datname FROM pg_database ORDER BY 1"'`)).stdout
const kept = async () =>
  must(await project.host(`cd ${project.backups}; find . -type f ! -name 'status*' -exec sha256sum {} + | sort`)).stdout

async function refuses(id: string, options = ''): Promise<void> {
  const { exit, stage, says } = fault(id)
  const before = [await databases(), await kept(), (await onBox('sha256sum *')).stdout]
  const { code, stdout, stderr } = await project.restore(options)
  expect(code, stdout).toBe(exit)
  expect(stderr).toMatch(new RegExp(`^\\S+ \\S+Z ${NAME} \\[failed\\] ${stage}: .*${pattern(says).source}`))
  expect(stdout).not.toContain('[done]')
  for (const secret of project.secrets) expect(stdout + stderr).not.toContain(secret)
  expect([await databases(), await kept(), (await onBox('sha256sum *')).stdout]).toEqual(before)
  const status = (await project.status()) as unknown as { proof: { ok: boolean; contents: string } }
  if (options === '') expect(status.proof).toMatchObject({ ok: false, contents: 'not looked at' })
  const left = `ls -d ${project.backups}/.rest* /run/postgres-backup/${NAME}.restore.work /run/postgres-restore* 2>/dev/null; cd /; su postgres -c "psql -Atc \\"SELECT query FROM pg_stat_activity WHERE application_name = 'postgres-backup'\\""`
  expect((await project.host(left)).stdout).toBe('')
}

const OTHER_SQL = `gzip -dc $f | sed 's/^CREATE VIEW/CREATE VEIW/' | gzip -1n > $f.new; cat $f.new > $f; rm $f.new; s=$(sha256sum < $f | cut -c1-64); o=$(head -c 64 $f.sha256); sed -i s/$o/$s/ $f.sha256 $f.manifest.json; sed -i "s/\\"bytes\\":[0-9]*/\\"bytes\\":$(stat -c %s $f)/" $f.manifest.json`

test.each([
  ['drill-truncated', 'truncate -s -1 $f', 'true'],
  ['manifest-hash', `sed -i 's/"sha256":"[0-9a-f]*"/"sha256":"${'0'.repeat(64)}"/' $f.manifest.json`, 'true'],
  // The host's own record would tell that this is another.
  ['drill-bad-dump', OTHER_SQL, `mv $n.sha256 /root/${NAME}.sha256`],
])('%s', async (id, spoil, onHost) => {
  await onBox(`rm -rf /tmp/${NAME} && mkdir /tmp/${NAME} && cp -p $f* /tmp/${NAME}`)
  const n = `n=${project.backups}/${name};`
  must(await project.host(`${n} ${onHost}`))
  await onBox(spoil)
  try {
    await refuses(id)
  } finally {
    await onBox(`cp -p /tmp/${NAME}/* . && rm -r /tmp/${NAME}`)
    must(await project.host(`${n} [ ! -e /root/${NAME}.sha256 ] || mv /root/${NAME}.sha256 $n.sha256`))
  }
})

test('host-damaged', async () => {
  const file = `${project.backups}/${name}`
  must(await project.host(`cp -p ${file} /root/${NAME}.kept; printf X | dd of=${file} bs=1 seek=20000 conv=notrunc 2>/dev/null`))
  await refuses('host-damaged', '--local')
  // The copy on the box is as good as before.
  expect((await project.restore()).code).toBe(0)
  must(await project.host(`mv /root/${NAME}.kept ${file}`))
})

test('and after all that a drill holds, and so does a run', async () => {
  for (const options of ['', '--local']) expect(await project.restore(options)).toMatchObject({ code: 0, stderr: '' })
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const NAME = 'bs_pub'
const HOOK = '/usr/local/sbin/sftp'

/** A program in the place of sftp, once: `then` runs where the batch renames; $batch is the batch, and the rest is as usual. */
const hook = (then: string) => `#!/bin/bash
batch=/run/postgres-backup/${NAME}.work/batch
if grep -q '^rename -l .*sql\\.gz\\.part' $batch 2>/dev/null && [ ! -e /root/${NAME}.hooked ]; then
  touch /root/${NAME}.hooked
  ${then}
fi
exec /usr/bin/sftp "$@"
`
const withHook = async (then: string) => {
  must(await project.host(`rm -f /root/${NAME}.hooked; cat > ${HOOK}; chmod 755 ${HOOK}`, hook(then)))
  const attempt = await project.attempt()
  must(await project.host(`rm -f ${HOOK} /root/${NAME}.hooked`))
  return attempt
}
const onBox = (name = '') => project.box(`find .${project.remote} -name '${name}*' -type f | sed 's/.*\\///' | sort`)

beforeAll(async () => {
  project = await makeProject(NAME)
})
afterAll(async () => {
  await project?.host(`rm -f ${HOOK} /root/${NAME}.hooked`)
  await project?.remove()
})

test.each([
  ['before anything has its name', 'true'],
  ['after the dump has its name', `head -n 1 $batch > $batch.half; /usr/bin/sftp "\${@/%$batch/$batch.half}"`],
  ['after all have theirs', '/usr/bin/sftp "$@"'],
])('a connection that is reset while files get their names is tried again: %s', async (_when, done) => {
  const { code, stdout, stderr, status, leftovers } = await withHook(
    `${done} >/dev/null 2>&1; echo 'Connection reset by peer' >&2; exit 255`,
  )
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toMatch(/\[publish\] try 1 of 3: /)
  const name = status?.newest?.name ?? ''
  expect(must(await onBox(name)).stdout).toBe(
    [name, `${name}.globals.sql`, `${name}.manifest.json`, `${name}.sha256`, ''].join('\n'),
  )
  expect(leftovers).toBe('')
  expect(
    must(await project.box(`cd $(dirname $(find .${project.remote} -name ${name})) && sha256sum -c ${name}.sha256`)).stdout,
  ).toContain(`${name}: OK`)
})

test('a name is called taken only where something of that name is there', async () => {
  const refused = await withHook(`echo 'remote rename "x": Failure' >&2; exit 1`)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/\[failed\] publish: not renamed on the box: /)
  expect(refused.stderr).not.toContain('taken')
  // Somebody puts a file of the very name there, just before.
  const taken = await withHook(
    `p=$(sed -n 's/^rename -l [^ ]* //p' $batch | head -n 1); b=$batch.take; echo x > $b.x; echo "put $b.x $p" > $b; /usr/bin/sftp "\${@/%$batch/$b}" >/dev/null 2>&1`,
  )
  expect(taken.code).toBe(1)
  expect(taken.stderr).toMatch(/\[failed\] publish: not renamed on the box: .*the name backup_\S+ is taken there/)
})

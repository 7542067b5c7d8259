import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

const COUNTER = '/tmp/bscut.sessions'
/** The line is cut as soon as the sessions numbered so, each with sftp, have been asked for something. */
const cut = (sessions: string) => `#!/bin/bash
[ "$SSH_ORIGINAL_COMMAND" = internal-sftp ] || [[ $SSH_ORIGINAL_COMMAND == *sftp* ]] || exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
n=$(($(cat ${COUNTER} 2>/dev/null) + 1)); echo $n > ${COUNTER}; chmod 666 ${COUNTER} 2>/dev/null
[[ ' ${sessions} ' != *" $n "* ]] || { head -c 5 >/dev/null; exit 255; }
exec /usr/lib/openssh/sftp-server
`
let project: Project
let box: OwnBox
let names: string[] = []

/** A drill that trusts the box, on a host that has lost its ledger: each manifest is fetched to see whose it is. */
async function drill(sessions: string) {
  await box.start({ force: await box.program(cut(sessions)) })
  must(await project.host(`rm -f ${COUNTER}`))
  return project.restore('--trust-box')
}

beforeAll(async () => {
  project = await makeProject('bs_cut')
  box = await ownBox(project, 'bscut', 2391)
  await project.configure(box.settings)
  must(await project.run())
  must(await project.run())
  names = must(await project.host(`cd ${box.home}/backups; find . -name '*.sql.gz' -printf '%f\\n' | sort -r`)).stdout.trimEnd().split('\n') // prettier-ignore
  must(await project.host(`rm -rf ${project.backups}/backup_* ${project.backups}/ledger_*`))
})
afterAll(async () => {
  await project?.host(`rm -f ${COUNTER}`)
  await box?.remove()
  await project?.remove()
})

test('a line that is cut while the newest manifest is fetched: asked for again, and the newest is taken', async () => {
  const { code, stdout, stderr } = await drill('2 4')
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`[done] ${names[0]} restored`)
  expect(stdout).not.toContain('passed over')
})

test('a line that stays cut there: refused, and no older backup is taken for the newest', async () => {
  const { code, stdout, stderr } = await drill('2 3 4')
  expect({ code, stderr }, stdout).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      new RegExp(`\\[failed\\] choose: could not look at the box: ${names[0]}\\.manifest\\.json: .*: the connection was cut`),
    ) as string,
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { checkBox, listBoxes } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { until } from '../faults/shell.ts'

let project: Project
let box: OwnBox
const SESSIONS = '/tmp/bsstalls.sessions'
/** sshd answers and its SFTP server is stopped: the line stands, and nothing comes over it. Each leaves its process number. */
const STALLED = `#!/bin/bash\necho $$ >> ${SESSIONS}\nkill -STOP $$\nexec /usr/lib/openssh/sftp-server\n`
const end = `for p in $(cat ${SESSIONS} 2>/dev/null); do kill -KILL $p; done; rm -f ${SESSIONS}`
/** The scripts' time for what moves nothing, and for a listing. */
const hurry = (script: string) =>
  `sed -i 's/BOX_SECONDS=[0-9]* BOX_LIST_SECONDS=[0-9]*/BOX_SECONDS=3 BOX_LIST_SECONDS=0/' ${script}`
const NO_ANSWER = 'no answer from the box within 3 s'

beforeAll(async () => {
  project = await makeProject('bs_stalls')
  box = await ownBox(project, 'bsstalls', 2390)
  await project.configure(box.settings)
  must(await project.run())
  must(await project.host(`${hurry(project.script)}; ${hurry(project.script.replace('/backup-', '/restore-'))}`))
  await box.start({ force: await box.program(STALLED) })
})
afterAll(async () => {
  await project?.host(end)
  await box?.remove()
  await project?.remove()
})

test('a backup gives each try its time, and then says so', async () => {
  const { code, stdout, stderr } = await project.run()
  expect(code, stdout).toBe(1)
  expect(stdout.split(NO_ANSWER)).toHaveLength(3)
  expect(stderr).toMatch(new RegExp(`\\[failed\\] upload: not reached in 3 tries: .*${NO_ANSWER}`))
  // None of its programs goes on.
  expect((await project.host(`pgrep -fa '[b]sstalls@127' | grep -v ControlMaster`)).stdout).toBe('')
})

test('so does a drill, and what verify and status ask', async () => {
  const drill = await project.restore()
  expect(drill.code, drill.stdout).toBe(1)
  expect(drill.stderr).toMatch(new RegExp(`\\[failed\\] choose: could not look at the box: .*${NO_ANSWER}`))
  const hurried = { seconds: 3, listSeconds: 0 }
  expect((await checkBox(project, hurried)).error).toContain(NO_ANSWER)
  expect((await listBoxes(project, hurried)).looks[0]?.error).toContain(NO_ANSWER)
})

// The time it is given is long: what ends it is the signal.
test.each(['TERM', 'KILL'])('SIG%s ends the run and its programs at once', async (signal) => {
  must(await project.host(`sed -i 's/BOX_SECONDS=3 /BOX_SECONDS=86400 /' ${project.script}; ${end}`))
  const { stdout, stderr } = await project.host(
    `${project.script} >/dev/null 2>&1 & p=$!; ${until(`[ -s ${SESSIONS} ]`)} || echo 'never stalled'; kill -${signal} $p; wait $p; echo "exit $?"; ${until(`! pgrep -f '[s]ftp.*bsstalls@127'`)} || echo 'its sftp goes on'; ${until(`! pgrep -x sshpass`)} || echo 'its sshpass goes on'`,
  )
  must(await project.host(end))
  expect(stdout, stderr).toBe(`exit ${signal === 'TERM' ? 143 : 137}\n`)
})

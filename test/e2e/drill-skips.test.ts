import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { until } from '../faults/shell.ts'

let project: Project
const NAME = 'bs_skips'
const LOCK = `/run/postgres-backup/${NAME}.restore.lock`
const restore = `/opt/postgresql-backups/restore-${NAME}.sh`
type Proof = { ok: boolean; skipped: string | null; error: string | null }
const proof = async () => ((await project.status()) as unknown as { proof: Proof }).proof

beforeAll(async () => {
  project = await makeProject(NAME)
  must(await project.run())
})
afterAll(() => project?.remove())

// A drill that waits for a login goes on until it is killed.
test('a drill of the schedule that another restore is in the way of is counted; the third time in a row is a failure', async () => {
  const held = `${restore} --wait-login 9999 >/dev/null 2>&1 & p=$!; ${until(`grep -q 'waiting for a login' ${project.log}`)}`
  const drill = `${restore} --scheduled </dev/null; echo "exit $?"`
  const { stdout, stderr } = await project.host(
    `${held}; echo "holder $p"; ${drill}; ${drill}; cp ${project.backups}/status_${NAME}.json /root/${NAME}.status; ${drill}; ${restore}; echo "exit $?"; kill $p; wait $p; rm -f ${LOCK}.none`,
  )
  const holder = /^holder (\d+)$/m.exec(stdout)?.[1] ?? 'none'
  const since = `since \\d{4}-\\d\\d-\\d\\dT\\S+Z \\(process ${holder}\\)`
  expect([...stdout.matchAll(/^exit (\d+)$/gm)].map(([, code]) => code)).toEqual(['0', '0', '1', '1'])
  expect(
    stdout.match(new RegExp(`\\[lock\\] this drill is left out: another restore is still running ${since}`, 'g')),
  ).toHaveLength(2)
  expect(stderr).toMatch(new RegExp(`\\[failed\\] lock: left out 3 times in a row: another restore is still running ${since}`))
  expect(stderr).toMatch(new RegExp(`\\[failed\\] lock: another restore of ${NAME} is running ${since}`))
  const noted = JSON.parse(must(await project.host(`cat /root/${NAME}.status; rm /root/${NAME}.status`)).stdout) as {
    proof: Proof
  }
  expect(noted.proof).toMatchObject({ skipped: expect.stringMatching(/another restore is still running since/) as string })
})

test('one that runs ends the count', async () => {
  must(await project.restore('--scheduled'))
  expect(await proof()).toMatchObject({ ok: true, skipped: null, error: null })
  expect((await project.host(`ls /run/postgres-backup/${NAME}.restore.skips`)).code).not.toBe(0)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { dumping } from '../faults/shell.ts'
import { until } from '../faults/shell.ts'

let project: Project
const [HOOK, MARK] = ['/usr/local/sbin/pg_dump', '/var/tmp/bs_kill.mark']
const part = '/var/backups/bs_kill/backup_bs_kill_db_[0-9]*.sql.gz.part'

beforeAll(async () => {
  project = await makeProject('bs_kill')
  // A skipped run only notes itself in the status of one before it.
  must(await project.run())
})
afterAll(async () => {
  await project?.host(release)
  await project?.remove()
})

/** Holds the dump in the middle of its work. PostgreSQL's system user runs it, and makes the mark. */
const holding = `#!/bin/bash
[[ $* == *--snapshot=* ]] || exec /usr/bin/pg_dump "$@"
set -o pipefail
/usr/bin/pg_dump "$@" | setpriv --pdeathsig KILL bash -c 'head -c 300000; touch ${MARK}; while [[ -e ${MARK} ]]; do sleep 0.1; done; exec cat'
`
const release = `rm -f ${HOOK} ${MARK}`

describe('in the middle of a dump', () => {
  beforeAll(async () => {
    must(await project.host(`cat > ${HOOK}; chmod 755 ${HOOK}`, holding))
  })

  const start = () =>
    `env --default-signal=INT,HUP,TERM ${project.script} & p=$!; ${until(`[ -e ${MARK} ] && ls ${part} && ${dumping}`)}`

  test('a second run is skipped, from the third time in a row on that is a failure', async () => {
    const again = `${project.script}; echo "exit $?"`
    const { stdout, stderr, status } = await project.attempt(
      {},
      {
        command: `( ${start()}; ${again}; ${again}; grep skipped ${project.backups}/status_bs_kill.json; ${again}; cat ${project.backups}/status_bs_kill.json; kill $p; wait $p )`,
      },
    )
    expect([...stdout.matchAll(/^exit (\d)$/gm)].map(([, code]) => code)).toEqual(['0', '0', '1'])
    expect(stdout.match(/\[lock\] skipped, still running since \d{4}-\d\d-\d\dT\S+Z/g)).toHaveLength(2)
    expect(stdout).toContain('"skipped": 2,')
    expect(stderr).toMatch(/\[failed\] lock: skipped 3 times in a row: still running since \d{4}/)
    expect(stdout).toMatch(/"ok": false,\n {2}"stage": "lock",/)
    expect(status?.error).toBe('stopped by SIGTERM')
  })

  test('SIGKILL leaves partial files, which the next run sweeps, and only those', async () => {
    const neighbour = 'backup_bs_kill_db_old_20260101_030000.sql.gz.part'
    const killed = await project.attempt(
      {},
      {
        prepare: `rm -f ${MARK}; touch ${project.backups}/${neighbour}`,
        command: `( ${start()}; kill -9 $p; wait $p; c=$?; ${until(`! ${dumping}`)}; exit $c )`,
      },
    )
    expect(killed.code, killed.stderr).toBe(137)
    expect(killed.stderr).not.toContain('never came')
    expect(killed.files.filter((file) => /^backup_bs_kill_db_\d{8}_\d{6}\.sql\.gz\.part$/.test(file))).toHaveLength(1)
    expect(killed.log.trimEnd().split('\n').at(-1)).toContain('[dump]')
    must(await project.host(release))
    const next = await project.attempt()
    expect(next.code, next.stderr).toBe(0)
    expect(next.stdout.match(/\[sweep\] .*/g)).toEqual([
      expect.stringMatching(/was killed; its work/),
      expect.stringMatching(/removed the partial file .*\/backup_bs_kill_db_\d\S*\.globals\.sql\.part/),
      expect.stringMatching(/removed the partial file .*\/backup_bs_kill_db_\d+_\d+\.sql\.gz\.part/),
    ])
    expect(next.leftovers).toBe(`${project.backups}/${neighbour}\n`)
    expect(next.status).toMatchObject({ ok: true, skipped: 0 })
  })
})

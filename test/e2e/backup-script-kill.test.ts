import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const NOTES = `LOCK TABLE notes IN ACCESS EXCLUSIVE MODE`
const part = '/var/backups/bs_kill/backup_bs_kill_db_[0-9]*.sql.gz.part'
/** Waits until a shell condition holds, a minute at most. */
const until = (condition: string) =>
  `for i in $(seq 1200); do { ${condition}; } >/dev/null 2>&1 && break; sleep 0.05; done; { ${condition}; } >/dev/null 2>&1 || echo 'never came' >&2`
const psql = (sql: string) => ` (cd /; echo "${sql}" | su postgres -c 'psql -qAt bs_kill_db')`
/** The clients that still dump this database: their arguments name it. */
const dumping = `grep -lsaE -- "--dbname=[b]s_kill_db" /proc/[0-9]*/cmdline`

beforeAll(async () => {
  project = await makeProject('bs_kill')
  // A skipped run only notes itself in the status of one before it.
  must(await project.run())
})
afterAll(() => project?.remove())

// A lock on a table holds the real pg_dump in the middle of its work for as long as a test needs.
describe('in the middle of a dump', () => {
  beforeAll(async () => {
    must(
      await project.host(
        `(cd /; setsid su postgres -c 'psql -q bs_kill_db' >/dev/null 2>&1 <<'SQL'\nBEGIN; ${NOTES}; SELECT pg_sleep(86400);\nSQL\n) >/dev/null 2>&1 &`,
      ),
    )
    must(
      await project.host(
        until(
          `[ "$(${psql(`SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'notes'::regclass`)})" = 1 ]`,
        ),
      ),
    )
  })
  const release = () =>
    project.host(
      psql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(86400)%' AND pid <> pg_backend_pid()`,
      ),
    )
  afterAll(release)

  const start = () => `env --default-signal=INT,HUP,TERM ${project.script} & p=$!; ${until(`ls ${part} && ${dumping}`)}`

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
        prepare: `touch ${project.backups}/${neighbour}`,
        command: `( ${start()}; kill -9 $p; wait $p; c=$?; ${until(`! ${dumping}`)}; exit $c )`,
      },
    )
    expect(killed.code, killed.stderr).toBe(137)
    expect(killed.stderr).not.toContain('never came')
    expect(killed.files.filter((file) => /^backup_bs_kill_db_\d{8}_\d{6}\.sql\.gz\.part$/.test(file))).toHaveLength(1)
    expect(killed.log).not.toContain('[done]')
    await release()
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

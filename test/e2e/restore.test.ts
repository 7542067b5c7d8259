import { beforeAll, describe, expect, test } from 'vitest'
import { execIn, installPackages, mustExecIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { clusterFingerprint } from './support/fingerprint.ts'
import { LAB, runVerb, stepsOf } from './support/run.ts'

let lab: Lab
const drill = (restore = {}) => runVerb('restore', { projects: ['onquota'], restore })

beforeAll(async () => {
  lab = await openLab(LAB)
  expect((await runVerb('provision', { projects: ['onquota'] })).exitCode).toBe(0)
})

describe('a drill', () => {
  test('fetches, loads, compares, logs in through the tunnel, in two execs, and leaves the cluster as it was', async () => {
    const before = await mustExecIn(
      lab,
      'vps',
      `cd /; su postgres -c "psql -Atc 'SELECT datname FROM pg_database ORDER BY 1; SELECT rolname, rolpassword FROM pg_authid ORDER BY 1'"`,
    )
    const lines: string[] = []
    const report = await runVerb('restore', {
      projects: ['onquota'],
      onEvent: (event) => event.type === 'line' && lines.push(event.line),
    })
    const step = stepsOf(report)['onquota/drill']
    expect(step?.error, lines.join('\n')).toBeUndefined()
    expect(report).toMatchObject({ task: 'restore', ok: true, exitCode: 0, hosts: [{ name: 'vps', roundTrips: 2 }] })
    expect(step?.note).toMatch(
      /^backup_onquota_db_\S+\.sql\.gz; equal to its manifest in every table, row count and sequence; the application logged in and read every table that it may read; .* old \(RPO\); back in .* \(RTO\)/,
    )
    expect(lines.join('\n')).toMatch(/\[login\] through the tunnel: onquota_user logs in and reads 36 tables/)
    expect(
      await mustExecIn(
        lab,
        'vps',
        `cd /; su postgres -c "psql -Atc 'SELECT datname FROM pg_database ORDER BY 1; SELECT rolname, rolpassword FROM pg_authid ORDER BY 1'"`,
      ),
    ).toBe(before)
  })

  test('a damaged copy fails it, and says what to do', async () => {
    const damage = (back: string) =>
      mustExecIn(
        lab,
        'box',
        `cd /srv/box/home/backups/postgresql/onquota; f=$(find . -name 'backup_*.sql.gz' | sort | tail -n 1); ${back}`,
      )
    await damage('cp -p $f /tmp/kept; printf X | dd of=$f bs=1 seek=900 conv=notrunc 2>/dev/null')
    const report = await drill()
    await damage('cp -p /tmp/kept $f; rm /tmp/kept')
    expect(report).toMatchObject({ ok: false, exitCode: 1 })
    expect(stepsOf(report)['onquota/drill']).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/is damaged: its checksum is/) as string,
      help: expect.stringMatching(/cannot be trusted: try an older one with --at/) as string,
    })
  })

  test('the login through the tunnel counts: one that is refused fails it', async () => {
    await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc 'ALTER ROLE onquota_user NOLOGIN'"`)
    const report = await drill()
    await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc 'ALTER ROLE onquota_user LOGIN'"`)
    expect(report.exitCode).toBe(1)
    expect(stepsOf(report)['onquota/drill']?.error).toMatch(/\[failed\] login: /)
  })

  test('on another host, which knows nothing of the project: nothing of it stays there', async () => {
    await renewHosts(lab, 'vps2')
    await mustExecIn(lab, 'vps2', installPackages('sshpass', 'jq'))
    const files = () => execIn(lab, 'vps2', 'ls -AR /var/tmp /var/backups /opt /var/log/postgres-backup /etc/cron.d 2>&1')
    const [before, cluster] = [(await files()).stdout, await clusterFingerprint(lab, 'vps2')]
    const report = await drill({ on: 'vps2' })
    expect(stepsOf(report)['onquota/drill']?.error).toBeUndefined()
    expect(report).toMatchObject({ ok: true, hosts: [{ name: 'vps2' }] })
    expect(stepsOf(report)['onquota/drill']?.note).toMatch(/the application logged in and read every table that it may read/)
    expect((await files()).stdout).toBe(before)
    expect(await clusterFingerprint(lab, 'vps2')).toBe(cluster)
  })
})

describe('for real', () => {
  test('a name that is not confirmed: nothing is reached, exit 1, and what to type', async () => {
    const { code, stderr } = await runTask(lab, 'restore', ['onquota', '--into', 'onquota_db', '--replace'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/nobody is there to confirm; --yes onquota_db confirms it/)
    const wrong = await runTask(lab, 'restore', ['onquota', '--into', 'onquota_db', '--yes', 'onquota'])
    expect(wrong.stderr).toMatch(/not confirmed: "onquota" is not onquota_db/)
  })

  test('--replace, and --drop-old; the logbook has both', async () => {
    const replaced = await runTask(lab, 'restore', [
      'onquota',
      '--into',
      'onquota_db',
      '--replace',
      '--yes',
      'onquota_db',
      '--json',
    ])
    expect(replaced.code, replaced.stderr + replaced.stdout).toBe(0)
    expect(replaced.stdout).toMatch(/what was there is kept as onquota_db_before_\d{8}_\d{6}/)
    expect(replaced.logbook).toMatch(/onquota into onquota_db/)
    expect((await runVerb('verify', { projects: ['onquota'] })).exitCode).toBe(0)
    const dropped = await runTask(lab, 'restore', ['onquota', '--drop-old', '--yes', 'onquota_db'])
    expect(dropped.code, dropped.stderr).toBe(0)
    expect(
      (await execIn(lab, 'vps', `cd /; su postgres -c "psql -Atc 'SELECT datname FROM pg_database'" | grep before`)).stdout,
    ).toBe('')
  })

  test('--json of a usage error is JSON', async () => {
    const { code, stdout } = await runTask(lab, 'restore', ['--into', 'x', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      task: 'restore',
      ok: false,
      exitCode: 1,
      error: expect.stringMatching(/takes one project/) as string,
    })
  })
})

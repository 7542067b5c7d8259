import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { showChange } from '../../lib/run/report/values.ts'
import { execIn, mustExecIn, neighbourFingerprint, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { HAND_MADE, HAND_MADE_CONFIG } from '../steps/other-schedules/support.ts'
import { LAB, failures, notOk, runVerb, stepsOf } from './support/run.ts'

let lab: Lab
const onquota = { projects: ['onquota'] }
const SCRIPT = '/opt/postgresql-backups/backup-onquota.sh'
const OLD = '/opt/postgresql-backups/old-onquota.sh'
const SPOOL = '/var/spool/cron/crontabs'

const LINE = `0 3 * * * ${SCRIPT} >> /var/log/postgres-backup/backup-onquota-cron.log 2>&1\n`
const APP_LINE = `15 3 * * * PGPASSWORD=hunter2 pg_dump -h localhost -U onquota_user onquota_db | gzip > ~/onquota.sql.gz\n`
const CRON_D_LINE = `0 4 * * * root nice ${OLD} --quiet\n`
const APP_REST = '# the application\xE9\n@hourly /opt/onquota/tick\n'
const CRON_D_REST = 'SHELL=/bin/bash\n\n5 4 * * * root /usr/bin/true'

/** Files by their paths, byte for byte, with owner and mode; null where there is none. */
async function files(...paths: string[]): Promise<Record<string, string | null>> {
  const all = await Promise.all(
    paths.map(async (path) => {
      const { code, stdout } = await execIn(lab, 'vps', `stat -c '%U:%G %a' -- '${path}' && base64 -w0 < '${path}'`)
      const [owner, content = ''] = stdout.split('\n')
      return [path, code === 0 ? `${owner} ${Buffer.from(content, 'base64').toString('latin1')}` : null] as const
    }),
  )
  return Object.fromEntries(all)
}

const put = (path: string, content: string, mode = '0644') =>
  mustExecIn(lab, 'vps', `base64 -d > '${path}' && chmod ${mode} '${path}'`, {
    stdin: Buffer.from(content, 'latin1').toString('base64'),
  })
const crontab = (user: string, content: string) =>
  mustExecIn(lab, 'vps', `base64 -d | crontab -u ${user} -`, { stdin: Buffer.from(content, 'latin1').toString('base64') })

/** What the neighbour's own crontab has, with the hand-made server's line as the third of five. */
let rest: [string, string]

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
  await mustExecIn(
    lab,
    'vps',
    'useradd --create-home app; mkdir -p /var/log/postgres-backup /etc/systemd/system/timers.target.wants',
  )
  const there = await mustExecIn(lab, 'vps', 'crontab -l')
  const [comment, neighbour] = there.split(/(?<=\n)/) as [string, string]
  rest = [comment + neighbour, '# m h for what follows\t \r\n30 5 * * 0 /usr/bin/true\n']
  await crontab('root', rest[0] + LINE + rest[1])
  await put(SCRIPT, HAND_MADE, '0755')
  await put('/opt/postgresql-backups/configs/backup-onquota.conf', HAND_MADE_CONFIG, '0600')
  await put(OLD, HAND_MADE.replace('backup-onquota.conf', 'old.conf'), '0755')
  await put('/opt/postgresql-backups/configs/old.conf', HAND_MADE_CONFIG, '0600')
  await crontab('app', APP_LINE + APP_REST)
  await put('/etc/cron.d/old-backup', CRON_D_LINE + CRON_D_REST)
  await put('/etc/cron.daily/dump', '#!/bin/sh\npg_dump onquota_db > /srv/daily.sql\n', '0755')
  await put('/etc/systemd/system/dump.timer', '[Timer]\nOnCalendar=03:00\n')
  await put(
    '/etc/systemd/system/dump.service',
    `[Service]\nUser=postgres\nExecStart=/usr/bin/pg_dump -f /srv/timer.sql onquota_db\n`,
  )
  await mustExecIn(lab, 'vps', 'ln -s /etc/systemd/system/dump.timer /etc/systemd/system/timers.target.wants/')
})

afterAll(() => renewHosts(lab, 'vps'))

const KEPT_ASIDE = [
  `crontab of app: line 1 → taken over`,
  'crontab of root: line 3 → taken over',
  '/etc/cron.d/old-backup: line 1 → taken over',
  '/etc/cron.daily/dump: the script → taken over',
  'timer dump.timer: enabled → taken over',
]
const changesOf = (report: Awaited<ReturnType<typeof runVerb>>) =>
  stepsOf(report)['onquota/other-schedules']?.changes.map((change) => showChange(change, 200))

describe('a server that was set up by hand', () => {
  test('each other start of the backup is shown, and nothing of the neighbour', async () => {
    const check = await runVerb('provision', { ...onquota, check: true })
    expect(changesOf(check)).toEqual(KEPT_ASIDE)
    expect([check.exitCode, check.hosts[0]?.roundTrips]).toEqual([2, 1])
    expect(JSON.stringify(check)).not.toContain('hunter2')
  })

  test('is taken over: the lines go, all else stays byte for byte, and each file as it was is kept', async () => {
    const neighbour = await neighbourFingerprint(lab)
    const before = await files(`${SPOOL}/root`, `${SPOOL}/app`, '/etc/cron.d/old-backup', '/etc/cron.daily/dump')
    const report = await runVerb('provision', onquota)
    expect(failures(report)).toEqual([])
    expect([report.exitCode, changesOf(report)]).toEqual([0, KEPT_ASIDE])
    const without = (path: string, line: string) => ({ [path]: before[path]!.replace(line, '') })
    expect(await files(...Object.keys(before))).toEqual({
      ...without(`${SPOOL}/root`, LINE),
      ...without(`${SPOOL}/app`, APP_LINE),
      ...without('/etc/cron.d/old-backup', CRON_D_LINE),
      '/etc/cron.daily/dump': null,
    })
    // crontab(1) shows a carriage return as two characters.
    expect(await mustExecIn(lab, 'vps', 'crontab -l')).toBe(rest.join('').replace('\r', String.raw`\r`))
    const kept = (await mustExecIn(lab, 'vps', 'cd /var/backups/bitacora && ls -d "$PWD"/*')).trim().split('\n')
    const ends = [
      'var_spool_cron_crontabs_root',
      'var_spool_cron_crontabs_app',
      'etc_cron.d_old-backup',
      'etc_cron.daily_dump',
    ].map((name) => kept.filter((path) => path.includes(`/${name}.2`)) as [string])
    expect(ends.map((some) => some.length)).toEqual([1, 1, 1, 1])
    expect(Object.values(await files(...ends.flat()))).toEqual(Object.values(before))
    const timers = await mustExecIn(lab, 'vps', 'ls /etc/systemd/system/*.timer /etc/systemd/system/timers.target.wants')
    expect(timers).toContain('/etc/systemd/system/dump.timer\n')
    expect(timers).toContain('logrotate.timer')
    expect(timers.match(/dump\.timer/g)).toHaveLength(1)
    // Its line in root's crontab was compared above.
    const { crontab: _before, ...same } = neighbour.record
    expect((await neighbourFingerprint(lab)).record).toMatchObject(same)
  })

  test('a second run finds nothing, in one exec, and verify agrees', async () => {
    const again = await runVerb('provision', onquota)
    expect([again.exitCode, notOk(again), again.hosts[0]?.roundTrips]).toEqual([0, [], 1])
    expect(notOk(await runVerb('verify', onquota))).toEqual([])
  })
})

describe('what is not certain', () => {
  const crontabOfApp = `# reports\n0 6 * * * psql onquota_db -c 'SELECT 1'\n30 6 * * * docker exec db pg_dump onquota_db\n`
  const reported = [
    'crontab of app: line 2 names onquota_db → no second backup of onquota_db',
    'crontab of app: line 3 names onquota_db → no second backup of onquota_db',
  ]

  test('is reported, left as it is, and holds nothing else back', async () => {
    await crontab('app', crontabOfApp)
    await mustExecIn(lab, 'vps', 'chmod 0600 /etc/cron.d/bitacora-onquota')
    const before = await files(`${SPOOL}/app`)
    const report = await runVerb('provision', onquota)
    expect([report.exitCode, changesOf(report)]).toEqual([1, reported])
    expect(notOk(report).filter((line) => line.includes('cron changed'))).toHaveLength(1)
    expect(await files(`${SPOOL}/app`)).toEqual(before)
    expect((await runVerb('verify', onquota)).exitCode).toBe(2)
  })

  test('a person settles it by a comment', async () => {
    await crontab('app', crontabOfApp.replaceAll(/^(?=\d)/gm, '# bitacora: not a backup\n'))
    expect(notOk(await runVerb('verify', onquota))).toEqual([])
  })
})

test('cron knows at once: the line that was taken over does not run again', async () => {
  const runs = async (name: string) => Number((await execIn(lab, 'vps', `wc -l < /run/${name} || echo 0`)).stdout)
  const until = async (name: string, count: number) => {
    for (let seconds = 0; (await runs(name)) < count; seconds++) {
      expect(seconds).toBeLessThan(150)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
  const tick = '* * * * * date >> /run/ticks\n'
  await crontab('root', `${rest[0]}* * * * * echo >> /run/second; test -e /nonexistent && ${SCRIPT}\n${tick}`)
  await until('second', 1)
  const report = await runVerb('provision', { ...onquota, wait: 60 })
  expect(changesOf(report)).toEqual(['crontab of root: line 3 → taken over'])
  const [seconds, ticks] = [await runs('second'), await runs('ticks')]
  await until('ticks', ticks + 1)
  expect(await runs('second')).toBe(seconds)
  expect(await mustExecIn(lab, 'vps', 'crontab -l')).toBe(`${rest[0]}${tick}`)
})

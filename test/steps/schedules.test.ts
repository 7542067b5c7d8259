import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { schedulesFact } from '../../lib/steps/schedules.ts'
import type { Schedule } from '../../lib/steps/schedules.ts'
import { step } from '../../lib/engine/step.ts'
import { SCRIPT } from './schedule-support.ts'
import { asked, context } from './support.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitacora-schedules-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
  chmodSync(join(root, path), mode)
}

function link(target: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(target, join(root, path))
}

async function found(): Promise<Schedule[]> {
  const schedules = schedulesFact([context()])
  const one = step({ project: 'onquota', name: 'x', needs: [], facts: { schedules }, plan: () => [] })
  const { schedules: answer } = await asked(one, (text) => text.replace("'' onquota_db", `${root} onquota_db`))
  expect(answer).toHaveProperty('value')
  return (answer as { value: Schedule[] }).value
}

const places = (all: readonly Schedule[]) => all.map(({ path, line, user }) => `${path} ${line} ${user}`)

test('a host without any of it', async () => {
  expect(await found()).toEqual([])
})

test('lines of every kind of crontab that name the database, a script of ours, or a script that does', async () => {
  put('/root/dump.sh', 'pg_dump onquota_db\n')
  put('/var/spool/cron/crontabs/root', `# nightly\nMAILTO=x\n\n0 3 * * * ${SCRIPT} >> /var/log/x 2>&1\n0 4 * * * /usr/bin/true\n`)
  put('/var/spool/cron/crontabs/nobody', '@daily pg_dump onquota_db > ~/x.sql')
  put('/var/spool/cron/crontabs/no-such-user', '@daily pg_dump onquota_db')
  put('/etc/crontab', '17 * * * * root cd / && run-parts --report /etc/cron.hourly\n0 3 * * * postgres /root/dump.sh\n')
  put('/etc/anacrontab', '1 5 dump nice /root/dump.sh\n')
  put('/etc/debian_version', '12\n')
  put('/etc/cron.d/mine', 'SHELL=/bin/sh\n0 3 * * * root cd /root && ./dump.sh\n')
  put('/etc/cron.d/not.taken', '0 3 * * * root /root/dump.sh\n')
  put('/etc/cron.d/bitacora-onquota', `0 3 * * * root ${SCRIPT}\n`)
  put('/etc/cron.daily/mine', '#!/bin/sh\n/root/dump.sh\n', 0o755)
  put('/etc/cron.daily/off', '#!/bin/sh\n/root/dump.sh\n')
  const all = await found()
  expect(places(all)).toEqual([
    '/var/spool/cron/crontabs/nobody 1 nobody',
    '/var/spool/cron/crontabs/root 4 root',
    '/etc/crontab 2 postgres',
    '/etc/anacrontab 1 root',
    '/etc/cron.d/mine 2 root',
    '/etc/cron.daily/mine 0 root',
  ])
  const [user, own, system, , relative] = all
  expect(Buffer.from(user!.raw, 'hex').toString()).toBe('@daily pg_dump onquota_db > ~/x.sql')
  expect(Buffer.from(own!.raw, 'hex').toString()).toBe(`0 3 * * * ${SCRIPT} >> /var/log/x 2>&1\n`)
  expect(own).toMatchObject({ kind: 'crontab', text: `${SCRIPT} >> /var/log/x 2>&1`, above: '', environment: 'MAILTO=x\n' })
  expect(system!.files).toMatchObject([{ word: '/root/dump.sh', path: '/root/dump.sh', text: 'pg_dump onquota_db\n' }])
  expect(relative!.files).toMatchObject([{ word: './dump.sh', path: '/root/dump.sh' }])
})

test("a script's settings: beside it, in configs/, or named in it; what none of them names is not printed", async () => {
  put('/opt/b/backup-a.sh', 'pg_dump "$DB"\n')
  put('/opt/b/configs/backup-a.conf', 'DB=onquota_db\n')
  put('/opt/b/named.sh', 'source /etc/named.conf\n')
  put('/etc/named.conf', 'DB=onquota_db\n')
  put('/opt/b/beside.sh', '. "$(dirname "$0")/beside-it"\n')
  put('/opt/b/beside-it', 'DB=onquota_db\n')
  put('/opt/b/neighbour.sh', 'source "$1"\n')
  put('/opt/b/configs/neighbour.conf', 'DB=copilot_dev\nPASSWORD=secret\n')
  put(
    '/var/spool/cron/crontabs/root',
    ['backup-a', 'named', 'beside', 'neighbour'].map((name) => `0 3 * * * /opt/b/${name}.sh`).join('\n'),
  )
  const all = await found()
  expect(all.map(({ line, settings }) => [line, settings.map(({ path }) => path)])).toEqual([
    [1, ['/opt/b/configs/backup-a.conf']],
    [2, ['/etc/named.conf']],
    [3, ['/opt/b/beside-it']],
  ])
})

test('enabled timers with what their service starts, also of a user and of a template', async () => {
  const etc = '/etc/systemd/system'
  put(`${etc}/dump.timer`, '[Timer]\nOnCalendar=daily\nUnit=nightly.service\n[Install]\nWantedBy=timers.target\n')
  put(`${etc}/nightly.service`, '[Service]\nExecStart=/root/dump.sh\n')
  put('/root/dump.sh', 'pg_dump onquota_db\n')
  link(`${etc}/dump.timer`, `${etc}/timers.target.wants/dump.timer`)
  put(`${etc}/off.timer`, '[Timer]\nOnCalendar=daily\n')
  put(`${etc}/off.service`, '[Service]\nExecStart=/root/dump.sh\n')
  put(`${etc}/started.timer`, '[Timer]\nOnCalendar=daily\n')
  put(`${etc}/started.service`, '[Service]\nExecStart=/root/dump.sh\n')
  link('0123', '/run/systemd/units/invocation:started.timer')
  put('/lib/systemd/system/dump@.timer', '[Timer]\nOnCalendar=daily\n')
  put('/lib/systemd/system/dump@.service', '[Service]\nExecStart=pg_dump %i\n')
  link('/lib/systemd/system/dump@.timer', `${etc}/timers.target.wants/dump@onquota_db.timer`)
  put('/root/.config/systemd/user/mine.timer', '[Timer]\nOnCalendar=daily\n')
  put('/root/.config/systemd/user/mine.service', '[Service]\nExecStart=pg_dump onquota_db\n')
  link('../mine.timer', '/root/.config/systemd/user/timers.target.wants/mine.timer')
  const all = await found()
  expect(all.map(({ kind, path, links }) => [kind, path, links?.length])).toEqual([
    ['timer', `${etc}/dump.timer`, 1],
    ['timer', `${etc}/dump@onquota_db.timer`, 1],
    ['timer', `${etc}/started.timer`, 0],
    ['user timer', '/root/.config/systemd/user/mine.timer', 1],
  ])
  expect(all[1]!.text).toContain('ExecStart=pg_dump onquota_db')
})

test('a script of ours by another name is known, and its text is not printed', async () => {
  put(SCRIPT, '#!/bin/bash\n# Managed by bitacora\npg_dump x\n', 0o700)
  mkdirSync(join(root, 'root'))
  linkSync(join(root, SCRIPT), join(root, 'root/nightly.sh'))
  put('/var/spool/cron/crontabs/root', '0 3 * * * /root/nightly.sh\n')
  expect((await found())[0]!.files).toEqual([
    { word: '/root/nightly.sh', path: '/root/nightly.sh', same: SCRIPT, text: null, why: 'managed' },
  ])
})

test('nothing that a user puts there holds the reading, leads it elsewhere or is run', async () => {
  mkdirSync(join(root, 'home'), { recursive: true })
  execFileSync('mkfifo', [join(root, 'home/fifo')])
  symlinkSync('/dev/zero', join(root, 'home/device'))
  put('/home/huge', 'onquota_db\n'.repeat(100_000))
  put('/home/binary', 'onquota_db\0')
  put('/home/loop.sh', '. . . $(dirname '.repeat(2000))
  const payload = `$(touch ${join(root, 'canary')}) \`touch ${join(root, 'canary')}\` \u001B[2J`
  put(
    '/var/spool/cron/crontabs/nobody',
    ['fifo', 'device', 'huge', 'binary', 'missing', 'loop.sh']
      .map((name) => `0 3 * * * /home/${name} onquota_db ${payload}\n`)
      .join('') + `0 3 * * * onquota_db ${'>'.repeat(50_000)}\n`,
  )
  const all = await found()
  expect(all.map(({ files }) => files[0]?.why)).toEqual([
    'not a regular file',
    'not a regular file',
    'too large',
    'not text',
    'missing',
    null,
    undefined,
  ])
  expect(() => execFileSync('test', ['-e', join(root, 'canary')])).toThrow()
  // A crontab of a thousand such lines costs no more than some.
  put('/var/spool/cron/crontabs/nobody', `0 3 * * * /home/loop.sh onquota_db\n`.repeat(1000))
  expect((await found()).length).toBe(20)
})

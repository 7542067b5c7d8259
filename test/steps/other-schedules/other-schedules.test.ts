import { expect, test } from 'vitest'
import { otherSchedulesStep } from '../../../lib/steps/other-schedules/other-schedules.ts'
import { schedulesFact } from '../../../lib/steps/backup/schedules.ts'
import type { Schedule } from '../../../lib/steps/backup/schedules.ts'
import { SCRIPT, schedule } from './support.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const one = context()
const step = otherSchedulesStep(one, schedulesFact([one]))

/** The plan for jobs as the fact's schema takes them: in hexadecimal. */
function planned(...schedules: Schedule[]) {
  const hex = (value: unknown): unknown =>
    typeof value === 'string' || typeof value === 'number'
      ? Buffer.from(String(value)).toString('hex')
      : Array.isArray(value)
        ? value.map(hex)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === 'raw' ? each : hex(each)]))
          : value
  return plan(step, { schedules: hex(schedules), databases: ['postgres', 'onquota_db', 'copilot_dev'] })
}

test('nothing else', () => {
  expect(rows(planned())).toEqual([])
  expect(rows(planned(schedule('pg_dump copilot_dev > /srv/x.sql')))).toEqual([])
})

test("the hand-made server's line in root's crontab", () => {
  const result = planned(schedule(`${SCRIPT} >> /var/log/x 2>&1`))
  expect(rows(result)).toEqual([['crontab of root:', 'line 3', 'taken over', 'run']])
  expect(help(result)).toBe(
    `it starts ${SCRIPT}; /etc/cron.d/bitacora-onquota does that. What was there is kept in /var/backups/bitacora`,
  )
})

test.each([
  ['two lines', [schedule(SCRIPT), schedule(SCRIPT, { line: 7 })], ['crontab of root:', 'lines 3, 7', 'taken over', 'run']],
  [
    'a file in cron.d',
    [schedule(SCRIPT, { kind: 'system crontab', path: '/etc/cron.d/mine' })],
    ['/etc/cron.d/mine:', 'line 3', 'taken over', 'run'],
  ],
  [
    'a script',
    [schedule(SCRIPT, { kind: 'script', path: '/etc/cron.daily/mine', line: 0 })],
    ['/etc/cron.daily/mine:', 'the script', 'taken over', 'run'],
  ],
  [
    'a timer',
    [schedule(`ExecStart=${SCRIPT}`, { kind: 'timer', path: '/etc/systemd/system/mine.timer', line: 0, links: ['/x'] })],
    ['timer mine.timer:', 'enabled', 'taken over', 'run'],
  ],
  [
    "a user's timer, whose name moves the cursor",
    [
      schedule('ExecStart=pg_dump onquota_db', {
        kind: 'user timer',
        path: '/home/app/.config/systemd/user/m\u001B[2J.timer',
        user: 'app',
        line: 0,
        links: ['/x'],
      }),
    ],
    ['timer m?[2J.timer of app:', 'enabled', 'taken over', 'run'],
  ],
] as [string, Schedule[], string[]][])('%s', (_what, schedules, row) => {
  expect(rows(planned(...schedules))).toEqual([row])
})

test('what is not certain is for a person, with the ways out, and holds nothing back', () => {
  const result = planned(schedule('barman backup onquota_db; PGPASSWORD=hunter2 x', { user: 'app', line: 2 }))
  expect(rows(result)).toEqual([['crontab of app:', 'line 2 names onquota_db', 'no second backup of onquota_db', 'person']])
  expect(help(result)).toContain('write above the line: # bitacora: not a backup')
  expect(JSON.stringify(result.changes)).not.toContain('hunter2')
})

test('a file that another inventory may have put there is never taken over', () => {
  const path = '/etc/cron.d/bitacora-old'
  expect(rows(planned(schedule(SCRIPT, { kind: 'system crontab', path })))).toEqual([
    [`${path}:`, `line 3 starts ${SCRIPT}`, 'no second backup of onquota_db', 'person'],
  ])
})

test('the text of a line reaches the host in hexadecimal alone', () => {
  const line = `${SCRIPT} > '$(touch /canary)'`
  const { text } = scripts(planned(schedule(line)))
  expect(text).not.toContain('canary')
  expect(text).toContain(Buffer.from(`0 3 * * * ${line}\n`).toString('hex'))
})

test('what cannot be read fails', () => expectUnreadable(step))

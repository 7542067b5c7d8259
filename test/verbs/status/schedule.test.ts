import { expect, test } from 'vitest'
import { judge } from '../../../lib/verbs/status/evaluate.ts'
import type { Found } from '../../../lib/verbs/status/facts.ts'
import { fillTemplate } from '../../../lib/text/template.ts'
import { places } from '../../../lib/steps/backup/places.ts'
import { file } from '../../steps/common/support.ts'
import { NOW, project, told, wellFound } from './support.ts'

const { script, restore, cronLog: log, cron } = places('onquota')
const { schedule, drill } = project.project.backup!
const { text } = fillTemplate('cron', { schedule, drill, script, restore, log })
const well: Partial<Found> = { cronFile: { value: file(text) }, cronDaemon: { value: true } }
const nextRun = (found: Partial<Found>) => judge(project, { ...wellFound(), ...found }, NOW).backup?.nextRun

test('the declared line, and a daemon that reads it', () => {
  expect(told(well)).toEqual([])
  expect(nextRun(well)).toBe('2026-11-25T02:00:00.000Z')
})

test.each<[string, Partial<Found>, string]>([
  [
    'no file',
    { cronFile: { value: null } },
    `schedule: the schedule is not the declared one: file ${cron} is missing → root, 0644 → provision onquota`,
  ],
  [
    'writable by others, so that cron ignores it',
    { cronFile: { value: file(text, { mode: '0666' }) } },
    `schedule: the schedule is not the declared one: file ${cron} mode 0666 → 0644 → provision onquota`,
  ],
  [
    'another hour',
    { cronFile: { value: file(text.replace(/^0 3 /m, '0 4 ')) } },
    'schedule: the schedule is not the declared one: file',
  ],
  ['no daemon', { cronDaemon: { value: false } }, 'schedule: no backup runs by itself: cron daemon not running → verify onquota'],
  ['unreadable', { cronFile: { error: 'no' } }, 'unseen schedule: the schedule could not be looked at: no → verify onquota'],
])('%s: told, and no next run is promised', (_what, found, line) => {
  expect(told({ ...well, ...found })).toEqual([expect.stringContaining(line)])
  expect(nextRun({ ...well, ...found })).toBeNull()
})

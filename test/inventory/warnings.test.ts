import { expect, test } from 'vitest'
import { check, good, project, set } from './support.ts'

function warnings(a: string, b: string, changes: Record<string, unknown> = {}): string[] {
  const data = good()
  data.projects.facturas = project('facturas')
  set(set(data, 'projects.onquota.backup.schedule', a), 'projects.facturas.backup.schedule', b)
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  return check(data).warnings
}

const said = (place: string, a: string, b: string) => [
  `the backups of onquota and facturas ${place} start at ${a} and ${b}, within 15 minutes of each other: give projects.facturas.backup.schedule another time`,
]

test.each([
  ['0 3 * * *', '0 3 * * *', '03:00', '03:00'],
  ['0 3 * * *', '15 3 * * *', '03:00', '03:15'],
  ['0 3 * * *', '45 2 * * *', '03:00', '02:45'],
  ['55 23 * * *', '5 0 * * *', '23:55', '00:05'],
  ['5 0 * * *', '55 23 * * *', '00:05', '23:55'],
  ['55 23 * * 6', '5 0 * * sun', '23:55', '00:05'],
  ['0 3 29 2 *', '0 3 * * 1', '03:00', '03:00'],
  ['*/20 * * * *', '10 5 1 * *', '05:00', '05:10'],
  ['0 3 31 12 *', '0 3 * * 0', '03:00', '03:00'],
])('%s and %s are close', (a, b, at, bt) => {
  expect(warnings(a, b)).toEqual(said('on vps', at, bt))
})

test.each([
  ['0 3 * * *', '16 3 * * *'],
  ['0 3 * * 1', '0 3 * * 2'],
  ['0 3 1 * *', '0 3 2 * *'],
  ['55 23 * * 6', '5 0 * * 6'],
  ['0 3 * jan *', '0 3 * feb *'],
])('%s and %s are not', (a, b) => {
  expect(warnings(a, b)).toEqual([])
})

test('a box that is the second of one and the first of the other is shared as well', () => {
  const two = { ...good().boxes.box, user: 'u2' }
  const apart = { 'boxes.two': two, 'projects.facturas.host': 'web', 'projects.facturas.backup.box': 'two' }
  expect(warnings('0 3 * * *', '0 3 * * *', apart)).toEqual([])
  const both = { ...apart, 'projects.onquota.backup.box': undefined, 'projects.onquota.backup.boxes': ['box', 'two'] }
  expect(warnings('0 3 * * *', '0 3 * * *', both)).toEqual(said('to two', '03:00', '03:00'))
})

test('one box is shared from two hosts; two boxes and two hosts share nothing', () => {
  expect(warnings('0 3 * * *', '0 3 * * *', { 'projects.facturas.host': 'web' })).toEqual(said('to box', '03:00', '03:00'))
  const other = { ...good().boxes.box, address: 'box2.example' }
  expect(
    warnings('0 3 * * *', '0 3 * * *', {
      'projects.facturas.host': 'web',
      'boxes.two': other,
      'projects.facturas.backup.box': 'two',
    }),
  ).toEqual([])
})

/** `count` projects more than onquota, each with this schedule and these changes. */
function many(count: number, schedule: (index: number) => string, changes: (index: number) => object = () => ({})): string[] {
  const data = good()
  delete data.projects.onquota
  for (let index = 0; index < count; index++) {
    const more = project(`p${index}`)
    data.projects[`p${index}`] = { ...more, backup: { ...more.backup, schedule: schedule(index) }, ...changes(index) }
  }
  return check(data).warnings
}

const APART = 'give their backup.schedule times further apart'

test('500 projects with one schedule are one warning', () => {
  expect(many(500, () => '0 3 * * *')).toEqual([
    `500 backups on vps start within 15 minutes of another one, at 03:00: p0, p1, p2, p3, p4 and 495 more; ${APART}`,
  ])
})

test('each host, and each part of the day, has its own; the box tells of what no host has told', () => {
  const schedule = (index: number) => (index < 6 ? '0 3 * * *' : `${index} 14 * * *`)
  expect(many(9, schedule, (index) => ({ host: index % 2 === 0 ? 'vps' : 'web' }))).toEqual([
    `3 backups on vps start within 15 minutes of another one, at 03:00: p0, p2 and p4; ${APART}`,
    `the backups of p6 and p8 on vps start at 14:06 and 14:08, within 15 minutes of each other: give projects.p8.backup.schedule another time`,
    `3 backups on web start within 15 minutes of another one, at 03:00: p1, p3 and p5; ${APART}`,
    `6 backups to box start within 15 minutes of another one, at 03:00: p0, p1, p2, p3, p4 and 1 more; ${APART}`,
    `3 backups to box start within 15 minutes of another one, between 14:06 and 14:08: p6, p7 and p8; ${APART}`,
  ])
})

test('those that are never on the same day are not of one group', () => {
  expect(many(4, (index) => `0 3 * * ${index}`)).toEqual([])
  expect(many(4, (index) => `0 3 * * ${index % 2}`)).toHaveLength(2)
  expect(many(3, (index) => `${[50, 5, 20][index]} ${[23, 0, 0][index]} * * *`)).toEqual([
    `3 backups on vps start within 15 minutes of another one, between 00:05 and 23:50: p0, p1 and p2; ${APART}`,
  ])
})

test('a host under two names is one', () => {
  expect(warnings('0 3 * * *', '0 3 * * *', { 'hosts.web.address': '::ffff:10.0.0.1', 'projects.facturas.host': 'web' })).toEqual(
    said('on vps', '03:00', '03:00'),
  )
})

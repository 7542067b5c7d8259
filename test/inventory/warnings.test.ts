import { expect, test } from 'vitest'
import { check, good, project, set } from './support.ts'

function warnings(a: string, b: string, changes: Record<string, unknown> = {}): string[] {
  const data = good()
  data.projects.facturas = project('facturas')
  set(set(data, 'projects.onquota.backup.schedule', a), 'projects.facturas.backup.schedule', b)
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  return check(data).warnings
}

const said = (place: string) => [
  `the backups of onquota and facturas ${place} start within 15 minutes of each other: give projects.facturas.backup.schedule another time`,
]

test.each([
  ['0 3 * * *', '0 3 * * *'],
  ['0 3 * * *', '15 3 * * *'],
  ['0 3 * * *', '45 2 * * *'],
  ['55 23 * * *', '5 0 * * *'],
  ['5 0 * * *', '55 23 * * *'],
  ['0 3 29 2 *', '0 3 * * 1'],
  ['*/20 * * * *', '10 5 1 * *'],
  ['0 3 31 12 *', '0 3 * * 0'],
])('%s and %s are close', (a, b) => {
  expect(warnings(a, b)).toEqual(said('on vps'))
})

test.each([
  ['0 3 * * *', '16 3 * * *'],
  ['0,10 3 * * *', '0 5 * * *'],
  ['0 3 * * 1', '0 3 * * 2'],
  ['0 3 1 * *', '0 3 2 * *'],
  ['0 3 * jan *', '0 3 * feb *'],
])('%s and %s are not', (a, b) => {
  expect(warnings(a, b)).toEqual([])
})

test('a box that is the second of one and the first of the other is shared as well', () => {
  const two = { ...good().boxes.box, user: 'u2' }
  const apart = { 'boxes.two': two, 'projects.facturas.host': 'web', 'projects.facturas.backup.box': 'two' }
  expect(warnings('0 3 * * *', '0 3 * * *', apart)).toEqual([])
  const both = { ...apart, 'projects.onquota.backup.box': undefined, 'projects.onquota.backup.boxes': ['box', 'two'] }
  expect(warnings('0 3 * * *', '0 3 * * *', both)).toEqual(said('to two'))
})

test('one box is shared from two hosts; two boxes and two hosts share nothing', () => {
  expect(warnings('0 3 * * *', '0 3 * * *', { 'projects.facturas.host': 'web' })).toEqual(said('to box'))
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
    `500 backups on vps start within 15 minutes of another one: p0, p1, p2, p3, p4 and 495 more; ${APART}`,
  ])
})

test('each host has its own; the box tells of what no host has told', () => {
  const schedule = (index: number) => (index < 6 ? '0 3 * * *' : `${index * 20 - 120} 14 * * *`)
  expect(many(9, schedule, (index) => ({ host: index % 2 === 0 ? 'vps' : 'web' }))).toEqual([
    `3 backups on vps start within 15 minutes of another one: p0, p2 and p4; ${APART}`,
    `3 backups on web start within 15 minutes of another one: p1, p3 and p5; ${APART}`,
    `6 backups to box start within 15 minutes of another one: p0, p1, p2, p3, p4 and 1 more; ${APART}`,
  ])
})

test('those that are never on the same day are not close', () => {
  expect(many(4, (index) => `0 3 * * ${index}`)).toEqual([])
  expect(many(4, (index) => `0 3 * * ${index % 2}`)).toHaveLength(1)
  expect(many(3, (index) => `${[50, 5, 20][index]} ${[23, 0, 0][index]} * * *`)).toEqual([
    `3 backups on vps start within 15 minutes of another one: p0, p1 and p2; ${APART}`,
  ])
})

test('a host under two names is one', () => {
  expect(warnings('0 3 * * *', '0 3 * * *', { 'hosts.web.address': '::ffff:10.0.0.1', 'projects.facturas.host': 'web' })).toEqual(
    said('on vps'),
  )
})

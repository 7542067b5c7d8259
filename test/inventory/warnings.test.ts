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

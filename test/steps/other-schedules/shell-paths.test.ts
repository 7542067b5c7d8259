import { expect, test } from 'vitest'
import { fitsName, pathOf } from '../../../lib/steps/other-schedules/shell-paths.ts'
import { variablesOf } from '../../../lib/steps/other-schedules/shell-variables.ts'

const variables = variablesOf([
  ['D', '/srv'],
  ['F', '$D/a_$(date +%F).gz'],
  ['G', '${G:-/srv}'],
  ['TWO', 'a'],
  ['TWO', 'b'],
  ['LOOP', '${LOOPED}'],
  ['LOOPED', '$LOOP'],
  ['M', '/tmp/$(mktemp)'],
])

test.each([
  ['/srv//a/', '/srv/a'],
  ['$D/a', '/srv/a'],
  ['${D}/${X}', '/srv/${X}'],
  ['$F', '/srv/a_$(F: date +%F).gz'],
  ['/a_$(date +%F)', '/a_$(date +%F)'],
  ['$G/a', '${G:-/srv}/a'],
  ['a', undefined],
  ['~/a', undefined],
  ['$HOME/a', undefined],
  ['$1', undefined],
  ['/srv/*', undefined],
  ['/srv/{a,b}', undefined],
  ['/srv/../a', undefined],
  ['/srv/$TWO', undefined],
  ['/srv/$LOOP', undefined],
  ['$M', undefined],
  ['/a_$(date +%F; rm x)/$(y)', undefined],
  ['$D'.repeat(500), undefined],
])('the path of %j', (word, path) => {
  expect(pathOf(word, variables)).toBe(path)
})

test.each([
  ['a_*.gz', true],
  ['a*', true],
  ['*.gz', true],
  ['*', false],
  ['*.*', false],
  ['b*', false],
  ['[a]*', false],
  ['*a*_*.*gz*', false],
])('whether the name %j fits', (pattern, fits) => {
  expect(fitsName(pattern, pathOf('$F', variables)!, variables)).toBe(fits)
})

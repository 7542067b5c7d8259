import { expect, test } from 'vitest'
import { needsOf } from '../../../lib/verbs/restore/index.ts'

test.each([
  [{}, ['decrypt', 'drill']],
  [{ local: true }, ['decrypt', 'drill']],
  [{ into: 'onquota_db' }, ['decrypt']],
  [{ table: 'users' }, ['decrypt']],
  [{ dropOld: true }, []],
  [{ on: 'spare' }, ['setup', 'decrypt']],
])('a restore with %o needs secrets for %j', (options, purposes) => {
  expect(needsOf(options)).toEqual(purposes)
})

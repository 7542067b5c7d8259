import { expect, test } from 'vitest'
import { needsOf } from '../../../lib/verbs/restore/index.ts'

const FIELDS = [
  'database.password',
  'database.readers.password',
  'backup.encryption.identity',
  'backup.signingKey',
  'boxes.password',
]

test('only the secrets that a restore uses are looked up', () => {
  const needed = (options: Parameters<typeof needsOf>[0]) => FIELDS.filter(needsOf(options))
  expect(needed({})).toEqual(['database.password', 'backup.encryption.identity'])
  expect(needed({ local: true })).toEqual(['database.password', 'backup.encryption.identity'])
  expect(needed({ into: 'onquota_db' })).toEqual(['backup.encryption.identity'])
  expect(needed({ table: 'users' })).toEqual(['backup.encryption.identity'])
  expect(needed({ dropOld: true })).toEqual([])
  expect(needed({ on: 'spare' })).toEqual(FIELDS)
})

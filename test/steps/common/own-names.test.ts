import { expect, test } from 'vitest'
import { isLoader, isOfRestore } from '../../../lib/steps/common/own-names.ts'

const LONG = 'l'.repeat(50)
// The first eight digits of the name's sha256.
const SUM = '0f356c86'
const WIDE = 'Ä'.repeat(31)
const WIDE_SUM = '0cb91436'

test.each([
  ['loading_onquota_db_0123456789ab', 'onquota_db', true],
  [`loading_${'l'.repeat(36)}_0123456789ab`, LONG, true],
  ['loading_facturas_db_0123456789ab', 'onquota_db', false],
  ['loading__C3_84rger_0123456789ab', 'Ärger', true],
  ['loading_onquota_db_0123456789AB', 'onquota_db', false],
  ['loading_onquota_db_0123456789ab ', 'onquota_db', false],
])('%j is a login that loads %s: %j', (role, database, expected) => {
  expect(isLoader(role, database)).toBe(expected)
})

test.each([
  ['restoring_onquota_db_0123456789ab', 'onquota_db', true],
  ['onquota_db_before_20261128_030000', 'onquota_db', true],
  ['onquota_db_before', 'onquota_db', false],
  ['onquota_before_20261128_030000', 'onquota_db', false],
  [`${'l'.repeat(31)}_${SUM}_before_20261128_030000`, LONG, true],
  [`${'l'.repeat(31)}_01234567_before_20261128_030000`, LONG, false],
  [`${'Ä'.repeat(15)}_${WIDE_SUM}_before_20261128_030000`, WIDE, true],
  ['My Shop_before_20261128_030000', 'My Shop', true],
  ['restoring_My_20Shop_0123456789ab', 'My Shop', true],
  ['restoring_My Shop_0123456789ab', 'My Shop', false],
  [`${'l'.repeat(31)}_0123456x_before_20261128_030000`, LONG, false],
])('%j is a database that a restore of %s made: %j', (name, database, expected) => {
  expect(isOfRestore(name, database)).toBe(expected)
})

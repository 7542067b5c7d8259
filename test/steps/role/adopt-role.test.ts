import { expect, test } from 'vitest'
import { foreignRole } from '../../../lib/steps/role/adopt-role.ts'
import { RIGHT_ROLE } from './support.ts'

const claim = { name: 'app', project: 'onquota', database: 'onquota_db', adopt: false }
const unmarked = { ...RIGHT_ROLE, settings: null, ownsDatabase: false }
const elsewhere = { owns: ['crm'], uses: ['shop'], sessions: ['crm', 'postgres'] }
const member = { role: 'devs', grants: [], reaches: [] }

const signs = (found: object, more = {}) => foreignRole({ ...claim, ...more }, { ...unmarked, ...found })?.from

test.each([
  ['nobody uses it', {}, undefined],
  [
    'it serves other databases',
    { elsewhere },
    'owns database crm; has objects or privileges in shop; has sessions in crm, postgres',
  ],
  [
    'the owner of ours has looked at postgres',
    { ownsDatabase: true, elsewhere: { ...elsewhere, owns: [], uses: [], sessions: ['postgres'] } },
    undefined,
  ],
  [
    'its other databases are those of restores',
    { elsewhere: { owns: ['onquota_db_before_20261128_030000'], uses: ['restoring_onquota_db_0123456789ab'], sessions: [] } },
    undefined,
  ],
  [
    'people have it',
    { superuser: true, createrole: true, memberOf: [member], members: [{ ...member, through: [] }] },
    'is a superuser; may create roles; is a member of devs; has members devs',
  ],
  ['the owner of ours, whatever was granted since', { ownsDatabase: true, superuser: true, memberOf: [member] }, undefined],
])('%s', (_what, found, expected) => {
  expect(signs(found)).toBe(expected === undefined ? undefined : `not created by bitacora: ${expected}`)
})

test('the mark of this project, or the word of the inventory, makes it ours', () => {
  expect(signs({ elsewhere, settings: ['bitacora.project=onquota'] })).toBeUndefined()
  expect(signs({ elsewhere }, { adopt: true })).toBeUndefined()
  expect(signs({ elsewhere, settings: ['bitacora.project=other'] })).toBeDefined()
})

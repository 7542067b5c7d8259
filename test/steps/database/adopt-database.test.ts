import { expect, test } from 'vitest'
import { foreignDatabase, isOurs } from '../../../lib/steps/database/adopt-database.ts'
import { RIGHT_DATABASE as right } from './support.ts'

const claim = { name: 'legacy_db', project: 'onquota', owner: 'onquota_user', readers: ['reader'], otherRoles: [], adopt: false }
const users = [
  { role: 'legacy', objects: 3, privileges: 0, sessions: 2 },
  { role: 'crm', objects: 0, privileges: 1, sessions: 0 },
  { role: 'reader', objects: 0, privileges: 5, sessions: 1 },
  { role: 'loading_legacy_db_0123456789ab', objects: 1, privileges: 0, sessions: 1 },
]
const first = { owner: 'postgres', ownedByFirst: true, ownerSuperuser: true }

test.each([
  ['marked', {}, { owner: 'legacy', users }, true],
  ['marked by another project', {}, { owner: 'legacy', users, settings: ['bitacora.project=other'] }, false],
  ['adopted', { adopt: true }, { owner: 'legacy', users, settings: null }, true],
  ['of an earlier version', {}, { settings: null }, true],
  ["the first superuser's, and nobody's else", {}, { ...first, settings: null }, true],
  ["the first superuser's, with sessions of others", {}, { ...first, users, settings: null }, false],
  ["another superuser's", {}, { owner: 'admin', ownerSuperuser: true, settings: null }, false],
  ["somebody's, unused", {}, { owner: 'legacy', users: [], settings: null }, false],
  ['used by readers and a restore alone', {}, { users: users.slice(2), settings: null }, true],
])('%s', (_what, more, found, expected) => {
  expect(isOurs({ ...claim, ...more }, { ...right, ...found })).toBe(expected)
})

test('a change of owner is asked for, with who owns it and who uses it', () => {
  expect(foreignDatabase(claim, { ...right, owner: 'legacy', users, settings: null })).toEqual({
    what: 'database legacy_db owner',
    from: 'legacy; not created by bitacora; used by legacy (3 objects, 2 sessions), crm (1 privilege)',
    to: 'onquota_user',
    help: expect.stringContaining('"adopt": true in projects.onquota.database'),
    blocks: true,
  })
  expect(foreignDatabase(claim, { ...right, users, settings: null })).toBeUndefined()
})

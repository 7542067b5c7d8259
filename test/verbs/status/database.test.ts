import { describe, expect, test } from 'vitest'
import type { Found } from '../../../lib/verbs/status/facts.ts'
import { publicTables, told } from './support.ts'

describe('the database', () => {
  test.each<[string, Partial<Found>, string[]]>([
    [
      'a dropped table',
      { tables: publicTables('users') },
      ['tables: 1 table of the inventory is missing: clients → restore onquota --table clients'],
    ],
    [
      'all dropped',
      { tables: publicTables() },
      ['tables: 2 tables of the inventory are missing: users, clients → verify onquota'],
    ],
    [
      'tables that nobody knows',
      { tables: publicTables('users', 'clients', 'd', 'c', 'b', 'a') },
      ['tables: 4 tables not in the inventory: d, c, b and 1 more → verify onquota'],
    ],
    [
      'no database',
      { tables: { value: null }, bytes: { value: null }, current: { value: null } },
      ['database: the database onquota_db is not there → provision onquota --check'],
    ],
    [
      'migrations to run',
      { current: { value: ['021'] } },
      ['head: the database is at 021, the code at 022 → provision onquota --check'],
    ],
    [
      'no migration yet',
      { current: { value: null } },
      ['head: the database is at no revision, the code at 022 → provision onquota --check'],
    ],
    [
      'newer code',
      { code: { value: { user: 'root', revisions: [{ id: '023', down: [] }] } } },
      ['head: the code ends at 023, the inventory says 022 → provision onquota --check'],
    ],
    [
      'code that only Alembic could tell, which is not asked',
      { code: { value: { user: 'app', revisions: [], unchecked: 'x.py is not in the usual form' } } },
      [],
    ],
    [
      'the same, and a database that is behind',
      { code: { value: { user: 'app', revisions: [], unchecked: 'x.py' } }, current: { value: ['021'] } },
      ['head: the database is at 021, the inventory says 022; the code is not checked → provision onquota --check'],
    ],
    ['no code', { code: { value: null } }, ['head: there is no alembic.ini in /opt/onquota → provision onquota --check']],
    [
      'a server that is down',
      { tables: { error: 'no server' }, bytes: { error: 'no server' }, current: { error: 'no server' } },
      ['unseen database: onquota_db could not be looked at: no server → verify onquota'],
    ],
    [
      'code that cannot be read',
      { code: { error: 'exit 1' } },
      ['unseen head: the migrations in /opt/onquota could not be read: exit 1 → provision onquota --check'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(told(found)).toEqual(expected)
  })

  test('without migrations nothing is said of tables and head', () => {
    const found: Partial<Found> = { tables: publicTables('any'), code: undefined as never, current: undefined as never }
    expect(told(found, { 'projects.onquota.migrations': undefined })).toEqual([])
  })
})

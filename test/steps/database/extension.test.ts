import { expect, test } from 'vitest'
import { extensionStep } from '../../../lib/steps/database/extension.ts'
import { context, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = extensionStep(context({ 'projects.onquota.database.extensions': ['uuid-ossp', 'pg_trgm'] }))
const row = (name: string, how: string) => [`extension ${name}`, null, 'in onquota_db', how]

test.each([
  ['no database yet', null, [row('uuid-ossp', 'run'), row('pg_trgm', 'run')]],
  ['right, with others', { installed: ['plpgsql', 'uuid-ossp', 'pg_trgm'], offered: null }, []],
  ['none', { installed: ['plpgsql'], offered: ['uuid-ossp', 'pg_trgm'] }, [row('uuid-ossp', 'run'), row('pg_trgm', 'run')]],
  ['one missing', { installed: ['uuid-ossp'], offered: ['pg_trgm'] }, [row('pg_trgm', 'run')]],
  ['one not offered', { installed: ['uuid-ossp'], offered: [] }, [row('pg_trgm', 'blocks')]],
])('%s', (_what, state, changes) => {
  expect(rows(plan(step, { state }))).toEqual(changes)
})

test('it is made in the database, under its own name', () => {
  const found = plan(step, { state: { installed: [], offered: ['uuid-ossp', 'pg_trgm'] } })
  expect(scripts(found).text).toMatch(/-d onquota_db .*\nCREATE EXTENSION IF NOT EXISTS "uuid-ossp"\n;/)
  expect(help(found)).toContain('postgresql-contrib')
})

test('a project without extensions has nothing to do', () => {
  expect(rows(plan(extensionStep(context({ 'projects.onquota.database.extensions': [] })), { state: null }))).toEqual([])
})

test('unreadable', () => expectUnreadable(step))

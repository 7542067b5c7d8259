import { expect, test } from 'vitest'
import { planUndeclared } from '../../../lib/steps/database/undeclared.ts'
import { Script } from '../../../lib/text/sh.ts'
import { sql } from '../../../lib/text/sql.ts'

const place = {
  what: 'database app_db',
  alter: sql`ALTER DATABASE "app_db"`,
  field: 'projects.app.database.settings',
  ours: true,
  apply: ({ text }: { text: string }) => new Script(text),
}
const by = (key: string, value: string, more = {}, declared: string[] = []) =>
  planUndeclared({ ...place, ...more }, new Map([[key, value]]), new Set(declared)).map(({ run }) =>
    run === undefined ? 'person' : 'run',
  )

test.each([
  ['default_transaction_read_only', 'on', ['run']],
  ['default_transaction_read_only', 'TRUE', ['run']],
  ['default_transaction_read_only', 'off', []],
  ['role', 'legacy', ['run']],
  ['session_replication_role', 'origin', []],
  ['session_replication_role', 'local', ['run']],
  ['row_security', 'of', ['person']],
  ['row_security', 'on', []],
  ['search_path', 'public', ['person']],
  ['session_preload_libraries', 'auto_explain', ['person']],
  ['local_preload_libraries', '""', ['run']],
  ['work_mem', '1GB', []],
])('%s = %s', (key, value, expected) => {
  expect(by(key, value)).toEqual(expected)
})

test('what is declared is meant; what is not ours is for a person', () => {
  expect(by('role', 'legacy', {}, ['role'])).toEqual([])
  expect(by('role', 'legacy', { ours: false })).toEqual(['person'])
})

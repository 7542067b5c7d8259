import { expect, test } from 'vitest'
import { planRoleSettings } from '../../../lib/steps/role/role-settings.ts'
import { Script } from '../../../lib/text/sh.ts'

function plan(declared: Record<string, string>, found: string[], here: string[]) {
  const apply = ({ text }: { text: string }) => new Script(text)
  const changes = planRoleSettings({
    name: 'app',
    database: 'app_db',
    declared,
    found,
    here,
    field: 'projects.app.database.settings',
    apply,
  })
  return changes.map(({ what, from, to, run, help }) => [what, from, to, run?.text ?? help])
}

test('a declared list is set as a list, and compared as one', () => {
  expect(plan({ search_path: 'app, public' }, ['search_path=app, public'], [])).toEqual([])
  expect(plan({ search_path: 'app, public' }, ['search_path="app, public"'], [])).toEqual([
    ['role app setting search_path', '"app, public"', 'app, public', `ALTER ROLE "app" SET "search_path" = 'app', 'public'`],
  ])
})

test('a setting of the role in the database overrides a declared one, so it goes', () => {
  expect(plan({ Work_Mem: '64MB' }, ['work_mem=64MB'], ['work_mem=1MB'])).toEqual([
    ['role app in app_db setting Work_Mem', '1MB', null, 'ALTER ROLE "app" IN DATABASE "app_db" RESET "Work_Mem"'],
  ])
  expect(plan({ work_mem: '64MB' }, ['work_mem=64MB'], ['work_mem=64MB'])).toEqual([])
})

test('undeclared ones are left alone, but for those that do harm', () => {
  expect(plan({}, ['work_mem=1GB', 'session_replication_role=replica'], ['statement_timeout=1ms', 'search_path=evil'])).toEqual([
    ['role app setting session_replication_role', 'replica', null, 'ALTER ROLE "app" RESET "session_replication_role"'],
    [
      'role app in app_db setting search_path',
      'evil',
      null,
      'names without a schema may mean other tables and functions; if the application relies on it, declare it in projects.app.database.settings; if not, run ALTER ROLE "app" IN DATABASE "app_db" RESET "search_path"',
    ],
  ])
})

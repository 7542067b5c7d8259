import { expect, test } from 'vitest'
import { isSameSetting, setClause, settingsOf } from '../../../lib/steps/server/settings.ts'

test.each([
  ['search_path', '"$user", public', `SET "search_path" = '$user', 'public'`],
  ['search_path', '', `SET "search_path" = ''`],
  ['DateStyle', 'ISO, MDY', `SET "DateStyle" = 'ISO, MDY'`],
  ['auto_explain.log_level', "it's", `SET "auto_explain"."log_level" = 'it''s'`],
])('%s = %s is written as PostgreSQL wants it', (key, value, text) => {
  expect(setClause(key, value).text).toBe(text)
})

test.each([
  ['search_path', '"$user", public', '"$user",public', true],
  ['search_path', 'app, "user"', 'App, user', true],
  ['search_path', '"app, public"', 'app, public', false],
  ['search_path', '""', '', true],
  ['search_path', null, '', false],
  ['session_preload_libraries', 'A', 'a', false],
  ['work_mem', '64MB', '64MB', true],
  ['statement_timeout', '30000ms', '30s', false],
])('%s stored as %j, declared as %j: the same is %j', (key, stored, declared, same) => {
  expect(isSameSetting(key, stored, declared)).toBe(same)
})

test('our own mark is no setting of theirs', () => {
  expect([...settingsOf(['DateStyle=ISO, MDY', 'bitacora.project=onquota', 'search_path=a=b'])]).toEqual([
    ['datestyle', 'ISO, MDY'],
    ['search_path', 'a=b'],
  ])
})

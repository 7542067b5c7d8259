import { expect, test } from 'vitest'
import { isListSetting, listElements, listProblem } from '../../lib/inventory/list-setting.ts'

test.each([
  ['search_path', 'app, public', ['app', 'public']],
  ['search_path', '"$user",public', ['$user', 'public']],
  ['search_path', '"a, ""b""" , C', ['a, "b"', 'c']],
  ['search_path', '', ['']],
  ['search_path', '""', ['']],
  ['session_preload_libraries', '$libdir/Auto Explain, x', ['$libdir/Auto Explain', 'x']],
  ['search_path', 'a b', null],
  ['search_path', 'a,', null],
  ['search_path', ',a', null],
  ['search_path', '"a', null],
  ['search_path', '"a"b', null],
  ['search_path', 'a"b"', null],
])('the elements of %s = %s', (key, text, elements) => {
  expect(listElements(key, text)).toEqual(elements)
})

test('which settings are lists, in any case', () => {
  expect(['Search_Path', 'temp_tablespaces', 'DateStyle', 'work_mem'].filter(isListSetting)).toEqual([
    'Search_Path',
    'temp_tablespaces',
  ])
})

test('what an inventory must not hold', () => {
  expect(listProblem('search_path', '"a')).toMatch(/^it needs a list/)
  expect(listProblem('local_preload_libraries', '')).toMatch(/empty name/)
  expect(listProblem('search_path', '')).toBeUndefined()
  expect(listProblem('work_mem', '"a')).toBeUndefined()
})

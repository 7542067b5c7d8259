import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PAGE, table, withTable } from './docs.ts'
import { FAULTS } from './table.ts'

test('the docs print the table as it is; `node test/faults/write-docs.ts` writes it anew', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page).toBe(withTable(page))
})

test('each fault has its row', () => {
  const rows = table().split('\n')
  for (const { fault } of FAULTS) expect(rows.filter((line) => line.startsWith(`| ${fault} |`))).toHaveLength(1)
})

test('a page without a place for it is refused', () => {
  expect(() => withTable('# Faults\n')).toThrow(/has no <!-- faults -->/)
})

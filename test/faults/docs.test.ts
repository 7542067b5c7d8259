import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PAGE, withTable } from './docs.ts'

test('the docs print the table as it is; `node test/faults/write-docs.ts` writes it again', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page).toBe(withTable(page))
})

test('a page without a place for it is refused', () => {
  expect(() => withTable('# Faults\n')).toThrow(/has no <!-- faults -->/)
})

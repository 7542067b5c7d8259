import { expect, test } from 'vitest'
import { sqlLines } from '../../lib/view/sql-files.ts'
import { hostReport, stepReport } from './support.ts'

const of = (text: string, cut = false) =>
  sqlLines([
    hostReport('vps', [
      stepReport('onquota/restore-table', { status: 'changed', sql: [{ file: '/b/x.sql', command: 'psql', text, cut }] }),
    ]),
  ])

test('SQL stands as it can be run, without an indentation', () => {
  expect(of("BEGIN;\nCOMMENT ON TABLE t IS 'a\n  b';\nCOMMIT;\n")).toEqual([
    'BEGIN;',
    "COMMENT ON TABLE t IS 'a",
    "  b';",
    'COMMIT;',
  ])
})

test('of what is long the first lines, and its file; what would move the cursor is gone', () => {
  const lines = of(`\u001b[31mBEGIN;\n${'SELECT 1;\n'.repeat(99)}`)
  expect([lines[0], lines.at(-1)]).toEqual(['BEGIN;', '-- … 70 more lines in /b/x.sql on vps'])
  expect(lines).toHaveLength(31)
  expect(of('BEGIN;\n', true).at(-1)).toBe('-- … many more lines in /b/x.sql on vps')
})

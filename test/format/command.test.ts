import { expect, test } from 'vitest'
import { asTyped } from '../../lib/format/command.ts'

test('words are quoted where they must be, and none can move the terminal', () => {
  expect(asTyped(['restore', 'onquota', '--table', 'my "t"', '--at', '2026-01-31T03:00'])).toBe(
    `npx zx tasks/restore.mjs onquota --table 'my "t"' --at 2026-01-31T03:00`,
  )
  expect(asTyped(['backup', "it's", 'a\u001B[31mb\nc'])).toBe(`npx zx tasks/backup.mjs 'it'\\''s' 'ab c'`)
})

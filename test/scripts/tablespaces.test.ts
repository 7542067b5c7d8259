import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { templateText } from '../../lib/text/template.ts'

test.each([
  ['fast', 'fast=pg_default'],
  ['"My disk"', 'My disk=pg_default'],
  ['"$(touch /tmp/x)"', '$(touch /tmp/x)=pg_default'],
  ['"a`id`""b\\"', 'a`id`"b\\=pg_default'],
])('where a tablespace is missing, the option that is told means its name in a shell: %s', (name, means) => {
  const run = (script: string, ...words: string[]) => execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
  const told = run(`${templateText('scripts/tablespaces.sh')}\nmoved_to_default "$1"`, name)
  expect(run(`printf %s ${told}`)).toBe(means)
})

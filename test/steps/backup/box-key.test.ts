import { expect, test } from 'vitest'
import { Secret } from '../../../lib/text/secret.ts'
import { boxKeyStep } from '../../../lib/steps/backup/box-key.ts'
import { SECRETS, expectMasked, expectUnreadable, file, plan, rows, scripts, written } from '../common/support.ts'

const PATH = '/opt/postgresql-backups/configs/box-key-onquota'
const KEY = SECRETS['BOX_KEY']!
const step = boxKeyStep('onquota', new Secret(KEY, 'boxes.box.key'))

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0600', 'run']]],
  ['right', file(KEY, { mode: '0600' }), []],
  [
    'another key, which is ours as well',
    file('another\n', { mode: '0600' }),
    [[`file ${PATH}`, 'another content', 'as the inventory says', 'run']],
  ],
  ['readable by others', file(KEY, { mode: '0644' }), [[`file ${PATH} mode`, '0644', '0600', 'run']]],
])('%s', (_what, found, changes) => {
  const result = plan(step, { found })
  expect(rows(result)).toEqual(changes)
  expectMasked(result)
})

test.each([KEY, KEY.trimEnd(), `${KEY}\n\n`])('ssh wants exactly one newline at its end: %#', (key) => {
  const result = plan(boxKeyStep('onquota', new Secret(key, 'x')), { found: null })
  expect(written(result)).toBe(KEY)
  expect(scripts(result).masked).not.toContain('bm90IGEga2V5')
})

test('unreadable', () => expectUnreadable(step))

import { expect, test } from 'vitest'
import { Secret } from '../../../lib/text/secret.ts'
import { signingKeyStep } from '../../../lib/steps/backup/signing-key.ts'
import { SECRETS, expectMasked, expectUnreadable, file, plan, rows, written } from '../common/support.ts'

const PATH = '/opt/postgresql-backups/configs/signing-key-onquota'
const KEY = SECRETS['SIGNING_KEY']!
const step = signingKeyStep('onquota', new Secret(KEY, 'projects.onquota.backup.signingKey'))

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0600', 'run']]],
  ['right', file(KEY, { mode: '0600' }), []],
  ['another key', file('another\n', { mode: '0600' }), [[`file ${PATH}`, 'another content', 'as the inventory says', 'run']]],
  ['readable by others', file(KEY, { mode: '0644' }), [[`file ${PATH} mode`, '0644', '0600', 'run']]],
])('%s', (_what, found, changes) => {
  const result = plan(step, { found })
  expect(rows(result)).toEqual(changes)
  expectMasked(result)
})

test.each([KEY, KEY.trimEnd(), `${KEY}\n\n`])('ssh-keygen wants exactly one newline at its end: %#', (key) => {
  expect(written(plan(signingKeyStep('onquota', new Secret(key, 'x')), { found: null }))).toBe(KEY)
})

test('unreadable', () => expectUnreadable(step))

import { expect, test } from 'vitest'
import { unsigned } from '../../../lib/steps/backup/unsigned.ts'
import { context } from '../common/support.ts'

const signed = { 'projects.onquota.backup.signingKey': { env: 'SIGNING_KEY' } }

test('a project whose backups nothing signs: what for, and how to make a key', () => {
  expect(unsigned([context()])).toEqual([
    expect.stringMatching(
      /^projects\.onquota\.backup has no signingKey, .* needs --trust-box\. .*ssh-keygen -q -t ed25519 -N '' -C onquota-backups -f FILE.*"signingKey": \{ "file": PATH \}$/,
    ),
  ])
})

test('nothing is said of one with a key, nor of one without backups', () => {
  expect(unsigned([context(signed), context({ 'projects.onquota.backup': undefined })])).toEqual([])
})

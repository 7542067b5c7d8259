import { expect, test } from 'vitest'
import { foreignOwner, selfFacts } from '../../../lib/steps/backup/folder-owner.ts'
import type { Self } from '../../../lib/steps/backup/folder-owner.ts'
import { asked } from '../common/support.ts'

const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const HOST = '0123456789abcdef0123456789abcdef'
const self: Self = {
  ledger: { made: new Map([[NAME, { finishedAt: '2026-11-24T03:01:00Z', bytes: 10, adopted: false }]]), proofs: [] },
  host: HOST,
  cluster: '7431234567890123456',
}
const marker = (changes: object = {}) =>
  JSON.stringify({
    project: 'onquota',
    database: 'onquota_db',
    host: HOST,
    hostname: 'vps',
    cluster: self.cluster,
    last: NAME,
    since: '2026-11-01T00:00:00Z',
    ...changes,
  })
const STAGING = { host: 'f'.repeat(32), hostname: 'staging', cluster: '1' }

test.each([
  ['no marker', null],
  ['its last upload is in the ledger', marker()],
  ['after pg_upgrade, and on another machine', marker({ cluster: '1', host: null })],
  ['nothing uploaded yet, from here', marker({ last: null })],
])('%s: this host’s', (_what, text) => {
  expect(foreignOwner(text, self)).toBeUndefined()
})

test.each([
  [
    'an upload that this host did not make',
    marker({ ...STAGING, last: NAME.replace('24_', '23_') }),
    'staging (project onquota, cluster 1)',
  ],
  ['a cloned server', marker({ last: NAME.replace('24_', '23_') }), 'vps (project onquota, cluster 7431234567890123456)'],
  ['nothing uploaded yet, from another machine', marker({ ...STAGING, last: null }), 'staging (project onquota, cluster 1)'],
  [
    'nothing uploaded yet, from another cluster here',
    marker({ last: null, cluster: null }),
    'vps (project onquota, cluster unknown)',
  ],
  ['damaged', '{', 'nobody that could be told: its OWNER.json is damaged'],
  ['of another form', marker({ hostname: 5 }), 'nobody that could be told: its OWNER.json is damaged'],
])('%s: another’s', (_what, text, owner) => {
  expect(foreignOwner(text, self)).toBe(owner)
})

test('without a ledger no upload is known to be this host’s', () => {
  expect(foreignOwner(marker(), { ...self, ledger: null })).toMatch(/^vps/)
})

test('a real shell tells its machine-id, or nothing', async () => {
  const { host } = selfFacts('onquota_db')
  const facts = { host }
  const { host: answer } = await asked({ project: null, name: 'x', needs: [], facts, plan: () => [] })
  expect((answer as { value: string | null }).value ?? '0').toMatch(/^[0-9a-f]+$/)
})

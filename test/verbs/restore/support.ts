import type { RestoreProof } from '../../../lib/verbs/restore/proof.ts'

/** A drill that went well. */
export const proof: RestoreProof = {
  name: 'backup_onquota_db_20261124_030000.sql.gz',
  ok: true,
  at: '2026-11-24T09:00:00Z',
  kind: 'drill',
  stage: 'done',
  host: 'vps',
  contents: 'equal',
  login: true,
  ageSeconds: 21_600,
  seconds: { fetch: 1.2, load: 8.5, total: 12.25 },
  databaseBytes: 10_000_000,
  liveDatabaseBytes: 20_000_000,
  expectedSeconds: 24.5,
  database: 'restoring_onquota_db_0123456789ab',
  kept: '',
  error: null,
}

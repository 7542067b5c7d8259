import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { manifestJsonSchema, manifestSchema } from '../../../lib/steps/backup/manifest.ts'

const HASH = 'a'.repeat(64)
const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const kinds = [
  'schemas',
  'tables',
  'sequences',
  'indexes',
  'constraints',
  'functions',
  'triggers',
  'views',
  'materializedViews',
  'types',
  'policies',
  'largeObjects',
]

/** What both versions hold. */
const common = {
  project: 'onquota',
  database: 'onquota_db',
  name: NAME,
  bytes: 1000,
  sha256: HASH,
  compression: 'gzip',
  encryption: null,
  globals: { name: `${NAME}.globals.sql`, sha256: HASH, roles: 1 },
  startedAt: '2026-11-24T03:00:00Z',
  finishedAt: '2026-11-24T03:00:09Z',
  scriptVersion: '2',
  serverVersion: '15.14',
  serverVersionNumber: 150_014,
  alembicHead: '022',
  extensions: { 'uuid-ossp': '1.1' },
  encoding: 'UTF8',
  collation: 'en_US.UTF-8',
  characterType: 'en_US.UTF-8',
  localeProvider: 'c',
  locale: null,
  owner: 'onquota_user',
  owners: { onquota_user: 36 },
  counts: Object.fromEntries(kinds.map((kind) => [kind, 1])),
}
const second = {
  ...common,
  manifestVersion: 2,
  databaseBytes: 9_000_000,
  tables: { 'public.users': 3 },
  sequences: { 'public.users_id_seq': [3, true] },
}
const third = {
  ...common,
  manifestVersion: 3,
  host: '0123456789abcdef0123456789abcdef',
  hostname: 'vps',
  cluster: '7431234567890123456',
  dumpedBy: 'superuser',
  files: { '': { bytes: 1000, sha256: HASH }, '.globals.sql': { bytes: 10, sha256: HASH } },
  databaseBytes: '9000000',
  tables: { 'public.users': '9223372036854775807' },
  sequences: { 'public.users_id_seq': ['-9223372036854775808', true] },
}

test('the published schema is the one that manifests are checked with', () => {
  const published = JSON.parse(readFileSync(new URL('../../../docs/manifest.schema.json', import.meta.url), 'utf8')) as object
  expect(published).toEqual(manifestJsonSchema())
})

test('both versions are readable, and no large number is rounded', () => {
  expect(manifestSchema.parse(second)).toEqual(second)
  expect(manifestSchema.parse(third)).toEqual(third)
  const parted = { ...third, partitions: { 'public.ev_2026_01': 'public.ev' } }
  expect(manifestSchema.parse(parted)).toEqual(parted)
  const objects = { tables: { 'public.users': 'onquota_user' }, constraints: { 'public.users': ['users_pkey'] } }
  expect(manifestSchema.parse({ ...third, objects })).toEqual({ ...third, objects })
  expect(manifestSchema.parse({ ...third, host: null, cluster: null, dumpedBy: 'owner', globals: null })).toMatchObject({
    host: null,
  })
})

describe('what is not of the exact form is refused', () => {
  test.each<[string, object]>([
    ['another version', { manifestVersion: 4 }],
    ['a number where a text stands', { databaseBytes: 9_000_000 }],
    ['an expression for Bash', { databaseBytes: 'BASH_VERSINFO[$(id)]' }],
    ['rows that are no number', { tables: { 'public.users': '3 OR 1' } }],
    ['a sequence that is no number', { sequences: { s: ['$(id)', true] } }],
    ['a host that is no machine-id', { host: '../../etc' }],
    ['a cluster that is no number', { cluster: '7x' }],
    ['files without the dump itself', { files: { '.globals.sql': { bytes: 10, sha256: HASH } } }],
    ['a hash that is none', { files: { '': { bytes: 1000, sha256: `${HASH}0` } } }],
  ])('%s', (_what, changes) => {
    expect(manifestSchema.safeParse({ ...third, ...changes }).success).toBe(false)
  })
})

import { expect, test } from 'vitest'
import { planReaderRights } from '../../../lib/steps/role/reader-rights.ts'
import type { ReaderRight } from '../../../lib/steps/role/reader-rights.ts'
import { INSERTS } from './support.ts'

const PLACE = { port: 5432, database: 'onquota_db', owner: 'onquota_user' }
const nothing: ReaderRight = { reader: 'report', role: 'report', hop: null, attributes: [], owns: [], owned: 0, grants: [] }
const via = (hop: string, more: Partial<ReaderRight>): ReaderRight => ({ ...nothing, role: hop, hop, ...more })
const INSERT = 'INSERT on public.a, public.b, public.c and 9997 more'

test.each<[string, ReaderRight[], unknown[]]>([
  ['nothing', [nothing], []],
  ["another reader's", [{ ...nothing, reader: 'other', grants: [INSERTS] }], []],
  ['granted', [{ ...nothing, grants: [INSERTS] }], [['role report privileges to write', INSERT, 'none', true]]],
  [
    'granted by a role whose grants only it revokes',
    [{ ...nothing, grants: [{ ...INSERTS, grantor: 'metabase', owner: 'onquota_user', revocable: false }] }],
    [['role report privileges to write', INSERT, 'none', false]],
  ],
  [
    'owner of something, here and elsewhere',
    [{ ...nothing, owns: ['table x'], owned: 3 }],
    [['role report owns', 'table x and 2 more', 'nothing', false]],
  ],
  ['owner elsewhere', [{ ...nothing, owned: 3 }], [['role report owns', '3 in other databases', 'nothing', false]]],
  [
    'predefined roles: those with rights on the server are the role step’s',
    [
      nothing,
      via('pg_write_all_data', { attributes: ['pg_write_all_data'] }),
      via('pg_read_all_data', {}),
      via('pg_checkpoint', { attributes: ['pg_checkpoint'] }),
    ],
    [['role report through pg_checkpoint', 'pg_checkpoint', 'nothing that writes', false]],
  ],
  ["the owner's rights, which the role step revokes", [nothing, via('onquota_user', { owned: 40 })], []],
  ['a group that only reads', [nothing, via('reading', {})], []],
  [
    'a group that writes, and one behind it',
    [nothing, via('writers', { grants: [INSERTS] }), via('writers', { role: 'boss', owned: 2 })],
    [['role report through writers', `${INSERT}; boss: owns 2 in other databases`, 'nothing that writes', false]],
  ],
  [
    'a group that leads to a superuser, which the role step revokes',
    [nothing, via('writers', { grants: [INSERTS] }), via('writers', { role: 'boss', attributes: ['SUPERUSER'] })],
    [],
  ],
])('%s', (_what, rights, expected) => {
  const changes = planReaderRights(PLACE, 'report', rights)
  expect(changes.map(({ what, from, to, run }) => [what, from, to, run !== undefined])).toEqual(expected)
  for (const { run, help } of changes) expect(run !== undefined || help !== undefined).toBe(true)
})

test('the statements for a person are whole', () => {
  const stuck = { ...INSERTS, grantor: 'metabase', owner: 'onquota_user', revocable: false }
  const help = (rights: ReaderRight[]) => planReaderRights(PLACE, 'report', rights).map((change) => change.help)
  expect(help([{ ...nothing, grants: [stuck] }])[0]).toContain(
    'ALTER TABLE public.c OWNER TO metabase; ALTER TABLE public.c OWNER TO onquota_user; REVOKE INSERT ON ALL TABLES IN SCHEMA public FROM "report"',
  )
  expect(help([via('Odd "one"', { grants: [INSERTS] })])[0]).toContain('REVOKE "Odd ""one""" FROM "report"')
})

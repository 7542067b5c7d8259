import { expect, test } from 'vitest'
import { emptiedStep } from '../../../lib/steps/contents/emptied.ts'
import type { Filled } from '../../../lib/steps/contents/emptied.ts'
import { context, plan, rows } from '../common/support.ts'

const { project } = context()
const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const THIN = NAME.replace('24_03', '25_03')
const entry = (name: string, counts: object) =>
  JSON.stringify({
    entry: 'made',
    name,
    finishedAt: '2026-11-24T03:01:00Z',
    files: { '': { bytes: 9, sha256: 'a'.repeat(64) } },
    adopted: false,
    ...counts,
  })
const ledgerOf = (tables?: number, count?: number) =>
  `${entry(NAME, { tables, rows: count })}\n${entry(THIN, { tables: 0, rows: 0 })}\n`
const good = ledgerOf(36, 2000)

test.each<[what: string, live: Filled, ledger: string | null, found: [string, string] | undefined, next: string]>([
  ['no tables', { tables: 0, filled: false }, good, ['no tables', `36, as in ${NAME}`], 'provision onquota --from-backup'],
  [
    'no rows',
    { tables: 36, filled: false },
    good,
    ['no rows in any table', `2000, as in ${NAME}`],
    'restore onquota --into onquota_db --replace',
  ],
  ['rows', { tables: 1, filled: true }, good, undefined, ''],
  ['no database', null, good, undefined, ''],
  ['no ledger yet', { tables: 0, filled: false }, null, undefined, ''],
  ['backups that were empty, too', { tables: 0, filled: false }, ledgerOf(0, 0), undefined, ''],
  ['tables without rows, as in the backup', { tables: 36, filled: false }, ledgerOf(36, 0), undefined, ''],
  ['backups of an earlier version, whose counts are not known', { tables: 0, filled: false }, ledgerOf(), undefined, ''],
])('a database and its newest good backup: %s', (_what, live, ledger, found, next) => {
  const planned = plan(emptiedStep(project), { live, ledger })
  expect(rows(planned)).toEqual(found === undefined ? [] : [['data of onquota_db', ...found, 'person']])
  expect(planned.changes.map((one) => one.next?.join(' '))).toEqual(found === undefined ? [] : [next])
  if (found !== undefined)
    expect(planned.changes[0]?.text).toBe(`the database onquota_db has ${found[0]}; its backups do: ${found[1]}`)
})

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { suspectsOf } from '../../../lib/steps/backup/suspect.ts'

const SCRIPTS = fileURLToPath(new URL('../../../templates/scripts/', import.meta.url))
const nameOf = (day: number, format = 'sql.gz') => `backup_a_b.c_2026${String(day).padStart(4, '0')}_030000.${format}`
type Row = [day: number, bytes: number, tables?: number, rows?: number, format?: string]

const inTypeScript = (rows: readonly Row[], acknowledged: number[]) =>
  Object.fromEntries(
    suspectsOf(
      new Map(rows.map(([day, bytes, tables, count, format]) => [nameOf(day, format), { bytes, tables, rows: count }])),
      acknowledged.map((day) => nameOf(day)),
    ),
  )

/** The same by the scripts' own rule. */
function inBash(rows: readonly Row[], acknowledged: number[]) {
  const weights = rows.map(([day, bytes, tables, count, format]) => `WEIGHTS['${nameOf(day, format)}']='${bytes || '-'} ${tables ?? '-'} ${count ?? '-'}'`) // prettier-ignore
  const vouched = acknowledged.map((day) => `VOUCHED['${nameOf(day)}']=yes`)
  const script = `set -Eeuo pipefail; DB_FILE=a_b.c; eval "$(grep '^readonly EXTENSION=' settings.sh)"; . ./box-files.sh; . ./suspect.sh
${[...weights, ...vouched].join('\n')}
find_suspects; for n in "\${!SUSPECT[@]}"; do printf '%s\\t%s\\n' "$n" "\${SUSPECT[$n]}"; done`
  const said = execFileSync('bash', ['-c', script], { cwd: SCRIPTS, encoding: 'utf8' })
  return Object.fromEntries(
    said
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')),
  )
}

const usual: Row[] = [101, 102, 103, 104, 105].map((day) => [day, 1000 + day, 5, 40])
const cases: [what: string, rows: Row[], acknowledged: number[], suspects: Record<string, string>][] = [
  ['backups like those before them', [...usual, [106, 120, 5, 30]], [], {}],
  ['a tenth is enough', [[101, 1000, 5, 40], [102, 100, 5, 30]], [], {}], // prettier-ignore
  ['a first one, whatever it is', [[101, 10, 0, 0]], [], {}],
  [
    'less than a tenth of the median',
    [...usual, [106, 99, 5, 30]],
    [],
    { [nameOf(106)]: 'it has 99 bytes, the median of the 5 before it is 1103' },
  ],
  [
    'three such nights compare with none of them, and a good one after them counts',
    [...usual, [106, 99, 5, 3], [107, 98, 5, 2], [108, 97, 5, 1], [109, 1000, 5, 50]],
    [],
    {
      [nameOf(106)]: 'it has 99 bytes, the median of the 5 before it is 1103',
      [nameOf(107)]: 'it has 98 bytes, the median of the 5 before it is 1103',
      [nameOf(108)]: 'it has 97 bytes, the median of the 5 before it is 1103',
    },
  ],
  ['no tables', [...usual, [106, 900, 0, 0]], [], { [nameOf(106)]: 'it has no tables, the one before it had 5' }],
  ['no rows', [...usual, [106, 900, 5, 0]], [], { [nameOf(106)]: 'it has no rows, the one before it had 40' }],
  ['tables without rows, as before', [[101, 900, 5, 0], [102, 900, 5, 0]], [], {}], // prettier-ignore
  ['what an earlier version wrote down: sizes alone', [[101, 900], [102, 80]], [], { [nameOf(102)]: 'it has 80 bytes, the median of the 1 before it is 900' }], // prettier-ignore
  ['another format has its own sizes', [...usual, [106, 99, 5, 40, 'sql.zst'], [107, 9, 5, 40, 'sql.zst']], [], { [nameOf(107, 'sql.zst')]: 'it has 9 bytes, the median of the 1 before it is 99' }], // prettier-ignore
  ['from an acknowledged one on, only with later ones', [...usual, [106, 99, 0, 0], [107, 98, 0, 0]], [106], {}],
  ['also where that one is pruned', [...usual, [107, 98, 0, 0]], [106], {}],
  ['and what shrinks after it is one', [...usual, [106, 99, 5, 4], [107, 9, 5, 4]], [106], { [nameOf(107)]: 'it has 9 bytes, the median of the 1 before it is 99' }], // prettier-ignore
  ['what is not known is none', [...usual, [106, 0]], [], {}],
]

describe('what never counts as the newest', () => {
  test.each(cases)('%s', (_what, rows, acknowledged, suspects) => {
    expect(inTypeScript(rows.toReversed(), acknowledged)).toEqual(suspects)
    expect(inBash(rows, acknowledged)).toEqual(suspects)
  })
})

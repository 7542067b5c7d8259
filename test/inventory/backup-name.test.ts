import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { BACKUP_NAME, fileName } from '../../lib/inventory/backup-name.ts'
import { templateText } from '../../lib/text/template.ts'

const WIDE = 'Ä'.repeat(31)
const NAMES: [database: string, file: string][] = [
  ['onquota_db', 'onquota_db'],
  ['shop.live', 'shop.live'],
  ['9-lives', '9-lives'],
  ['My Shop', 'My%20Shop'],
  ['Kunden-Überblick', 'Kunden-%C3%9Cberblick'],
  [`it's "odd"`, 'it%27s%20%22odd%22'],
  ['My%20Shop', 'My%2520Shop'],
  ['.hidden', '%2Ehidden'],
  ['-x.y', '%2Dx.y'],
  ['../*[a]?', '%2E.%2F%2A%5Ba%5D%3F'],
  ['$(x) `y` \\', '%24%28x%29%20%60y%60%20%5C'],
  ['🦤', '%F0%9F%A6%A4'],
  // A long one is cut between two bytes, and ends with its sum.
  [WIDE, `${'%C3%84'.repeat(10)}%-0cb91436ebb2a06111241b86`],
  ['l'.repeat(63), 'l'.repeat(63)],
]

test.each(NAMES)('%j is %s in names of files', (database, file) => {
  expect(fileName(database)).toBe(file)
  expect(BACKUP_NAME.test(`backup_${file}_20260131_030000.sql.gz`)).toBe(true)
})

test('the scripts name files alike, and leave names of PostgreSQL within their length', () => {
  const run = `export LC_ALL=C.UTF-8; set -Eeuo pipefail; ${templateText('scripts/file-name.sh')}
for DB_NAME in "$@"; do is_name "$DB_NAME"; name_files; printf '%s\n' "$DB_FILE" "$DB_WORD"; done`
  const { stdout, stderr } = spawnSync('bash', ['-c', run, 'bash', ...NAMES.map(([database]) => database)], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout.trimEnd().split('\n')).toEqual(NAMES.flatMap(([, file]) => [file, file.replaceAll('%', '_').slice(0, 36)]))
})

test.each(['', 'a\nb', 'tab\t', 'Ä'.repeat(32), 'x'.repeat(64), '\u0085'])('%j is no name to the scripts', (text) => {
  const run = `export LC_ALL=C.UTF-8; ${templateText('scripts/file-name.sh')}\nis_name "$1"`
  expect(spawnSync('bash', ['-c', run, 'bash', text]).status).toBe(1)
})

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const SCRIPTS = fileURLToPath(new URL('../../templates/scripts/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bitacora-weigh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an emptied backup is known as one also behind many copies that nobody vouches for', () => {
  mkdirSync(join(folder, 'work'))
  const nameOf = (day: number) => `backup_a_202601${String(day).padStart(2, '0')}_030000.sql.gz`
  const put = (name: string, manifest: object) => {
    const text = JSON.stringify(manifest)
    writeFileSync(join(folder, `${name}.manifest.json`), text)
    return createHash('sha256').update(text).digest('hex')
  }
  const own = [1, 2, 3].map((day) => [
    nameOf(day),
    put(nameOf(day), { name: nameOf(day), bytes: day === 3 ? 9 : 1000, tables: { t: '5' } }),
  ])
  const planted = Array.from({ length: 35 }, (_, n) => `backup_a_20260201_0300${String(n).padStart(2, '0')}.sql.gz`)
  for (const name of planted) put(name, { name, bytes: 1 })
  const known = own.map(
    ([name, sum]) => `MADE['${name}']=x; MADE_FILES['${name}.manifest.json']=${sum}; WEIGHTS['${name}']='- - -'`,
  )
  const newestFirst = [...planted, ...own.map(([name]) => name!).toReversed()]
  const script = `set -Eeuo pipefail; BACKUP_DIR=${folder} WORK=${folder}/work DB_FILE=a SIGNING_PUBLIC=; eval "$(grep '^readonly EXTENSION=' settings.sh)"
for part in json box-files ledger suspect signature read-manifest fetch; do . ./$part.sh; done
${known.join('\n')}
weigh ${newestFirst.map((name) => `${folder}/${name}`).join(' ')}
printf '%s' "\${!SUSPECT[*]}"`
  expect(execFileSync('bash', ['-c', script], { cwd: SCRIPTS, encoding: 'utf8' })).toBe(nameOf(3))
})

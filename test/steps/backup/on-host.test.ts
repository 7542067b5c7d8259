import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpsFact } from '../../../lib/steps/backup/dumps.ts'
import { asked } from '../common/support.ts'

const NAME = 'backup_onquota_db_20250101_000000.sql.gz'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-dumps-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const found = async () => {
  const facts = { dumps: dumpsFact('onquota_db') }
  const step = { project: null, name: 'x', needs: [], facts, plan: () => [] }
  return (await asked(step, (text) => text.replaceAll('/var/backups/postgres', folder)))['dumps']
}

test('the dumps of that database, whoever made them, and nothing beside them', async () => {
  expect(await found()).toEqual({ value: [] })
  const others = ['.sha256', '.manifest.json', '.part', '.bad'].map((ending) => `${NAME}${ending}`)
  for (const name of [NAME, ...others, NAME.replace('onquota', 'other'), 'backup_onquota_db_old.sql.gz', 'notes'])
    writeFileSync(join(folder, name), 'a dump')
  symlinkSync('/etc/passwd', join(folder, NAME.replace('2025', '2024')))
  expect(await found()).toEqual({ value: [[NAME, 6]] })
})

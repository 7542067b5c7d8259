import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fact } from '../../../lib/engine/fact.ts'
import { parseLedger } from '../../../lib/steps/backup/ledger-fact.ts'
import {
  countedCopies,
  errorsFact,
  freeFact,
  localFilesFact,
  pausedFact,
  statusTextFact,
} from '../../../lib/steps/backup/on-host.ts'
import { asked } from '../common/support.ts'

const named = (day: string) => `backup_onquota_db_${day}_000000.sql.gz`
const NAME = named('20250101')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-host-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const answer = async <T>(fact: Fact<T>) => {
  const step = { project: null, name: 'x', needs: [], facts: { fact }, plan: () => [] }
  const rewrite = (text: string) => text.replaceAll(/\/var\/(backups\/postgres|log\/postgres-backup)/g, folder)
  return ((await asked(step, rewrite))['fact'] as { value: T }).value
}

test('the files of that database, whoever made them, and which came to their end', async () => {
  expect(await answer(localFilesFact('onquota_db'))).toEqual({ dumps: [], complete: new Set(), bytes: 0 })
  const others = ['.sha256', '.manifest.json', '.part', '.bad'].map((ending) => `${NAME}${ending}`)
  const [later, neighbour] = [named('20250102'), 'backup_onquota_db_2_20250101_000000.sql.gz']
  for (const name of [NAME, ...others, later, neighbour, 'backup_onquota_db_old.sql.gz', 'notes'])
    writeFileSync(join(folder, name), 'a dump')
  symlinkSync('/etc/passwd', join(folder, named('20240101')))
  const found = await answer(localFilesFact('onquota_db'))
  expect(found).toEqual({
    dumps: [
      [later, 6],
      [NAME, 6],
    ],
    complete: new Set([NAME]),
    bytes: 42,
  })
  const made = (name: string) =>
    JSON.stringify({ entry: 'made', name, finishedAt: '2025-01-01T00:00:00Z', adopted: false, files: { '': { bytes: 6, sha256: '0'.repeat(64) } } }) // prettier-ignore
  const aside = JSON.stringify({ entry: 'aside', name: NAME, at: '2025-01-01T00:00:00Z' })
  expect(countedCopies(found, null)).toHaveLength(2)
  expect(countedCopies(found, parseLedger(`${made(NAME)}\n${made(later)}`))).toEqual([[NAME, 6]])
  expect(countedCopies(found, parseLedger(`${made(NAME)}\n${aside}`))).toEqual([[later, 6]])
})

test('free bytes, the status, what pauses pruning, and the last failures', async () => {
  expect(await answer(freeFact())).toBeGreaterThan(0)
  expect(await answer(statusTextFact('onquota'))).toBeNull()
  expect(await answer(pausedFact('onquota'))).toBeNull()
  expect(await answer(errorsFact('onquota'))).toEqual([])
  mkdirSync(join(folder, 'x'))
  writeFileSync(join(folder, 'status_onquota.json'), '{"ok":true}\n')
  const advice = 'check whether that is right, then: /opt/x.sh --acknowledge'
  writeFileSync(join(folder, '.held_onquota'), `size b_1.gz: too small; ${advice}\nrows b_1.gz: fewer rows: 1 of 2; ${advice}\n`)
  const month = new Date().toISOString().slice(0, 7).replace('-', '')
  const lines = [1, 2, 3, 4].map((n) => `2026-11-24 03:00:0${n}Z onquota [failed] upload: no ${n}`)
  writeFileSync(join(folder, `backup_onquota_${month}.log`), `${lines.join('\n')}\n2026-11-24 03:00:05Z onquota [done] x\n`)
  expect(await answer(statusTextFact('onquota'))).toBe('{"ok":true}\n')
  expect(await answer(pausedFact('onquota'))).toBe(`too small; fewer rows: 1 of 2; ${advice}`)
  expect(await answer(errorsFact('onquota'))).toEqual(lines.slice(1))
})

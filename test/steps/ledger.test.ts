import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ledgerStep } from '../../lib/steps/ledger.ts'
import { asked, expectUnreadable, help, plan, rows, scripts } from './support.ts'

const step = ledgerStep('onquota')

test('it is begun once', () => {
  expect(rows(plan(step, { isBegun: true }))).toEqual([])
  const result = plan(step, { isBegun: false })
  expect(rows(result)).toEqual([
    ['ledger of onquota', null, 'begun, with the backups made here whose copy on the box is the same', 'run'],
  ])
  expect(scripts(result).text).toBe('/opt/postgresql-backups/backup-onquota.sh --seed')
  expect(help(result)).toContain('--seed')
})

test.each([
  ['no file', undefined, false],
  ['a backup of a run that was before it', '{"entry":"made","name":"x"}\n', false],
  ['begun', '{"entry":"made","name":"x"}\n{"entry":"seeded","at":"2026-11-24T03:00:00Z"}\n', true],
])('what a host answers: %s', async (_what, text, isBegun) => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-ledger-'))
  const file = join(folder, 'ledger')
  try {
    if (text !== undefined) writeFileSync(file, text)
    expect(await asked(step, (script) => script.replaceAll('/var/backups/postgres/ledger_onquota.jsonl', file))).toEqual({
      isBegun: { value: isBegun },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an answer that makes no sense is an error', () => expectUnreadable(step))

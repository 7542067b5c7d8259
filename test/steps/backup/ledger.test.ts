import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ledgerStep } from '../../../lib/steps/backup/ledger.ts'
import { asked, expectUnreadable, file, help, plan, rows, scripts } from '../common/support.ts'

const step = ledgerStep('onquota')

test('it is begun once', () => {
  expect(rows(plan(step, { isBegun: true, file: null }))).toEqual([])
  const result = plan(step, { isBegun: false, file: null })
  expect(rows(result)).toEqual([
    ['ledger of onquota', null, 'begun, with the backups made here whose copy on the box is the same', 'run'],
  ])
  expect(scripts(result).text).toMatch(/^l=\$\(loose root .*\n[^]*\n\/opt\/postgresql-backups\/backup-onquota\.sh --seed$/)
  expect(help(result)).toContain('--seed')
})

test.each([
  ['right', {}, 'ok'],
  ['of another owner', { owner: 'deploy', group: 'deploy' }, 'deploy:deploy 0600'],
  ['writable by a group', { mode: '0660' }, 'root:root 0660'],
  ['of two names', { links: 2 }, 'root:root 0600'],
])('who could write to it: %s', (_what, state, from) => {
  const result = plan(step, { isBegun: true, file: file('', { mode: '0600', links: 1, ...state }) })
  expect(rows(result)).toEqual(
    from === 'ok' ? [] : [['file /var/backups/postgres/ledger_onquota.jsonl owner', from, 'root:root 0600', 'run']],
  )
})

test.each([
  ['no file', undefined, false],
  ['a backup of a run that was before it', '{"entry":"made","name":"x"}\n', false],
  ['begun', '{"entry":"made","name":"x"}\n{"entry":"seeded","at":"2026-11-24T03:00:00Z"}\n', true],
])('what a host answers: %s', async (_what, text, isBegun) => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-ledger-'))
  const path = join(folder, 'ledger')
  try {
    if (text !== undefined) writeFileSync(path, text)
    expect(await asked(step, (script) => script.replaceAll('/var/backups/postgres/ledger_onquota.jsonl', path))).toMatchObject({
      isBegun: { value: isBegun },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an answer that makes no sense is an error', () => expectUnreadable(step))

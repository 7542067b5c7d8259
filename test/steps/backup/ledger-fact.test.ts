import { expect, test } from 'vitest'
import { ledgerFact, parseLedger } from '../../../lib/steps/backup/ledger-fact.ts'

const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const AT = '2026-11-24T03:01:00Z'
const made = {
  entry: 'made',
  name: NAME,
  finishedAt: AT,
  files: { '': { bytes: 10, sha256: 'a'.repeat(64) }, '.manifest.json.sig': { bytes: 1, sha256: 'b'.repeat(64) } },
  adopted: false,
}
const lines = (...entries: object[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

test('every kind of entry', () => {
  const text = lines(
    { entry: 'seeded', at: AT },
    made,
    { entry: 'uploaded', name: NAME, at: AT, box: 'u1@box.example:23/home/b' },
    { entry: 'pruned', name: NAME, at: AT, box: 'u1@box.example:23/home/b' },
    { entry: 'gone', name: NAME, at: AT, box: 'u1@box.example:23/home/b' },
    { entry: 'proof', name: NAME, at: AT, contents: 'equal' },
    { entry: 'trusted', name: NAME.replace('onquota', 'other'), at: AT },
  )
  expect(parseLedger(text)).toMatchObject({
    made: new Map([[NAME, { finishedAt: AT, bytes: 10, adopted: false }]]),
    proofs: [{ name: NAME, at: AT, contents: 'equal' }],
  })
})

test.each([
  ['cut off', JSON.stringify(made).slice(0, 50)],
  ['another kind', JSON.stringify({ entry: 'other' })],
  ['a name that is none', JSON.stringify({ ...made, name: '../x.sql.gz' })],
  ['bytes that are no number', JSON.stringify({ ...made, files: { '': { bytes: '1', sha256: 'a'.repeat(64) } } })],
  ['without the dump itself', JSON.stringify({ ...made, files: {} })],
  ['no time', JSON.stringify({ ...made, finishedAt: 'yesterday' })],
])('a damaged line is an error that names it: %s', (_what, line) => {
  expect(() => parseLedger(`${lines(made)}${line}\n`)).toThrow(/^line 2 of the ledger is damaged$/)
})

test('of the host: no file is no ledger, a damaged one is no answer', () => {
  const { schema } = ledgerFact('onquota')
  expect(schema.parse(null)).toBeNull()
  expect(schema.parse(lines(made))?.made.size).toBe(1)
  expect(schema.safeParse('{').error?.issues).toMatchObject([{ code: 'custom', message: 'line 1 of the ledger is damaged' }])
})

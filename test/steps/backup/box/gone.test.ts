import { expect, test } from 'vitest'
import { goneFrom } from '../../../../lib/steps/backup/box/gone.ts'
import { listingOf } from '../../../../lib/steps/backup/box/listing.ts'
import { parseLedger } from '../../../../lib/steps/backup/ledger-fact.ts'
import { ACCOUNT, BOX, NAME, NOW, copyLines, ledgerText, made, named } from './support.ts'

const nights = ['20261120', '20261121', '20261122', '20261123'].map((day) => named(`${day}_030000`))
const entry = (kind: string, name: string, box = ACCOUNT) => ({ entry: kind, name, at: '2026-11-24T03:01:00Z', box })
const aside = (name: string) => ({ entry: 'aside', name, at: '2026-11-24T03:01:00Z' })

/** What is missed where `there` is listed and the ledger knows all nights and NAME, with more lines. */
function gone(there: readonly string[], { more = [], uploading = [] }: { more?: object[]; uploading?: string[] } = {}) {
  const text = [ledgerText(...nights, NAME), ...more.map((one) => JSON.stringify(one))].join('\n')
  const listing = listingOf(there.join('\n'), BOX)
  return goneFrom(listing, BOX, { ledger: parseLedger(text), uploading: new Set(uploading), now: NOW })
}
const all = [...nights, NAME].flatMap((name) => copyLines(name))
const without = (name: string) => all.filter((line) => !line.includes(name))

test('all there: nothing is missed, and without a ledger nothing is known to be', () => {
  expect(gone(all)).toBeNull()
  expect(goneFrom(listingOf('', BOX), BOX, { ledger: null, uploading: new Set(), now: NOW })).toBeNull()
})

test('the newest three by name, the newest as such, and the oldest', () => {
  expect(gone([])).toMatchObject({
    count: 5,
    newest: NAME,
    oldest: nights[0],
    names: [NAME, ...nights.toReversed()],
    text: `5 backups that this host uploaded, gone from the box or incomplete there: ${NAME} (the newest), ${nights[3]}, ${nights[2]} and 2 more, the oldest ${nights[0]}`,
  })
})

test.each<[string, object[]]>([
  ['pruned', [entry('pruned', nights[1]!)]],
  ['accepted as gone', [entry('gone', nights[1]!)]],
  ['set aside', [aside(nights[1]!)]],
])('%s: not missed', (_what, more) => {
  expect(gone(without(nights[1]!), { more })).toBeNull()
})

test('accepted on another box: still missed on this one', () => {
  expect(gone(without(nights[1]!), { more: [entry('gone', nights[1]!, 'u2@two:23/x')] })?.names).toEqual([nights[1]])
})

test('one so old that pruning is due to remove it is not missed; the newest three always are', () => {
  const [old, adopted] = [named('20260801_030000'), named('20261119_030000')]
  const more = [
    made(old),
    entry('uploaded', old),
    made(adopted, { adopted: true }),
    entry('uploaded', adopted),
    made(named('20261201_030000')),
    entry('uploaded', named('20261201_030000')),
  ]
  expect(gone(all, { more })).toBeNull()
  const elsewhere = [made(NAME), entry('uploaded', NAME, 'u2@two:23/x')].map((one) => JSON.stringify(one))
  const ledger = parseLedger([ledgerText(old, named('20260802_030000')), ...elsewhere].join('\n'))
  expect(goneFrom(listingOf('', BOX), BOX, { ledger, uploading: new Set(), now: NOW })?.count).toBe(2)
})

test('incomplete ones: which files are lacking, or what remains, but not of an upload that goes on', () => {
  const [partly, stray] = [nights[2]!, named('20261124_060000')]
  const lines = [...without(partly), ...copyLines(partly, { endings: ['', '.sha256'] }), ...copyLines(stray, { endings: ['.sha256', '.proof-20261124_070000.json'] })] // prettier-ignore
  expect(gone(lines)).toMatchObject({
    count: 1,
    remains: 1,
    names: [partly],
    text: `1 backup that this host uploaded, gone from the box or incomplete there: ${partly} (without its .manifest.json); incomplete remains on the box: ${stray} (only .sha256, .proof)`,
  })
  expect(gone(lines, { uploading: [stray] })?.remains).toBe(0)
})

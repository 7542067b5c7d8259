import { expect, test } from 'vitest'
import { backupFile, isCounted, listingOf, newestOf } from '../../../../lib/steps/backup/box/listing.ts'
import { parseLedger } from '../../../../lib/steps/backup/ledger-fact.ts'
import { BOX, NAME, NOW, copyLines, ledgerText, line, made, named } from './support.ts'

test('names of exactly our form count, each in the folder of its day; all else that is named like them has a size', () => {
  const day = '2026/11/24'
  const { copies, bytes } = listingOf(
    [
      ...copyLines(NAME, { bytes: 1000 }),
      line(`${day}/${NAME}.proof-20261124_040000.json`),
      line(`${day}/${NAME}.proof-20261124_050000.json`),
      line(`${day}/${named('20261124_050000')}.part-1-2`, 70),
      line(`2026/11/23/${NAME}`),
      line(`${day}/backup_onquota_db_2_20261124_030000.sql.gz`),
      line(`${day}/${NAME}.exe`),
      line(`${day}/$(touch x)`),
      line(`${day}/${NAME}`).replace('-rw', 'drw'),
      line(`${day}/${NAME}`).replace(' 10 ', ' 1e9 '),
      `sftp> -ls -ln ${BOX.directory}/${day}/${NAME}`,
    ].join('\n'),
    BOX,
  )
  expect(copies).toEqual([
    {
      path: `${BOX.directory}/${day}/${NAME}`,
      name: NAME,
      bytes: 1000,
      endings: new Set(['', '.sha256', '.manifest.json', '.proof']),
    },
  ])
  expect(bytes).toBe(1000 + 2 * 100 + 2 * 10 + 70)
})

test('a path is read in time that is linear in its length', () => {
  expect(backupFile(`2026/11/24/backup_${'a_'.repeat(500_000)}`)).toBeUndefined()
})

test('the newest: complete, made here, not set aside, not adopted, not in the future', () => {
  const [old, adopted, ahead] = [named('20261123_030000'), named('20261124_040000'), named('20261130_030000')]
  const listing = listingOf(
    [old, NAME, adopted, ahead, named('20261124_050000')].flatMap((name) => copyLines(name)).join('\n'),
    BOX,
  )
  const text = [ledgerText(old, NAME, ahead), JSON.stringify(made(adopted, { adopted: true }))].join('\n')
  expect(newestOf(listing, parseLedger(text), NOW)?.name).toBe(NAME)
  const aside = parseLedger(`${text}\n${JSON.stringify({ entry: 'aside', name: NAME, at: '2026-11-24T03:01:00Z' })}`)
  expect(newestOf(listing, aside, NOW)?.name).toBe(old)
  expect(listing.copies.filter((copy) => isCounted(copy, aside)).map(({ name }) => name)).not.toContain(NAME)
  expect(newestOf(listing, null, NOW)).toBeUndefined()
})

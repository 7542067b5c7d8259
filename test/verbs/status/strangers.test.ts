import { describe, expect, test } from 'vitest'
import { judge, NAME, box, ledger, look, named, project, statusFile, told, wellFound } from './support.ts'

const OWN = [NAME, named('20261123_030000'), named('20261121_030000')]
const PLANTED = named('20261124_060000')
const own = { value: ledger(...OWN, 'backup_onquota_db_20261122_030000.sql.zst') }
const copies = look().local.copies
const planted = box({ copies: [[PLANTED, 1000], ...copies] })

describe('what the ledger does not know', () => {
  test('is counted, and never the newest', () => {
    const old = named('20250101_000000')
    const found = {
      ...wellFound(),
      ledger: own,
      look: {
        value: look({
          boxes: [box({ copies: [...copies, [old, 50]] })],
          local: { ...look().local, copies: [...copies, [old, 70]] },
        }),
      },
    }
    const { backup, problems } = judge(project, found)
    expect(problems).toEqual([])
    expect(backup?.local).toMatchObject({ copies: 4, unknown: { copies: 1, bytes: 70, oldest: '2025-01-01T00:00:00.000Z' } })
    expect(backup?.boxes[0]).toMatchObject({ copies: 4, unknown: { copies: 1, bytes: 50 }, newest: { name: NAME } })
    expect(backup?.newest).toMatchObject({ name: NAME, bytes: 1000, usualBytes: 850 })
  })

  test('one that looks newer than the newest is a problem, on the box and on the host', () => {
    const text = 'looks newer than the newest backup, and this host did not make it: it is never restored unasked → box onquota'
    expect(told({ ledger: own, look: { value: look({ boxes: [planted] }) } })).toEqual([
      `copies: ${PLANTED} on the box box ${text}`,
    ])
    const local = { ...look().local, copies: [[PLANTED, 1] as [string, number], ...copies] }
    expect(told({ ledger: own, look: { value: look({ local }) } })).toEqual([`copies: ${PLANTED} on the host ${text}`])
  })
})

test('more than a day ahead is never the newest, also without a ledger', () => {
  const ahead = named('20261126_030000')
  const boxes = [box({ copies: [[ahead, 1000], ...copies] })]
  for (const known of [undefined, { value: ledger(...OWN, ahead) }]) {
    const { backup, problems } = judge(project, {
      ...wellFound(),
      ...(known && { ledger: known }),
      look: { value: look({ boxes }) },
    })
    expect(backup?.newest?.name).toBe(NAME)
    expect(problems).toEqual([])
  }
})

test('a proof in the ledger counts without the host’s word', () => {
  const document = look({ statusFile: statusFile({ proof: null }) })
  const proven = { value: { ...own.value, proofs: [{ name: NAME, at: '2026-11-24T08:00:00Z', contents: 'equal' }] } }
  const { backup, problems } = judge(project, { ...wellFound(), ledger: proven, look: { value: document } })
  expect(problems).toEqual([])
  expect(backup?.proof).toEqual({ grade: 'restored', at: '2026-11-24T08:00:00Z', backup: NAME, newest: 'proven' })
})

test('no owner is judged by a ledger that cannot be read, which the steps tell', () => {
  const boxes = [box({ owner: '{' })]
  expect(told({ ledger: { error: 'line 3 of the ledger is damaged' }, look: { value: look({ boxes }) } })).toEqual([])
})

test("a folder that belongs to another host's cluster", () => {
  const owner = JSON.stringify({ project: 'onquota', host: 'f'.repeat(32), hostname: 'staging', cluster: '1', last: PLANTED })
  expect(told({ ledger: own, look: { value: look({ boxes: [box({ owner })] }) } })).toEqual([
    'copies: the folder /home/backups/postgresql/onquota on the box box belongs to staging (project onquota, cluster 1): nothing is uploaded there → box onquota',
  ])
  const mine = JSON.stringify({ project: 'onquota', host: null, hostname: 'vps', cluster: null, last: NAME })
  expect(told({ ledger: own, look: { value: look({ boxes: [box({ owner: mine })] }) } })).toEqual([])
})

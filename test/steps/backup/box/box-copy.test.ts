import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { boxCopyStep } from '../../../../lib/steps/backup/box/box-copy.ts'
import { boxFact } from '../../../../lib/steps/backup/box/look.ts'
import { asked, expectUnreadable, help, plan, rows } from '../../common/support.ts'
import type { Row } from '../../common/support.ts'
import { BOX, NAME, NOW, SECOND, copyLines, hashed, ledgerText, listed, made, named, sessionText } from './support.ts'
import type { Frames } from './support.ts'

const of = (...boxes: (typeof BOX)[]) =>
  boxCopyStep('onquota', { box: boxFact(boxes, { hash: true, mustLook: true }), now: () => NOW })
const step = of(BOX)
const WHAT = 'copy of onquota on the box'
const whole = listed(copyLines(NAME), hashed(NAME))

test.each<[string, Frames, string | undefined, RegExp]>([
  ['right', whole, undefined, /^backup_\S+ equal on the box$/],
  ['none there', listed([]), undefined, /^nothing on the box$/],
  [
    'damaged',
    listed(copyLines(NAME), hashed(NAME, 'b'.repeat(64))),
    `${NAME} has another checksum on the box than here`,
    /^(?!.*gz equal on the box)/,
  ],
  [
    'of another size, so that nothing was hashed',
    listed(copyLines(NAME, { bytes: 9 }), { ...hashed(NAME), hash1: undefined as never }),
    `${NAME} has 9 bytes on the box, and 10 in the ledger`,
    / not equal /,
  ],
  [
    'with another file beside it',
    listed(copyLines(NAME), hashed(NAME, undefined, { '.manifest.json': 'c'.repeat(64) })),
    `${NAME}.manifest.json has another checksum on the box than here`,
    / not equal /,
  ],
  [
    'hashed here, since the box has no shell',
    listed(copyLines(NAME), { ...hashed(NAME), hash1: ['', 1], get1: [''], here1: [`${'a'.repeat(64)}\n`] }),
    undefined,
    / equal on the box$/,
  ],
  [
    'cut off while it is hashed',
    listed(copyLines(NAME), { ...hashed(NAME), hash1: ['', 124] }),
    `could not look: ${BOX.user}@${BOX.address} port 23: no answer from the box within 60 s`,
    /^nothing on the box$/,
  ],
  [
    'another one was hashed',
    listed([...copyLines(NAME), ...copyLines(named('20261123_030000'))], hashed(named('20261123_030000'))),
    `${NAME} was not compared; run it again`,
    / not equal /,
  ],
])('%s', (_what, frames, fault, note) => {
  const { hash1, ...others } = frames
  const text = sessionText(hash1 === undefined ? others : frames)
  const found = plan(step, { box: text, ledger: ledgerText(NAME) })
  const changes = (rows(found) as Row[]).filter(([what]) => what === WHAT)
  expect(changes).toEqual(fault === undefined ? [] : [[WHAT, fault, 'there, and equal', 'person']])
  expect(found.note).toMatch(note)
  expect(help(found)).toMatch(changes.length > 0 ? /backup.* onquota/ : /^(?!make a new one)/)
})

test('without hashes, by their sizes', () => {
  const sizes = boxCopyStep('onquota', { box: boxFact([BOX]), hash: false, now: () => NOW })
  const found = (bytes: number) => plan(sizes, { box: sessionText(listed(copyLines(NAME, { bytes }))), ledger: ledgerText(NAME) })
  expect(rows(found(10))).toEqual([])
  expect(found(9).changes).toMatchObject([
    { text: `${NAME} has 9 bytes on the box, and 10 in the ledger`, next: ['backup', 'onquota'] },
  ])
})

test('a copy that was taken over: what lies beside it says the same of the dump', () => {
  const ledger = JSON.stringify(made(NAME, { files: { '': { bytes: 10, sha256: 'a'.repeat(64) } } }))
  const said = (stated: Record<string, string>) =>
    (rows(plan(step, { box: sessionText(listed(copyLines(NAME), hashed(NAME, undefined, stated))), ledger })) as Row[]).map(
      ([, from]) => from,
    )
  expect(said({ '.sha256': 'x', '.manifest.json': 'y', '.manifest.json.sig': 'z', signed: 'yes' })).toEqual([])
  expect(said({ sum: 'b', manifest: 'c', '.manifest.json.sig': 'z', signed: 'no', '.globals.sql': 'd' })).toEqual([
    [
      `${NAME}.globals.sql on the box is not one of the files that were recorded here`,
      `${NAME}.sha256 on the box holds another checksum than the dump's`,
      `${NAME}.manifest.json.sig on the box does not sign the manifest there`,
      `${NAME}.manifest.json on the box does not hold the dump's checksum`,
    ].join('; '),
  ])
})

test('others are gone: that is told by itself', () => {
  const old = named('20261123_030000')
  const found = plan(step, { box: sessionText(whole), ledger: ledgerText(old, NAME) })
  const text = `1 backup that this host uploaded, gone from the box or incomplete there: ${old}`
  expect(rows(found)).toEqual([['backups of onquota on the box', text, 'all that were uploaded', 'person']])
  expect(help(found)).toMatch(
    /if you removed them on purpose: npx zx tasks\/backup\.mjs onquota --acknowledge; .*: npx zx tasks\/box\.mjs onquota$/,
  )
})

const AWAY: Frames = { open: ['', 255, 'ssh: connect to host two port 23: No route to host\n'] }

test('of two boxes one is away: it says which', () => {
  const found = plan(of(BOX, SECOND), { box: sessionText(whole, AWAY), ledger: ledgerText(NAME) })
  expect(rows(found)).toEqual([
    [
      'copy of onquota on box 2, u2@two',
      'could not look: u2@two port 23: ssh: connect to host two port 23: No route to host',
      'there, and equal',
      'person',
    ],
  ])
  expect(found.note).toBe(`${NAME} equal on box 1, ${BOX.user}@${BOX.address}; nothing on box 2, u2@two`)
})

test.each<[string, Frames, RegExp]>([
  ['away', AWAY, /^could not look: \S+ port 23: ssh: connect/],
  ['a wrong password', { open: ['', 5] }, /^wrong password or refused key: \S+ port 23 does not let us in$/],
  ['a password that ssh refuses', { open: ['', 255, 'u@h: Permission denied (password).\n'] }, /^wrong password or refused key/],
  ['no key pinned', { open: ['', 255, 'No ED25519 host key is known for h\n'] }, /^unknown host key: .*; nothing was sent$/],
  ['another key', { open: ['', 255, '@ REMOTE HOST IDENTIFICATION HAS CHANGED! @\n'] }, /^changed host key: /],
  ['silent', { open: ['', 124] }, /no answer from the box within 60 s$/],
  ['silent while it lists', { open: [''], names: ['', 137] }, /no answer from the box within 300 s$/],
  [
    'endless',
    { open: [''], names: ['200001 names, more than the 200000', 'many'] },
    /the box lists 200001 names, more than the 200000 that are read$/,
  ],
  ['cut', { open: [''], names: ['', 255] }, /the connection was cut$/],
  ['nothing said', {}, /the session ended early$/],
])('no box could be looked at: %s', (_what, frames, why) => {
  const { box } = step.facts
  const parsed = box!.schema.safeParse(sessionText(frames))
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(why)])
})

test('unreadable', () => expectUnreadable(step))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('where others than root could change the scripts, nothing is asked', async () => {
  const script = join(folder, 'loose')
  writeFileSync(script, '#!/bin/sh\n')
  chmodSync(script, 0o777)
  const { box } = await asked(step, (text) => text.replaceAll('/opt/postgresql-backups/backup-onquota.sh', script))
  expect(box).toEqual({
    error: expect.stringContaining(`${script} could be changed by others than root (-rwxrwxrwx root:root)`) as string,
  })
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

import { expect, test } from 'vitest'
import { Secret } from '../../../lib/text/secret.ts'
import { firstDrillStep } from '../../../lib/steps/backup/first-drill.ts'
import { expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const backup = { drill: '5 5 * * 0', encryption: undefined }
const encryption = { recipients: ['age1xyz'] } as unknown as NonNullable<typeof backup.encryption>
const step = firstDrillStep('onquota', backup)

const name = (day: number) => `backup_onquota_db_202611${day}_030000.sql.gz`
const newest = { name: name(24), bytes: 10, sha256: 'ab', grade: 'hashed on the box' }
const status = { ok: true, stage: 'done', startedAt: '2026-11-24T03:00:00Z', finishedAt: '2026-11-24T03:00:09Z', newest }
const good = { name: name(24), ok: true, at: '2026-11-24T04:00:00Z', tested: true, skipped: null, contents: 'equal' }
const bad = { ...good, ok: false, contents: 'not looked at', error: 'load: no function f' }
const refused = { ...bad, name: '', tested: false, error: 'not reached: box' }
const skipped = { ...good, tested: false, contents: 'not looked at', skipped: 'too little free disk in /x' }
const found = (more: object = {}) => ({ status: { ...status, ...more }, ledger: null })

const drill = [['first restore drill of onquota', null, 'fetched from the box, loaded, compared, and gone again', 'run']]
const failing = [[`restore of ${name(24)}`, 'failed: load: no function f', 'proven by a drill', 'person']]
const again = 'this makes one: npx zx tasks/restore.mjs onquota'

test.each([
  ['no backup yet', { status: null, ledger: null }, drill, 'none yet'],
  ['no drill on record', found({ proof: null, proofs: [] }), drill, 'none yet'],
  ['none, as an earlier version wrote it', found(), drill, 'none yet'],
  ['one that held', found({ proof: good, proofs: [good] }), [], `${name(24)} restored on 2026-11-24`],
  [
    'one of the hash alone',
    found({ proof: { ...good, contents: 'not looked at' } }),
    [],
    `${name(24)} hash proven on 2026-11-24`,
  ],
  ['one that was refused', found({ proof: refused, proofs: [] }), drill, 'none yet'],
  [
    'one that was refused, after one that held',
    found({ proof: refused, proofs: [good] }),
    [],
    `${name(24)} restored on 2026-11-24`,
  ],
  ['one left out', found({ proof: skipped }), [], `none yet: too little free disk in /x; ${again}`],
  ['one that failed', found({ proof: bad, proofs: [bad] }), failing, `${name(24)} failed on 2026-11-24`],
  [
    'a failure, and a newer backup that held',
    found({ proofs: [{ ...good, name: name(25), at: '2026-11-25T04:00:00Z' }, bad] }),
    [],
    `${name(25)} restored on 2026-11-25`,
  ],
  [
    'a failure, and the same backup restored for real since',
    {
      ...found({ proof: bad, proofs: [bad] }),
      ledger: `{"entry":"proof","name":"${name(24)}","at":"2026-11-24T05:00:00Z","contents":"equal"}`,
    },
    [],
    `${name(24)} restored on 2026-11-24`,
  ],
  ['a record of another shape', found({ proof: 7, proofs: 'x' }), drill, 'none yet'],
])('%s', (_what, facts, changes, note) => {
  const result = plan(step, facts)
  expect(rows(result)).toEqual(changes)
  expect(result.note).toBe(note)
})

test.each([
  ['drills are off', { ...backup, drill: null }, 'drills are off in the inventory'],
  ['no key', { ...backup, encryption }, 'backups are encrypted, and their private key is not here'],
])('where none can be made, the note says why: %s', (_what, changed, why) => {
  const result = plan(firstDrillStep('onquota', changed), found())
  expect(rows(result)).toEqual([])
  expect(result.note).toBe(`none yet: ${why}; ${again}`)
  expect(rows(plan(firstDrillStep('onquota', changed), found({ proofs: [bad] })))).toEqual(failing)
})

test('it runs the script as cron does, with the private key where the run has it', () => {
  const result = plan(step, found())
  expect(scripts(result).text).toMatch(/^l=\$\(loose root .*\n[^]*\n\/opt\/postgresql-backups\/restore-onquota\.sh --scheduled$/)
  expect(help(result)).toContain('npx zx tasks/backup.mjs onquota')
  const identity = new Secret('AGE-SECRET-KEY-1X', 'a key')
  const keyed = plan(firstDrillStep('onquota', { ...backup, encryption }, identity), found())
  expect(scripts(keyed).text).toContain('restore-onquota.sh --scheduled --identity')
})

test('its error is what the script says of the failure', () => {
  const cause = plan(step, found()).changes[0]!.cause!
  expect(cause('a\n2026-11-24 04:00:00Z onquota [failed] load: no function f\nb\n')).toBe('load: no function f')
  expect(cause('killed\n')).toBe('killed')
})

test('it waits for the first backup', () => expect(step.needs).toEqual(['first-backup', 'restore-script']))

test('unreadable', () => expectUnreadable(step))

import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { boxCopyStep } from '../../../lib/steps/backup/box-copy.ts'
import { asked, expectUnreadable, help, plan, rows } from '../common/support.ts'

const step = boxCopyStep('onquota')
const newest = { name: 'b.sql.gz', bytes: 10, sha256: 'ab', sha256OnBox: 'ab', equal: true }
const WHAT = 'copy of onquota on the box'

test.each([
  ['right', { ok: true, newest }, [], /^b\.sql\.gz equal on the box$/],
  [
    'none there',
    { ok: false, newest: null },
    [[WHAT, 'no complete backup there', 'there, and equal', 'person']],
    /^nothing on the box$/,
  ],
  [
    'damaged',
    { ok: false, newest: { ...newest, sha256OnBox: 'cd', equal: false } },
    [[WHAT, 'b.sql.gz has another checksum there', 'there, and equal', 'person']],
    /^(?!.*gz equal on the box)/,
  ],
  [
    'the box away',
    { ok: false, newest: null, error: 'the box does not answer' },
    [[WHAT, 'the box does not answer', 'there, and equal', 'person']],
    /^nothing on the box$/,
  ],
])('%s', (_what, box, changes, note) => {
  const found = plan(step, { box })
  expect(rows(found)).toEqual(changes)
  expect(found.note).toMatch(note)
  expect(help(found)).toMatch(changes.length > 0 ? /backup.* onquota/ : /^$/)
})

const gone = { count: 1, newest: 'a.sql.gz', oldest: 'a.sql.gz', remains: 0, text: '1 backup … a.sql.gz' }

test.each([
  ['with the newest as it should be', { ok: false, newest, error: null, gone }, []],
  [
    'with the newest damaged',
    {
      ok: false,
      newest: { ...newest, equal: false },
      error: 'b.sql.gz.globals.sql has another checksum on the box than here',
      gone,
    },
    [[WHAT, 'b.sql.gz.globals.sql has another checksum on the box than here', 'there, and equal', 'person']],
  ],
])('others are gone, %s: that is told by itself', (_what, box, before) => {
  const found = plan(step, { box })
  expect(rows(found)).toEqual([
    ...before,
    ['backups of onquota on the box', '1 backup … a.sql.gz', 'all that were uploaded', 'person'],
  ])
  expect(help(found)).toMatch(/if you removed them on purpose: npx zx tasks\/backup\.mjs onquota --acknowledge/)
})

test.each([
  ['equal', true, [], 'b.sql.gz equal on box 1, u1@one; b.sql.gz equal on box 2, u2@two'],
  [
    'away',
    false,
    [['copy of onquota on box 2, u2@two', 'could not look', 'there, and equal', 'person']],
    'b.sql.gz equal on box 1, u1@one; nothing on box 2, u2@two',
  ],
])('of two boxes the second is %s: it says which', (_what, ok, changes, note) => {
  const first = { host: 'one', user: 'u1', ok: true, newest, error: null }
  const second = { host: 'two', user: 'u2', ok, newest: ok ? newest : null, error: ok ? null : 'could not look' }
  const found = plan(step, { box: { ok, newest, error: null, boxes: [first, second] } })
  expect(rows(found)).toEqual(changes)
  expect(found.note).toBe(note)
})

test('unreadable', () => expectUnreadable(step))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what others than root could change is not run', async () => {
  const script = join(folder, 'loose')
  writeFileSync(script, `#!/bin/sh\ntouch ${folder}/ran; echo '${JSON.stringify({ ok: true, newest })}'\n`)
  chmodSync(script, 0o777)
  const { box } = await asked(step, (text) => text.replaceAll('/opt/postgresql-backups/backup-onquota.sh', script))
  expect(box).toEqual({
    error: expect.stringContaining(`${script} could be changed by others than root (-rwxrwxrwx root:root)`) as string,
  })
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

test.each([
  [0, { value: { ok: true, newest } }],
  [2, { value: { ok: true, newest } }],
  [1, { error: 'exit 1: said why' }],
])("the script's exit %i", async (code, answer) => {
  const script = join(folder, 'script')
  writeFileSync(
    script,
    `#!/bin/sh\n[ "$1" = --check-box ] || exit 9\necho '${JSON.stringify({ ok: true, newest })}'; echo 'said why' >&2; exit ${code}\n`,
  )
  chmodSync(script, 0o755)
  expect(await asked(step, (text) => text.replaceAll('/opt/postgresql-backups/backup-onquota.sh', script))).toEqual({
    box: answer,
  })
})

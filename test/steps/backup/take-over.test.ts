import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Script } from '../../../lib/text/sh.ts'
import type { Schedule } from '../../../lib/steps/backup/schedules.ts'
import { takeOver } from '../../../lib/steps/backup/take-over.ts'
import { localMachine, printed } from '../../engine/support.ts'
import { SCRIPT, schedule } from '../other-schedules/support.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-take-over-'))
  path = join(folder, 'crontabs-root')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex')
const job = (raw: string, more: Partial<Schedule> = {}): Schedule => ({ ...schedule(SCRIPT), path, raw: hex(raw), ...more })
const LINE = `0 3 * * * ${SCRIPT}\n`
const OTHERS = ['# by hand\t \r\n', 'M=\xE9\xFF %\n', '0 2 * * * /other\n', '\n', '#end']

function run(jobs: readonly Schedule[]) {
  const script = takeOver(jobs, SCRIPT)
    .text.replaceAll('/var/backups/bitacora', join(folder, 'kept'))
    .replaceAll('/run/systemd/system', '/nonexistent')
  return printed(localMachine(), new Script(`set -e\n${script}`))
}

const kept = () => (existsSync(join(folder, 'kept')) ? readdirSync(join(folder, 'kept')).toSorted() : [])
const [first, second, third, ...rest] = OTHERS as [string, string, string, ...string[]]

test('the line goes, the rest stays byte for byte, and the crontab is kept with its mode', async () => {
  const text = first + second + LINE + third + rest.join('')
  writeFileSync(path, text, 'latin1')
  chmodSync(path, 0o600)
  const ahead = Math.ceil(Date.now() / 1000) + 5
  utimesSync(path, ahead, ahead)
  expect((await run([job(LINE)])).code).toBe(0)
  expect(readFileSync(path, 'latin1')).toBe(OTHERS.join(''))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  // cron compares whole seconds.
  expect(statSync(path).mtimeMs).toBe((ahead + 1) * 1000)
  const [name = '', ...more] = kept()
  expect(more).toEqual([])
  expect(name).toMatch(/_crontabs-root\.\d{8}_\d{6}$/)
  expect(readFileSync(join(folder, 'kept', name), 'latin1')).toBe(text)
  expect(statSync(join(folder, 'kept', name)).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).toSorted()).toEqual(['crontabs-root', 'kept'])
})

test('several lines, the same one twice, the last without its end', async () => {
  writeFileSync(path, `${LINE}a\n${LINE}b\n${LINE.trimEnd()}`)
  expect((await run([job(LINE), job(LINE), job(LINE.trimEnd())])).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
})

test('an edit of another line meanwhile is not lost', async () => {
  writeFileSync(path, `new\n${LINE}changed\n`)
  expect((await run([job(LINE)])).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe('new\nchanged\n')
})

test('a line that was changed meanwhile stays, and says so', async () => {
  const text = `a\n30 ${LINE}`
  writeFileSync(path, text)
  const { code, stderr } = await run([job(LINE)])
  expect(code).not.toBe(0)
  expect(stderr).toContain('a line changed while this run was going on; run this again')
  expect(readFileSync(path, 'utf8')).toBe(text)
  expect(kept()).toEqual([])
})

test('two projects in one second: each state of the crontab is kept', async () => {
  writeFileSync(path, `${LINE}x\ny\n`)
  expect([(await run([job(LINE)])).code, (await run([job('x\n')])).code]).toEqual([0, 0])
  expect(readFileSync(path, 'utf8')).toBe('y\n')
  expect(kept()).toHaveLength(2)
})

test('a link is not followed', async () => {
  writeFileSync(join(folder, 'target'), LINE)
  symlinkSync(join(folder, 'target'), path)
  expect((await run([job(LINE)])).code).not.toBe(0)
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe(LINE)
})

test('a script of cron.daily is moved away, unless it changed', async () => {
  writeFileSync(path, 'pg_dump onquota_db\n')
  expect((await run([job('another\n', { kind: 'script' })])).stderr).toContain('changed while this run was going on')
  expect(existsSync(path)).toBe(true)
  expect((await run([job('pg_dump onquota_db\n', { kind: 'script' })])).code).toBe(0)
  expect(existsSync(path)).toBe(false)
  expect(readFileSync(join(folder, 'kept', kept()[0]!), 'utf8')).toBe('pg_dump onquota_db\n')
})

test('what enables a timer goes, and is kept; its unit stays', async () => {
  mkdirSync(join(folder, 'wants'))
  const link = join(folder, 'wants/x.timer')
  writeFileSync(path, '[Timer]\n')
  symlinkSync(path, link)
  expect((await run([job('', { kind: 'timer', links: [link] })])).code).toBe(0)
  expect([existsSync(link), existsSync(path)]).toEqual([false, true])
  expect(kept()).toHaveLength(1)
})

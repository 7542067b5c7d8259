import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envFileStep } from '../../lib/steps/env-file.ts'
import { context, expectMasked, expectUnreadable, file, help, plan, rows, scripts, written } from './support.ts'

function stepAt(path: string) {
  const base = context({
    'projects.onquota.envFile': {
      path,
      variables: { DATABASE_URL: 'postgresql://{owner}:{password}@{host}:{port}/{database}', DB_PASSWORD: '{password}' },
    },
  })
  return envFileStep(base, base.project.envFile!)
}
const PATH = '/opt/onquota/.env'
const step = stepAt(PATH)
const right = written(plan(step, { found: null }))

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'with DATABASE_URL, DB_PASSWORD', 'run']]],
  ['right', file(right), []],
  ['right, among others, of any owner and mode', file(`# x\nA=1\n${right}B=2`, { owner: 'app', mode: '0664' }), []],
  [
    'one variable missing',
    file(right.replace(/^DB_PASSWORD=.*\n/m, '')),
    [[`file ${PATH}`, 'another DB_PASSWORD', 'as the inventory says', 'run']],
  ],
  [
    'another value',
    file(right.replace('5432', '5433')),
    [[`file ${PATH}`, 'another DATABASE_URL', 'as the inventory says', 'run']],
  ],
  ['empty', file(''), [[`file ${PATH}`, 'another DATABASE_URL, DB_PASSWORD', 'as the inventory says', 'run']]],
  [
    'a folder',
    file('', { type: 'directory' }),
    [[`file ${PATH}`, 'directory', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'a link',
    file('', { type: 'symlink' }),
    [[`file ${PATH}`, 'symlink', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'a NUL byte, which no shell reads',
    file('A=1\n', { bytes: 5 }),
    [[`file ${PATH}`, 'not UTF-8 text', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'not UTF-8',
    file('A=\uFFFD\n', { bytes: 6 }),
    [[`file ${PATH}`, 'not UTF-8 text', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
])('%s', (_what, found, changes) => {
  const result = plan(step, { found })
  expect(rows(result)).toEqual(changes)
  expectMasked(result)
})

test('the URL is encoded, the bare password is not; neither survives masking', () => {
  expect(right).toContain('DATABASE_URL=postgresql://onquota_user:p%27a%22s%24w%25o%20r%5Cd@127.0.0.1:5432/onquota_db\n')
  expect(right).toContain(`DB_PASSWORD="p'a\\"s\\$w%o r\\\\d"\n`)
  const { masked } = scripts(plan(step, { found: null }))
  expect(masked).not.toContain('w%o r')
  expect(masked).not.toContain('w%25o')
})

test('the way out is named', () => {
  expect(help(plan(step, { found: null }))).toContain('deploy the application first')
})

test('unreadable', () => expectUnreadable(step))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))
let count = 0

/** The step at a place on this machine, and its script run by a real shell. */
function place(text?: string) {
  const at = join(folder, String(count++))
  mkdirSync(at)
  const path = join(at, ".e'nv")
  if (text !== undefined) writeFileSync(path, text)
  return {
    at,
    path,
    run: (found: string | null) =>
      spawnSync('sh', ['-s'], {
        input: `set -e; umask 077\n${scripts(plan(stepAt(path), { found: found === null ? null : file(found) })).text}`,
        encoding: 'utf8',
      }),
  }
}

test('only our variables change; mode, rest and the first old state stay', () => {
  const old = `# mine\r\nA='x y'\nDB_PASSWORD=old\nDATABASE_URL=old # was here\n\nB=2`
  const { at, path, run } = place(old)
  chmodSync(path, 0o664)
  expect(run(old)).toMatchObject({ status: 0, stderr: '' })
  const now = readFileSync(path, 'utf8')
  expect(now.split('\n').filter((line) => !line.startsWith('D'))).toEqual(['# mine\r', "A='x y'", '', 'B=2'])
  expect(now.split('\n').map((line) => line.split('=')[0])).toEqual(old.split('\n').map((line) => line.split('=')[0]))
  expect(statSync(path).mode & 0o777).toBe(0o664)
  expect(rows(plan(stepAt(path), { found: file(now) }))).toEqual([])
  // A second difference later: the first old state is kept, not this one.
  const meddled = now.replace('5432', '1')
  writeFileSync(path, meddled)
  expect(run(meddled).status).toBe(0)
  expect(readdirSync(at).toSorted()).toEqual([".e'nv", ".e'nv.before-bitacora"])
  expect(readFileSync(`${path}.before-bitacora`, 'utf8')).toBe(old)
})

test('what somebody wrote in the meantime is not overwritten', () => {
  const { path, run } = place('A=1\n')
  writeFileSync(path, 'A=2\n')
  expect(run('A=1\n')).toMatchObject({ status: 1, stderr: 'the file changed while this run was going on\n' })
  expect(readFileSync(path, 'utf8')).toBe('A=2\n')
})

test('a new file is for its owner only', () => {
  const { at, path, run } = place()
  expect(run(null)).toMatchObject({ status: 0, stderr: '' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(at)).toEqual([".e'nv"])
  expect(readFileSync(path, 'utf8')).toBe(right)
})

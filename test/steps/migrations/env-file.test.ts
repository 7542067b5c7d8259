import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { envFileStep } from '../../../lib/steps/migrations/env-file.ts'
import { OWNERS } from '../../../lib/engine/owners.ts'
import { asked, context, expectMasked, expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

function stepAt(path: string, user?: string) {
  const base = context({
    'projects.onquota.envFile': {
      path,
      variables: { DATABASE_URL: 'postgresql://{owner}:{password}@{host}:{port}/{database}', DB_PASSWORD: '{password}' },
    },
  })
  return envFileStep(base, { ...base.project.envFile!, user })
}
const PATH = '/opt/onquota/.env'
const step = stepAt(PATH)
/** What the host answers. */
const said = (line: string, text = '', { user = 'root', copy = 'alone' } = {}) => `as ${user}\n${copy} ${line}\n${text}`
const MISSING = said('missing')
const file = (text: string, { mode = '0600', owner = 'root', group = 'root', ...rest }: Record<string, string> = {}) =>
  said(`file ${mode} ${owner} ${group} ${Buffer.byteLength(text)} text`, text, rest)
/** What a plan would write: the word after `printf '%s'`. */
const written = (result: ReturnType<typeof plan>) =>
  (/printf '%s' ((?:'(?:[^'])*'|\\')+) > "\$t"/.exec(scripts(result).text)?.[1] ?? '').replace(
    /'([^']*)'|\\'/g,
    (whole, inside?: string) => inside ?? (whole === "\\'" ? "'" : ''),
  )
const right = written(plan(step, { found: MISSING }))

test.each([
  ['absent', MISSING, [[`file ${PATH}`, null, 'with DATABASE_URL, DB_PASSWORD', 'run']]],
  ['without its folder', null, [[`file ${PATH}`, null, 'with DATABASE_URL, DB_PASSWORD', 'person']]],
  ['right', file(right), []],
  ['right, among others, of any owner', file(`# x\nA=1\n${right}B=2`, { owner: 'app', group: 'app', mode: '0660' }), []],
  ['readable by everybody', file(right, { mode: '0644' }), [[`file ${PATH} mode`, '0644', '0640', 'run']]],
  ['writable by everybody', file(right, { mode: '0666' }), [[`file ${PATH} mode`, '0666', '0660', 'run']]],
  [
    'writable by a group',
    file(right, { mode: '0660', group: 'dev' }),
    [[`file ${PATH} mode`, '0660, group dev', 'writable by its owner only', 'person']],
  ],
  ['a copy with old secrets', file(right, { copy: 'copy' }), [[`file ${PATH}.before-bitacora`, 'an old copy', null, 'run']]],
  [
    'of another than the folder’s owner, to be written',
    file('A=1\n', { user: 'app' }),
    [[`file ${PATH}`, 'another DATABASE_URL, DB_PASSWORD; of root', 'as the inventory says', 'person']],
  ],
  ['of another than the folder’s owner, and right', file(right, { user: 'app' }), []],
  [
    'in a folder that others can change',
    'as root\nrefused drwxrwxr-x root app /opt/onquota\n',
    [[`folder of ${PATH}`, '/opt/onquota is drwxrwxr-x root:app', 'only root and root can change it', 'person']],
  ],
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
    said('directory 0755 root root 0 none'),
    [[`file ${PATH}`, 'directory', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'a link',
    said('symlink 0777 root root 0 none'),
    [[`file ${PATH}`, 'symlink', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'one that the folder’s owner can’t read',
    said('file 0600 root root 0 unreadable', '', { user: 'app' }),
    [[`file ${PATH}`, 'not readable', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'a NUL byte, which no shell reads',
    file('A=1\0\n'),
    [[`file ${PATH}`, 'not UTF-8 text', 'a text file with DATABASE_URL, DB_PASSWORD', 'person']],
  ],
  [
    'not UTF-8',
    said('file 0600 root root 4 text', 'A=\uFFFD\n'),
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
  const { masked } = scripts(plan(step, { found: MISSING }))
  expect(masked).not.toContain('w%o r')
  expect(masked).not.toContain('w%25o')
})

test('the way out is named', () => {
  expect(help(plan(step, { found: null }))).toContain('deploy the application first')
})

test.each([
  [
    'a link',
    said('symlink 0777 root root 0 none'),
    `write where it leads into projects.onquota.envFile.path (readlink -f ${PATH})`,
  ],
  [
    'a folder of two users',
    'as deploy\nrefused drwxrwsr-x deploy www-data /opt/onquota\n',
    '"user": "deploy" in projects.onquota.envFile acts as deploy all the same',
  ],
])('and is one that a run takes: %s', (_what, found, way) => {
  expect(help(plan(step, { found }))).toContain(way)
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
    ask: async () => ((await asked(stepAt(path)))['found'] as { value: unknown }).value,
    run: (found: string | null) =>
      spawnSync('sh', ['-s'], {
        input: `${OWNERS.text}\nset -e; umask 077\n${scripts(plan(stepAt(path), { found: found === null ? MISSING : file(found) })).text}`,
        encoding: 'utf8',
      }),
  }
}

test('only our variables change; mode and rest stay, and no copy of old secrets', async () => {
  const old = `# mine\r\nA='x y'\nDB_PASSWORD=old\nDATABASE_URL=old # was here\n\nB=2`
  const { at, path, run, ask } = place(old)
  chmodSync(path, 0o664)
  expect(run(old)).toMatchObject({ status: 0, stderr: '' })
  const now = readFileSync(path, 'utf8')
  expect(now.split('\n').filter((line) => !line.startsWith('D'))).toEqual(['# mine\r', "A='x y'", '', 'B=2'])
  expect(now.split('\n').map((line) => line.split('=')[0])).toEqual(old.split('\n').map((line) => line.split('=')[0]))
  expect(statSync(path).mode & 0o777).toBe(0o664)
  expect(rows(plan(stepAt(path), { found: file(now) }))).toEqual([])
  expect(await ask()).toMatchObject({ user: 'root', copy: false, state: { type: 'file', mode: '0664', text: now } })
  expect(readdirSync(at)).toEqual([".e'nv"])
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

test('whom the inventory names writes also where others may change the folder', async () => {
  const { at, path } = place('A=1\n')
  chmodSync(at, 0o777)
  expect(((await asked(stepAt(path)))['found'] as { value: unknown }).value).toMatchObject({ refused: { path: at } })
  const user = userInfo().username
  const declared = stepAt(path, user)
  expect(((await asked(declared))['found'] as { value: unknown }).value).toMatchObject({ user, state: { text: 'A=1\n' } })
  const { text } = scripts(plan(declared, { found: file('A=1\n', { user }) }))
  const input = `${OWNERS.text}\nset -e; umask 077\n${text}`
  expect(spawnSync('sh', ['-s'], { input, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync(path, 'utf8')).toBe(`A=1\n${right}`)
})

test('a user whom the host lacks is named', async () => {
  const { path } = place('A=1\n')
  const answer = (await asked(stepAt(path, 'no-such-user')))['found']
  expect(JSON.stringify(answer)).toContain('there is no user no-such-user on the host: create it, or correct envFile.user')
})

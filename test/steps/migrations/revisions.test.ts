import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { read } from '../../../lib/engine/read.ts'
import type { Answer } from '../../../lib/engine/answer.ts'
import { Masker } from '../../../lib/text/masker.ts'
import { codeRevisions } from '../../../lib/steps/migrations/revisions.ts'
import type { Code } from '../../../lib/steps/migrations/revisions.ts'
import { localMachine } from '../../engine/support.ts'
import { context } from '../common/support.ts'

let folder = ''
const folders: string[] = []
beforeEach(() => folders.push((folder = mkdtempSync(join(tmpdir(), 'bitacora-')))))
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true })))

const INI = '[alembic]\n# version_locations = %(here)s/bar\nscript_location = alembic\n'
const first = 'import x\n\nrevision = "001"\ndown_revision = None\nbranch_labels = None\n'
const second = "revision: str = '002'  # the second\ndown_revision: str | None = '001'\n"

/** The code on a host, read by a real shell and Perl; Alembic itself is played by a script that tells a history, or fails. */
async function revisions(files: Record<string, string>, history?: string) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const command =
    history === undefined
      ? ['sh', '-c', 'echo "no such table" >&2; exit 1']
      : ['sh', '-c', 'printf "%s" "$0"; echo "$1" >/dev/null', history]
  const fact = codeRevisions({ ...context().project.migrations!, directory: folder, command })
  return plain((await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact))
}

const plain = (answer: Answer | undefined) =>
  answer !== undefined && 'value' in answer && answer.value !== null ? { value: (answer.value as Code).revisions } : answer

test('version files in the usual form are read without Alembic', async () => {
  const files = {
    'alembic.ini': INI,
    'alembic/versions/1.py': first,
    'alembic/versions/2 b.py': second,
    'alembic/versions/__init__.py': '',
    'alembic/versions/README': 'revision = "x"',
  }
  expect(await revisions(files)).toEqual({
    value: [
      { id: '001', down: [] },
      { id: '002', down: ['001'] },
    ],
  })
})

test('no folder, or no alembic.ini, is no code', async () => {
  expect(await revisions({})).toEqual({ value: null })
  folder = join(folder, 'gone')
  const fact = codeRevisions({ ...context().project.migrations!, directory: folder })
  expect((await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact)).toEqual({ value: null })
})

test('an empty folder of versions holds none', async () => {
  expect(await revisions({ 'alembic.ini': INI, 'alembic/versions/__init__.py': '' })).toEqual({ value: [] })
})

test.each([
  ['a computed revision', INI, { 'alembic/versions/1.py': 'revision = make("001")\ndown_revision = None\n' }],
  ['a file that is no revision', INI, { 'alembic/versions/1.py': first, 'alembic/versions/helpers.py': 'x = 1\n' }],
  ['a tuple over several lines', INI, { 'alembic/versions/1.py': 'revision = "001"\ndown_revision = (\n  "a",\n)\n' }],
])('Alembic is asked about %s', async (_what, ini, files) => {
  expect(await revisions({ 'alembic.ini': ini, ...files }, '001 -> 002 (head), second\n<base> -> 001, first\n')).toEqual({
    value: [
      { id: '002', down: ['001'] },
      { id: '001', down: [] },
    ],
  })
})

test('where Alembic fails, its own words are the reason', async () => {
  expect(await revisions({ 'alembic.ini': INI, 'alembic/versions/1.py': 'revision = f()\n' })).toEqual({
    error: 'exit 1: no such table',
  })
})

/** The fact's own answer, of a project that would leave a mark where anything of it ran. */
async function asked(options: { python?: boolean; user?: string } = {}) {
  const command = ['sh', '-c', `id -u > ${folder}/ran; echo '<base> -> 001 (head), first'`]
  const { python = true, ...rest } = options
  const fact = codeRevisions({ ...context().project.migrations!, directory: folder, command, ...rest }, { python })
  return (await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact)
}
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

test('where Alembic must not be asked, the reason is told, and nothing runs', async () => {
  write('alembic.ini', INI)
  write('alembic/versions/1.py', 'revision = "0" + "01"\ndown_revision = None\n')
  expect(await asked({ python: false })).toEqual({
    value: { user: 'root', revisions: [], unchecked: 'alembic/versions/1.py is not in the usual form' },
  })
  expect(spawnSync('ls', [join(folder, 'ran')]).status).not.toBe(0)
  expect(await asked()).toMatchObject({ value: { user: 'root', revisions: [{ id: '001', down: [] }] } })
})

test.each([
  ['a FIFO', () => spawnSync('mkfifo', [join(folder, 'alembic/versions/1.py')]), /is no regular file/],
  ['a device', () => symlinkSync('/dev/zero', join(folder, 'alembic/versions/1.py')), /is no regular file/],
  ['a huge file', () => spawnSync('truncate', ['-s', '2M', join(folder, 'alembic/versions/1.py')]), /is too large/],
])('neither held nor led astray by %s', async (_what, make, why) => {
  write('alembic.ini', INI)
  write('alembic/versions/2.py', first)
  make()
  expect(await asked({ python: false, user: 'root' })).toMatchObject({
    value: { unchecked: expect.stringMatching(why) as string },
  })
})

test.each([
  ['the folder', '.'],
  ['alembic.ini', 'alembic.ini'],
  ['env.py', 'alembic/env.py'],
  ['a version file', 'alembic/versions/1.py'],
  ['a module that Alembic could import', 'app/models.py'],
])('root neither reads nor runs where others can write: %s', async (_what, name) => {
  write('alembic.ini', INI)
  write('alembic/env.py', '')
  write('app/models.py', '')
  write('alembic/versions/1.py', first)
  expect(await asked()).toMatchObject({ value: { user: 'root', revisions: [{ id: '001' }] } })
  chmodSync(join(folder, name), 0o777)
  expect(await asked()).toMatchObject({ value: { user: 'root', refused: { owner: 'root', path: join(folder, name) } } })
  expect(spawnSync('ls', [join(folder, 'ran')]).status).not.toBe(0)
  expect(await asked({ user: 'root' })).toMatchObject({ value: { user: 'root', revisions: [{ id: '001' }] } })
})

test('root believes no configuration elsewhere that others can write', async () => {
  write('code/alembic.ini', INI)
  write('other/alembic.ini', INI)
  const config = join(folder, 'other/alembic.ini')
  const command = ['sh', '-c', `id -u > ${folder}/ran; echo '<base> -> 001 (head), first'`, 'alembic', '-c', config]
  const fact = codeRevisions({ ...context().project.migrations!, directory: join(folder, 'code'), command })
  const answer = async () => (await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact)
  expect(await answer()).toMatchObject({ value: { user: 'root', revisions: [{ id: '001' }] } })
  rmSync(join(folder, 'ran'))
  chmodSync(config, 0o666)
  expect(await answer()).toMatchObject({ value: { refused: { path: config } } })
  expect(spawnSync('ls', [join(folder, 'ran')]).status).not.toBe(0)
})

test('what the application keeps in root’s folder is its own', async () => {
  for (const [name, text] of [
    ['alembic.ini', INI],
    ['alembic/versions/1.py', first],
    ['.env', 'A=1'],
    ['uploads/1.png', ''],
  ] as const)
    write(name, text)
  for (const name of ['.env', 'uploads', 'uploads/1.png']) chmodSync(join(folder, name), 0o777)
  expect(await asked()).toMatchObject({ value: { user: 'root', revisions: [{ id: '001' }] } })
  // A module put there would be found before one of the same name elsewhere.
  write('uploads/__init__.py', '')
  expect(await asked()).toMatchObject({ value: { refused: { path: join(folder, 'uploads') } } })
})

test.runIf(process.getuid?.() === 0)('another user’s folder is read and run as that user', async () => {
  write('alembic.ini', INI)
  write('alembic/versions/1.py', 'revision = "0" + "01"\ndown_revision = None\n')
  spawnSync('chown', ['-R', 'daemon', folder])
  expect(await asked()).toMatchObject({ value: { user: 'daemon', revisions: [{ id: '001' }] } })
  expect(spawnSync('stat', ['-c', '%U', join(folder, 'ran')], { encoding: 'utf8' }).stdout).toBe('daemon\n')
  // What root could read and this user can't is not read.
  rmSync(join(folder, 'alembic/versions/1.py'))
  symlinkSync('/etc/shadow', join(folder, 'alembic/versions/1.py'))
  expect(await asked()).toMatchObject({ value: { user: 'daemon', denied: 'alembic/versions/1.py' } })
})

test('who owns the code can’t hold the reading of the host by stopping what reads it', () => {
  expect(codeRevisions(context().project.migrations!, { python: false })).toMatchObject({ deadline: 30 })
  expect(codeRevisions(context().project.migrations!)).toMatchObject({ deadline: 100 })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { read } from '../../lib/engine/read.ts'
import { Masker } from '../../lib/secret.ts'
import { codeRevisions } from '../../lib/steps/revisions.ts'
import { localMachine } from '../engine/support.ts'
import { context } from './support.ts'

let folder = ''
const folders: string[] = []
beforeEach(() => folders.push((folder = mkdtempSync(join(tmpdir(), 'bitacora-')))))
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true })))

const INI = '[alembic]\n# version_locations = %(here)s/bar\nscript_location = alembic\n'
const first = 'import x\n\nrevision = "001"\ndown_revision = None\nbranch_labels = None\n'
const second = "revision: str = '002'  # the second\ndown_revision: str | None = '001'\n"

/** The code on a host, read by a real shell and awk; Alembic itself is played by a script that tells a history, or fails. */
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
  return (await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact)
}

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

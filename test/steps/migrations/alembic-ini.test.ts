import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { namesItsConfig } from '../../../lib/steps/migrations/alembic-ini.ts'
import { templateText } from '../../../lib/text/template.ts'
import { context } from '../common/support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))
const usual = context().project.migrations!

/** The folder that is read, `asked` where only Alembic can tell, undefined where there is no code. */
function found(ini: string | null, change: Partial<typeof usual> = {}, files: Record<string, string> = {}): string | undefined {
  const here = mkdtempSync(join(folder, 'x'))
  if (ini !== null) writeFileSync(join(here, 'alembic.ini'), ini)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(here, name), text)
  const named = namesItsConfig({ ...usual, ...change }) ? 'yes' : 'no'
  const { stdout, stderr } = spawnSync('perl', ['-e', templateText('facts/revisions.pl'), here, named], { encoding: 'utf8' })
  expect(stderr).toBe('')
  if (stdout === '') return undefined
  return /^unusual its configuration leaves/m.test(stdout) ? 'asked' : /^location (.*)$/m.exec(stdout)?.[1]
}

test.each([
  ['as Alembic writes it', '[alembic]\nscript_location = alembic\n', './alembic'],
  ['without blanks', '[alembic]\nscript_location=alembic', './alembic'],
  ['with tabs and a colon', '[alembic]\nscript_location\t:\talembic \t\n', './alembic'],
  ['relative to the file', '[alembic]\nscript_location = %(here)s/db/alembic\n', './db/alembic'],
  ["the file's own folder", '[alembic]\nscript_location = %(here)s\n', './'],
  ['absolute', '[alembic]\nscript_location = /opt/x\n', '/opt/x'],
  ['with blanks in it', '[alembic]\nscript_location = my code/alembic\n', './my code/alembic'],
  ['a name that begins with a dash', '[alembic]\nscript_location = -x\n', './-x'],
  ['lines that end as in Windows', '[alembic]\r\n\r\nscript_location = alembic\r\n', './alembic'],
  ['comments', '# [x]\n[alembic]\n; script_location = a\n  # script_location = b\nscript_location = alembic\n#', './alembic'],
  ['a section before it', '[loggers]\nscript_location = wrong\nkeys = root\n[alembic]\nscript_location = alembic\n', './alembic'],
  ['a section after it', '[alembic]\nscript_location = alembic\n[other]\nscript_location = wrong\n', './alembic'],
  [
    'a section of a like name',
    '[alembic]\nscript_location = alembic\n[alembic:x]\nscript_location = wrong\nversion_locations = y\n',
    './alembic',
  ],
  ['folders of versions of another section', '[alembic]\nscript_location = alembic\n[x]\nversion_locations = a b\n', './alembic'],
  ['keys of a like name', '[alembic]\nscript_location = alembic\nmy_script_location = x\nscript_location_2 = y\n', './alembic'],
  [
    'a value over several lines before it',
    '[alembic]\nfile_template = a\n  script_location = wrong\nscript_location = alembic\n',
    './alembic',
  ],
  ['an indented key', '[alembic]\n  script_location = alembic\n  prepend_sys_path = .\n', './alembic'],
  [
    'what is as without it',
    '[alembic]\nscript_location = alembic\nversion_locations =\nrecursive_version_locations = false\nsourceless = false\n',
    './alembic',
  ],
])('%s', (_what, ini, folderFound) => {
  expect(found(ini)).toBe(folderFound)
})

test.each([
  ['no script_location', '[alembic]\n'],
  ['script_location of another section alone', '[alembic]\n[x]\nscript_location = alembic\n'],
  ['two of them', '[alembic]\nscript_location = a\nscript_location = b\n'],
  ['a folder of a package', '[alembic]\nscript_location = app:migrations\n'],
  ['another interpolation', '[alembic]\nbase = x\nscript_location = %(base)s/alembic\n'],
  ['a doubled percent sign', '[alembic]\nscript_location = a%%b\n'],
  ['a value over several lines', '[alembic]\nscript_location =\n  alembic\n'],
  ['several folders of versions', '[alembic]\nscript_location = alembic\nversion_locations = a b\n'],
  ['the same over several lines', '[alembic]\nscript_location = alembic\nversion_locations =\n  a\n  b\n'],
  ['folders within the folder', '[alembic]\nscript_location = alembic\nrecursive_version_locations = true\n'],
  ['versions without their source', '[alembic]\nscript_location = alembic\nsourceless = true\n'],
  ['capitals in a key', '[alembic]\nScript_Location = alembic\n'],
  ['defaults of all sections', '[DEFAULT]\nversion_locations = x\n[alembic]\nscript_location = alembic\n'],
])('Alembic is asked about %s', (_what, ini) => {
  expect(found(ini)).toBe('asked')
})

const INI = '[alembic]\nscript_location = alembic\n'

test.each([
  [['alembic', '-c', 'other.ini']],
  [['python3', '-m', 'alembic', '-nother']],
  [['/opt/venv/bin/alembic', '--config=other.ini']],
  [['uv', 'run', 'alembic', '--name', 'other']],
])('Alembic is asked where the command names a config: %j', (command) => {
  expect(found(INI, { command })).toBe('asked')
  expect(found(null, { command })).toBe('asked')
})

test('a shell around the command names no config', () => {
  expect(found(INI, { command: ['sh', '-c', 'exec alembic "$@"', 'sh'] })).toBe('./alembic')
  expect(found(INI, { command: ['docker', 'compose', '-c', 'x', 'exec', 'alembic', '-x', 'a=b'] })).toBe('./alembic')
})

test('Alembic is asked where the environment names a config, or pyproject.toml has one', () => {
  expect(found(INI, { env: { ALEMBIC_CONFIG: 'other.ini' } })).toBe('asked')
  const toml = { 'pyproject.toml': '[tool.black]\nx = 1\n\n[tool.alembic]\nscript_location = "%(here)s/alembic"\n' }
  expect(found(null, {}, toml)).toBe('asked')
  expect(found(INI, {}, toml)).toBe('asked')
  expect(found(INI, {}, { 'pyproject.toml': '[tool.black]\n' })).toBe('./alembic')
})

test('no config at all is no code', () => {
  expect(found(null)).toBeUndefined()
  expect(found(null, {}, { 'pyproject.toml': '[tool.black]\n' })).toBeUndefined()
})

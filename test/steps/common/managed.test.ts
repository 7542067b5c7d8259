import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { MARK, managedFileStep, planFile } from '../../../lib/steps/common/managed.ts'
import type { ManagedFile } from '../../../lib/steps/common/managed.ts'
import type { FileState } from '../../../lib/engine/file.ts'
import { expectUnreadable, file, plan, rows, scripts } from './support.ts'

const content = `# ${MARK}\nx='ñ'\n`
const wanted: ManagedFile = { path: '/etc/app.conf', content, mode: '0640' }
const ours = `# ${MARK}\nold\n`
const KEPT = `/var/backups/bitacora/etc_app.conf.${file('hand made\n').sha256?.slice(0, 12)}`
const planned = (found: FileState | null, change: Partial<ManagedFile> = {}) =>
  plan(managedFileStep('app', 'x', { ...wanted, ...change }), { found })

test.each([
  ['absent', null, [['file /etc/app.conf', null, 'root, 0640', 'run']]],
  ['right', file(content, { mode: '0640' }), []],
  ['another mode', file(content, { mode: '0644' }), [['file /etc/app.conf mode', '0644', '0640', 'run']]],
  [
    'another owner',
    file(content, { mode: '0640', owner: 'deploy' }),
    [['file /etc/app.conf owner', 'deploy:root', 'root:root', 'run']],
  ],
  [
    'another group',
    file(content, { mode: '0640', group: 'adm' }),
    [['file /etc/app.conf owner', 'root:adm', 'root:root', 'run']],
  ],
  ['another content', file(ours, { mode: '0640' }), [['file /etc/app.conf', 'another content', 'as the inventory says', 'run']]],
  [
    'the mark on its second line',
    file(`#!/bin/sh\n${ours}`),
    [['file /etc/app.conf', 'another content', 'as the inventory says', 'run']],
  ],
  [
    'made by hand',
    file('hand made\n'),
    [['file /etc/app.conf', 'a file made by hand', `ours; the old one kept as ${KEPT}`, 'run']],
  ],
  ['a folder', file('', { type: 'directory' }), [['file /etc/app.conf', 'directory', 'file', 'blocks']]],
  ['a link', file('', { type: 'symlink' }), [['file /etc/app.conf', 'symlink', 'file', 'blocks']]],
] as const)('%s', (_what, found, changes) => {
  expect(rows(planned(found))).toEqual(changes)
})

test('a difference is told in its own words, of our own files only', () => {
  const difference = (text: string) => ({ from: text.length, to: content.length })
  expect(rows(planned(file(ours), { difference }))).toEqual([['file /etc/app.conf', ours.length, content.length, 'run']])
  expect(rows(planned(file('hand made\n'), { difference }))[0]?.[1]).toBe('a file made by hand')
})

test('a file that can bear no mark is ours where only we write', () => {
  expect(rows(planned(file('hand made\n'), { unmarked: true }))).toEqual([
    ['file /etc/app.conf', 'another content', 'as the inventory says', 'run'],
  ])
})

test('only a file made by hand is kept, for root alone', () => {
  expect(scripts(planned(file('hand made\n'))).text).toContain(
    `cp -- /etc/app.conf ${KEPT}; chown root:root -- ${KEPT}; chmod 0600 -- ${KEPT}\n`,
  )
  for (const found of [null, file(ours)]) expect(scripts(planned(found)).text).not.toContain('/var/backups')
})

test('what others could write to gets a file of its own: they may hold the old one open', () => {
  for (const state of [{ owner: 'deploy' }, { mode: '0666' }, { links: 2 }])
    expect(scripts(planned(file(content, { mode: '0640', ...state }))).text).toContain('.bitacora-new')
  expect(scripts(planned(file(content, { mode: '0644' }))).text).not.toContain('.bitacora-new')
})

test('unreadable', () => expectUnreadable(managedFileStep('app', 'x', wanted)))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Run by a real shell, as `apply` does; `chown root` is left out for a plain user. */
function run(changes: ReturnType<typeof planFile>, before = '') {
  const text = changes
    .map((change) => change.run?.text ?? '')
    .join('\n')
    .replaceAll(/chown \S*( -h)? ?root:root/g, ': ')
  return spawnSync('sh', ['-s'], { input: `set -e\n${before}\n${text}`, encoding: 'utf8' })
}

test('what is written is the content, to the byte, with its mode, and nothing is left beside it', () => {
  const path = join(folder, "it's")
  const odd = { path, content: "\\n '%s' $x `y` \" ñ 😀\n\n", mode: '0640' }
  expect(run(planFile(odd, null))).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync(path, 'utf8')).toBe(odd.content)
  expect((statSync(path).mode & 0o7777).toString(8)).toBe('640')
  expect(readdirSync(folder)).toEqual(["it's"])
})

test('a write that fails leaves the old file, and nothing beside it', () => {
  const path = join(folder, 'kept')
  writeFileSync(path, ours)
  chmodSync(path, 0o600)
  expect(run(planFile({ path, content, mode: '0640' }, file(ours)), 'sync() { return 1; }').status).not.toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(ours)
  expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept'])
})

test('a symbolic link put in the way is not written through', () => {
  const path = join(folder, 'trap')
  writeFileSync(join(folder, 'victim'), 'theirs')
  spawnSync('ln', ['-s', join(folder, 'victim'), `${path}.bitacora-new`])
  expect(run(planFile({ path, content, mode: '0640' }, null)).status).toBe(0)
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('theirs')
  expect(readFileSync(path, 'utf8')).toBe(content)
  // Nor one that is put there between two commands.
  spawnSync('ln', ['-s', join(folder, 'victim'), `${path}.bitacora-new`])
  expect(run(planFile({ path, content, mode: '0640' }, null), 'rm() { :; }').status).not.toBe(0)
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('theirs')
})

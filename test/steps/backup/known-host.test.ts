import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { knownHostStep } from '../../../lib/steps/backup/known-host.ts'
import { HOST_KEY } from '../../inventory/support.ts'
import { context, expectUnreadable, file, plan, rows, written } from '../common/support.ts'

const PATH = '/opt/postgresql-backups/configs/known-hosts-onquota'
const stepOf = (port: number) => knownHostStep('onquota', context({ 'boxes.box.port': port }).project.backup!.boxes[0]!)
const contentOf = (port: number) => written(plan(stepOf(port), { found: null }))
const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0644', 'run']]],
  ['right', file(contentOf(23)), []],
  [
    'another key',
    file(contentOf(23).replace('AAAA', 'AAAB')),
    [[`file ${PATH}`, 'another content', 'as the inventory says', 'run']],
  ],
  ['writable by its group', file(contentOf(23), { mode: '0664' }), [[`file ${PATH} mode`, '0664', '0644', 'run']]],
])('%s', (_what, found, changes) => {
  expect(rows(plan(stepOf(23), { found }))).toEqual(changes)
})

test.each([
  [23, '[box.example]:23'],
  [22, 'box.example'],
])('OpenSSH finds the key of port %i under %s', (port, name) => {
  const path = join(folder, String(port))
  writeFileSync(path, contentOf(port))
  const { status, stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', path], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${name} ${HOST_KEY}`)
})

test('unreadable', () => expectUnreadable(stepOf(23)))

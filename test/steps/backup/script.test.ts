import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { scriptStep } from '../../../lib/steps/backup/script.ts'
import { backupScript } from '../../../lib/steps/backup/scripts.ts'
import { expectUnreadable, file, plan, rows, written } from '../common/support.ts'

const step = scriptStep('onquota')
const PATH = '/opt/postgresql-backups/backup-onquota.sh'
const text = backupScript()

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0700', 'run']]],
  ['right', file(text, { mode: '0700' }), []],
  ['readable by all', file(text, { mode: '0755' }), [[`file ${PATH} mode`, '0755', '0700', 'run']]],
  [
    'edited by hand',
    file(`${text}# x\n`, { mode: '0700' }),
    [[`file ${PATH}`, 'another content', 'as the inventory says', 'run']],
  ],
])('%s', (_what, found, changes) => {
  expect(rows(plan(step, { found }))).toEqual(changes)
})

test('it is a real Bash file, the same for every project, and says that it is managed', () => {
  const content = written(plan(step, { found: null }))
  expect(content).toBe(text)
  expect(written(plan(scriptStep('other'), { found: null }))).toBe(text)
  expect(spawnSync('bash', ['-n'], { input: content, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
})

test('unreadable', () => expectUnreadable(step))

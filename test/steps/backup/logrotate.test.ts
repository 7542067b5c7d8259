import { expect, test } from 'vitest'
import { logrotateStep } from '../../../lib/steps/backup/logrotate.ts'
import { expectUnreadable, file, plan, rows, written } from '../common/support.ts'

const PATH = '/etc/logrotate.d/bitacora-onquota'
const step = logrotateStep('onquota')
const content = written(plan(step, { found: null }))

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0644', 'run']]],
  ['right', file(content), []],
  [
    'edited',
    file(content.replace('rotate 12', 'rotate 1')),
    [[`file ${PATH}`, 'another content', 'as the inventory says', 'run']],
  ],
  [
    'writable by its group, which logrotate refuses',
    file(content, { mode: '0664' }),
    [[`file ${PATH} mode`, '0664', '0644', 'run']],
  ],
])('%s', (_what, found, changes) => {
  expect(rows(plan(step, { found }))).toEqual(changes)
})

test("its patterns take this project's logs and no neighbour's", () => {
  const [line = ''] = content.split('\n').filter((each) => each.endsWith('{'))
  const patterns = line
    .replace(' {', '')
    .split(' ')
    .map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`))
  const taken = (name: string) => patterns.some((pattern) => pattern.test(`/var/log/postgres-backup/${name}`))
  expect(['backup_onquota_202611.log', 'backup-onquota-cron.log'].map(taken)).toEqual([true, true])
  expect(['backup_onquota_eu_202611.log', 'backup_copilot_202611.log', 'backup-onquota-eu-cron.log'].map(taken)).toEqual([
    false,
    false,
    false,
  ])
})

test('unreadable', () => expectUnreadable(step))

import { expect, test } from 'vitest'
import { directoriesStep } from '../../lib/steps/directories.ts'
import { BACKUP_DIRECTORIES } from '../../lib/steps/places.ts'
import { expectUnreadable, help, plan, rows, scripts } from './support.ts'

const step = directoriesStep()
const CONFIGS = '/opt/postgresql-backups/configs'
const right = Object.fromEntries(
  BACKUP_DIRECTORIES.map(({ path, mode }) => [path, { type: 'directory', mode, owner: 'root', group: 'root', bytes: 4096 }]),
)
const configs = (change: object) => ({ ...right, [CONFIGS]: { ...right[CONFIGS], ...change } })

test.each([
  ['right', right, []],
  ['made by hand, of another owner and mode', configs({ mode: '0775', owner: 'deploy', group: 'deploy' }), []],
  ['one absent', { ...right, [CONFIGS]: null }, [[`directory ${CONFIGS}`, null, 'root, 0750', 'run']]],
  ['a file in its place', configs({ type: 'file' }), [[`directory ${CONFIGS}`, 'file', 'directory', 'blocks']]],
  ['a link in its place', configs({ type: 'symlink' }), [[`directory ${CONFIGS}`, 'symlink', 'directory', 'blocks']]],
  [
    'writable by everybody',
    configs({ mode: '0752' }),
    [[`directory ${CONFIGS} mode`, '0752', 'not writable by everybody', 'person']],
  ],
])('%s', (_what, found, changes) => {
  expect(rows(plan(step, found))).toEqual(changes)
})

test('absent', () => {
  const found = plan(step, Object.fromEntries(BACKUP_DIRECTORIES.map(({ path }) => [path, null])))
  expect(rows(found)).toEqual([
    ['directory /opt/postgresql-backups', null, 'root, 0755', 'run'],
    ['directory /opt/postgresql-backups/configs', null, 'root, 0750', 'run'],
    ['directory /var/backups/postgres', null, 'root, 0700', 'run'],
    ['directory /var/log/postgres-backup', null, 'root, 0750', 'run'],
  ])
  expect(scripts(found).text).toContain(
    'mkdir -p -- /var/backups/postgres; chown root:root -- /var/backups/postgres; chmod 0700 -- /var/backups/postgres',
  )
})

test('the way out of a loose mode is named', () => {
  expect(help(plan(step, configs({ mode: '0777' })))).toContain(`chmod o-w ${CONFIGS}`)
})

test('unreadable', () => expectUnreadable(step))

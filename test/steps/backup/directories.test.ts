import { expect, test } from 'vitest'
import { directoriesStep } from '../../../lib/steps/backup/directories.ts'
import { BACKUP_DIRECTORIES } from '../../../lib/steps/backup/places.ts'
import { expectUnreadable, help, plan, rows, scripts } from '../common/support.ts'

const step = directoriesStep()
const CONFIGS = '/opt/postgresql-backups/configs'
const dir = (mode: string) => ({ type: 'directory', mode, owner: 'root', group: 'root', bytes: 4096 })
const right: Record<string, unknown> = {
  ...Object.fromEntries(BACKUP_DIRECTORIES.map(({ path, mode }) => [path, dir(mode)])),
  places: '',
}
const of = (path: string, change: object, places = '') => ({ ...right, [path]: { ...dir('0750'), ...change }, places })
const configs = (change: object, places = '') => of(CONFIGS, change, places)
const HOME = '/opt/postgresql-backups'
const DATA = '/var/backups/postgres'
const LOGS = '/var/log/postgres-backup'
const WHAT = `directory ${CONFIGS}`

test.each([
  ['right', right, []],
  [
    'made by hand, of another owner and mode',
    configs({ mode: '0775', owner: 'deploy', group: 'deploy' }, `loose drwxrwxr-x deploy deploy ${CONFIGS}\n`),
    [
      [`${WHAT} owner`, 'deploy:deploy', 'root:root', 'run'],
      [`${WHAT} mode`, '0775', '0750', 'run'],
    ],
  ],
  [
    'writable by a group',
    configs({ mode: '2770', group: 'deploy' }),
    [
      [`${WHAT} owner`, 'root:deploy', 'root:root', 'run'],
      [`${WHAT} mode`, '2770', '2750', 'run'],
    ],
  ],
  ['writable by root’s group, or by an ACL', of(HOME, { mode: '0775' }), [[`directory ${HOME} mode`, '0775', '0755', 'run']]],
  ['writable by everybody', configs({ mode: '0752' }), [[`${WHAT} mode`, '0752', '0750', 'run']]],
  ['of another owner alone', of(DATA, { owner: 'backup' }), [[`directory ${DATA} owner`, 'backup:root', 'root:root', 'run']]],
  [
    'written by a group that reads the logs, as adm does',
    of(LOGS, { mode: '2770', group: 'adm' }),
    [[`directory ${LOGS} mode`, '2770', '2750', 'run']],
  ],
  ['read by a group, as somebody wants it', of(DATA, { group: 'backup' }), []],
  ['the configs readable by a group', configs({ group: 'adm' }), [[`${WHAT} owner`, 'root:adm', 'root:root', 'run']]],
  ['an ACL', configs({}, `acl ${CONFIGS}\n`), [[`${WHAT} ACL`, 'more users by an ACL', 'none', 'run']]],
  [
    'a folder above of another owner',
    configs({}, 'loose drwxr-xr-x deploy deploy /opt\n'),
    [['directory /opt', '/opt is drwxr-xr-x deploy:deploy', 'only root can change it', 'blocks']],
  ],
  ['one absent', { ...right, [CONFIGS]: null }, [[WHAT, null, 'root, 0750', 'run']]],
  ['a file in its place', configs({ type: 'file' }), [[WHAT, 'file', 'directory', 'blocks']]],
  ['a link in its place', configs({ type: 'symlink' }), [[WHAT, 'symlink', 'directory', 'blocks']]],
  [
    'a link that the inventory doesn’t tell of',
    of(DATA, { type: 'symlink' }),
    [[`directory ${DATA}`, 'symlink', 'directory', 'blocks']],
  ],
])('%s', (_what, found, changes) => {
  expect(rows(plan(step, found))).toEqual(changes)
})

test('absent', () => {
  const found = plan(step, { ...Object.fromEntries(BACKUP_DIRECTORIES.map(({ path }) => [path, null])), places: '' })
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

test('the ways out are exact', () => {
  expect(help(plan(step, configs({}, 'loose drwxrwxr-x deploy deploy /opt\n')))).toContain('chown root /opt && chmod go-w /opt')
  expect(help(plan(step, of(DATA, { type: 'symlink' })))).toContain('backupDirectory')
})

const DISK = '/mnt/disk/postgres'
const onDisk = directoriesStep({ name: 'vps', backupDirectory: DISK })
const { [DATA]: _, ...others } = right
test.each([
  ['as it is declared', { [DATA]: { ...dir('0777'), type: 'symlink' }, [DISK]: dir('0700'), places: 'link\n' }, []],
  [
    'nothing yet',
    { [DATA]: null, [DISK]: null },
    [
      [`directory ${DISK}`, null, 'root, 0700', 'run'],
      [`link ${DATA}`, null, DISK, 'run'],
    ],
  ],
  ['a folder instead', { [DATA]: dir('0700'), [DISK]: dir('0700') }, [[`link ${DATA}`, 'directory', DISK, 'blocks']]],
  [
    'a link to elsewhere',
    { [DATA]: { ...dir('0777'), type: 'symlink' }, [DISK]: dir('0700') },
    [[`link ${DATA}`, 'symlink', DISK, 'blocks']],
  ],
  [
    'whose folder others can change',
    { [DATA]: { ...dir('0777'), type: 'symlink' }, [DISK]: dir('0770'), places: 'link\n' },
    [[`directory ${DISK} mode`, '0770', '0750', 'run']],
  ],
])('a link to a larger disk: %s', (_what, found, changes) => {
  expect(rows(plan(onDisk, { ...others, ...found }))).toEqual(changes)
})

test('unreadable', () => expectUnreadable(step))

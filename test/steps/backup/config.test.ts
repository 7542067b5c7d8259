import { expect, test } from 'vitest'
import { configStep } from '../../../lib/steps/backup/config.ts'
import { HOST_KEY } from '../../inventory/support.ts'
import {
  SECRETS,
  SIGNING_PUBLIC,
  context,
  expectMasked,
  expectUnreadable,
  file,
  plan,
  rows,
  scripts,
  written,
} from '../common/support.ts'

const PATH = '/opt/postgresql-backups/configs/backup-onquota.conf'
const base = context()
const step = configStep(base, base.project.backup!)
const content = written(plan(step, { found: null, copies: null }))
const edited = (from: string | RegExp, to: string) => file(content.replace(from, to), { mode: '0600' })

test.each([
  ['absent', null, [[`file ${PATH}`, null, 'root, 0600', 'run']]],
  ['right', file(content, { mode: '0600' }), []],
  ['readable by others', file(content, { mode: '0644' }), [[`file ${PATH} mode`, '0644', '0600', 'run']]],
  [
    'of another owner',
    file(content, { mode: '0600', owner: 'deploy' }),
    [[`file ${PATH} owner`, 'deploy:root', 'root:root', 'run']],
  ],
  [
    'another password',
    edited(/DB_PASSWORD=.*/, 'DB_PASSWORD=other-p@ssword'),
    [[`file ${PATH}`, 'another DB_PASSWORD', 'as the inventory says', 'run']],
  ],
  [
    'a key missing, one more',
    edited(/RETENTION_DAYS=.*/, 'EXTRA=1'),
    [[`file ${PATH}`, 'another EXTRA, RETENTION_DAYS', 'as the inventory says', 'run']],
  ],
  ['a comment more', edited(/$/, '# x\n'), [[`file ${PATH}`, 'another order or comment', 'as the inventory says', 'run']]],
])('%s', (_what, found, changes) => {
  const result = plan(step, { found, copies: null })
  expect(rows(result)).toEqual(changes)
  expectMasked(result)
})

test('every key of the script, one a line, each value one quoted word', () => {
  expect(content.split('\n')[0]).toContain('Managed by bitacora')
  const values = Object.fromEntries([...content.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, key, value]) => [key, value]))
  expect(values).toEqual({
    PROJECT: "'onquota'",
    DB_NAME: "'onquota_db'",
    DB_HOST: "'127.0.0.1'",
    DB_PORT: "'5432'",
    DB_USER: "'onquota_user'",
    DB_PASSWORD: `'p'\\''a"s$w%o r\\d'`,
    EXPECTED_TABLES: "'2'",
    GLOBALS: "'yes'",
    COMPRESSION: "'gzip'",
    COMPRESSION_LEVEL: "'9'",
    COMPRESSION_THREADS: "'1'",
    JOBS: "'2'",
    STORAGEBOX_HOST: "'box.example'",
    STORAGEBOX_PORT: "'23'",
    STORAGEBOX_USER: "'u1'",
    STORAGEBOX_PASSWORD: "'box-p'\\''assword'",
    STORAGEBOX_KNOWN_HOSTS: "'/opt/postgresql-backups/configs/known-hosts-onquota'",
    STORAGEBOX_REMOTE_DIR: `'${base.project.backup?.remoteDirectory}'`,
    BACKUP_DIR: "'/var/backups/postgres'",
    LOG_DIR: "'/var/log/postgres-backup'",
    INTERVAL_SECONDS: "'86400'",
    RETENTION_DAYS: "'30'",
    REMOTE_RETENTION_DAYS: "'90'",
    KEEP_DAILY: "'7'",
    KEEP_WEEKLY: "'4'",
    KEEP_MONTHLY: "'6'",
  })
  expect(content).toMatch(/^(#.*|[A-Z_]+='.*')(\n([A-Z_]+='.*')?)*\n$/)
})

test('a signing key: its place on the host, and its public half', () => {
  const signed = context({ 'projects.onquota.backup.signingKey': { env: 'SIGNING_KEY' } })
  const result = plan(configStep(signed, signed.project.backup!), { found: null, copies: null })
  expect(written(result)).toContain("SIGNING_KEY='/opt/postgresql-backups/configs/signing-key-onquota'\n")
  expect(written(result)).toContain(`SIGNING_PUBLIC='${SIGNING_PUBLIC}'\n`)
  for (const line of SECRETS['SIGNING_KEY']!.split('\n').filter((each) => each.length > 20))
    expect(scripts(result).text).not.toContain(line)
  expect(
    rows(plan(configStep(signed, signed.project.backup!), { copies: null, found: file(content, { mode: '0600' }) })),
  ).toEqual([[`file ${PATH}`, 'another SIGNING_KEY, SIGNING_PUBLIC', 'as the inventory says', 'run']])
})

test('all roles that can log in are asked for where the inventory says so', () => {
  const asked = context({ 'projects.onquota.backup.loginRoles': true })
  expect(written(plan(configStep(asked, asked.project.backup!), { found: null, copies: null }))).toContain("LOGIN_ROLES='yes'\n")
})

test('the longest time between two runs of the schedule', () => {
  const weekdays = context({ 'projects.onquota.backup.schedule': '0 3 * * 1-5' })
  const text = written(plan(configStep(weekdays, weekdays.project.backup!), { found: null, copies: null }))
  expect(text).toContain("INTERVAL_SECONDS='259200'")
})

test('a box with a key and no password', () => {
  const keyed = context({ 'boxes.box.password': undefined, 'boxes.box.key': { env: 'BOX_KEY' } })
  const text = written(plan(configStep(keyed, keyed.project.backup!), { found: null, copies: null }))
  expect(text).toContain("STORAGEBOX_IDENTITY='/opt/postgresql-backups/configs/box-key-onquota'")
  expect(text).not.toContain('STORAGEBOX_PASSWORD')
})

/** Two boxes, the second with a key, another port, and a folder of its own. */
const pair = {
  'boxes.two': { address: 'two.example', port: 2222, user: 'u2', key: { env: 'BOX_KEY' }, hostKey: HOST_KEY },
  'projects.onquota.backup': { boxes: ['box', { box: 'two', remoteDirectory: '/srv/b' }] },
}

test('a second box has numbered keys, the first ones are as ever', () => {
  const two = context(pair)
  const text = written(plan(configStep(two, two.project.backup!), { found: null, copies: null }))
  const of = (prefix: string) =>
    [...text.matchAll(/^(STORAGEBOX\d?_\w+='.*')$/gm)].map(([line]) => line).filter((line) => line.startsWith(prefix))
  expect(of('STORAGEBOX2_')).toEqual([
    "STORAGEBOX2_HOST='two.example'",
    "STORAGEBOX2_PORT='2222'",
    "STORAGEBOX2_USER='u2'",
    "STORAGEBOX2_IDENTITY='/opt/postgresql-backups/configs/box-key-onquota.2'",
    "STORAGEBOX2_KNOWN_HOSTS='/opt/postgresql-backups/configs/known-hosts-onquota.2'",
    "STORAGEBOX2_REMOTE_DIR='/srv/b'",
  ])
  expect(of('STORAGEBOX_')).toEqual([...content.matchAll(/^STORAGEBOX_.*$/gm)].map(([line]) => line))
  const found = file(text.replace("'u2'", "'u3'"), { mode: '0600' })
  expect(rows(plan(configStep(two, two.project.backup!), { found, copies: null }))).toEqual([
    [`file ${PATH}`, 'another STORAGEBOX2_USER', 'as the inventory says', 'run'],
  ])
})

test('its script shows no secret once masked, though it holds them', () => {
  const { text, masked } = scripts(plan(step, { found: null, copies: null }))
  expect(text).toContain('p'.concat("'\\''"))
  for (const value of [SECRETS['ONQUOTA_PASSWORD']!, SECRETS['BOX_PASSWORD']!]) expect(masked).not.toContain(value.slice(-6))
})

test('unreadable', () => expectUnreadable(step))

const KEPT = `/var/backups/bitacora/opt_postgresql-backups_configs_backup-onquota.conf`

test('an old config that an earlier version kept whole loses its secrets, a copy of another project is left alone', () => {
  const found = file(content, { mode: '0600' })
  const copies = `${KEPT}.0123456789ab\n${KEPT}.bak\n${KEPT.replace('onquota', 'tienda')}.0123456789ab\n`
  expect(rows(plan(step, { found, copies }))).toEqual([
    [`file ${KEPT}.0123456789ab`, 'an old config with its secrets', 'its settings without them', 'run'],
  ])
})

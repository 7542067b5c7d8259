import { expect, test } from 'vitest'
import { type Anything, good, problems, project, set } from './support.ts'

/** onquota on vps, and a second project that shares nothing with it. */
function two(): Anything {
  const data = good()
  data.projects.facturas = project('facturas', 4)
  return data
}

const B = 'projects.facturas'
const BOTH = 'projects.onquota and projects.facturas share'
const box2 = () => ({ ...good().boxes.box, port: 23 })

const bad: [string, Record<string, unknown>, ...string[]][] = [
  [
    'database',
    { [`${B}.database.name`]: 'onquota_db' },
    `${B}.database.name: ${BOTH} the database onquota_db, on vps; give each its own`,
  ],
  [
    'owner',
    { [`${B}.database.owner`]: 'onquota_user' },
    `${B}.database.owner: ${BOTH} the role onquota_user as owner, on vps; give each its own`,
  ],
  [
    'env file',
    { [`${B}.envFile.path`]: '/opt/onquota/.env' },
    `${B}.envFile.path: ${BOTH} the file /opt/onquota/.env, on vps; give each its own`,
  ],
  [
    'one host under two names',
    { 'hosts.other': { address: '10.0.0.1', port: 22 }, [`${B}.host`]: 'other', [`${B}.database.name`]: 'onquota_db' },
    `${B}.database.name: ${BOTH} the database onquota_db, on vps and other, which are one host (10.0.0.1:22); give each its own`,
  ],
  [
    'one host by its IPv4 address within IPv6',
    { 'hosts.other': { address: '[::ffff:10.0.0.1]' }, [`${B}.host`]: 'other', [`${B}.database.name`]: 'onquota_db' },
    `${B}.database.name: ${BOTH} the database onquota_db, on vps and other, which are one host (10.0.0.1:22); give each its own`,
  ],
  [
    "an owner as another's reader",
    { [`${B}.database.readers`]: [{ name: 'onquota_user', password: { env: 'R' } }] },
    `${B}.database.readers: onquota_user is the owner in projects.onquota, on vps; a read-only role needs a name of its own`,
  ],
  [
    'a reader with two passwords',
    {
      [`${B}.database.readers`]: [{ name: 'report', password: { env: 'A' } }],
      'projects.onquota.database.readers': [{ name: 'report', password: { env: 'B' } }],
    },
    `${B}.database.readers: ${BOTH} the role report, with passwords from two places, on vps; give each its own`,
  ],
  [
    'folder on the box, by its default',
    { [`${B}.backup.remoteDirectory`]: '/home/backups/postgresql/onquota' },
    `${B}.backup.remoteDirectory: ${BOTH} the folder /home/backups/postgresql/onquota, on box; give each its own`,
  ],
  [
    'folder on the box, from another host',
    { [`${B}.host`]: 'web', [`${B}.backup.remoteDirectory`]: '/home/backups/postgresql/onquota' },
    `${B}.backup.remoteDirectory: ${BOTH} the folder /home/backups/postgresql/onquota, on box; give each its own`,
  ],
  [
    'folder inside the other',
    { [`${B}.backup.remoteDirectory`]: '/home/backups/postgresql/onquota/2026' },
    `${B}.backup.remoteDirectory: /home/backups/postgresql/onquota/2026 and /home/backups/postgresql/onquota of projects.onquota lie one inside the other, on box; give each a folder of its own`,
  ],
  [
    'folder around the other, on one box under two names',
    { 'boxes.two': box2(), [`${B}.backup.box`]: 'two', [`${B}.backup.remoteDirectory`]: '/home/backups' },
    `${B}.backup.remoteDirectory: /home/backups and /home/backups/postgresql/onquota of projects.onquota lie one inside the other, on box and two, which are one box; give each a folder of its own`,
  ],
  [
    'the folder of one of several boxes',
    {
      'boxes.two': { ...box2(), user: 'u2' },
      [`${B}.backup`]: { boxes: ['two', { box: 'box', remoteDirectory: '/home/backups/postgresql/onquota' }] },
    },
    `${B}.backup.boxes[1]: ${BOTH} the folder /home/backups/postgresql/onquota, on box; give each its own`,
  ],
  [
    'the same place twice',
    { 'boxes.two': box2(), [`${B}.backup`]: { boxes: ['box', 'two'] } },
    `${B}.backup.boxes[1]: /home/backups/postgresql/facturas is the folder of boxes[0] as well, on box and two, which are one box; a second copy needs another box, or a folder of its own`,
  ],
  [
    'a second folder inside the first',
    { [`${B}.backup`]: { boxes: ['box', { box: 'box', remoteDirectory: '/home/backups/postgresql/facturas/b' }] } },
    `${B}.backup.boxes[1]: /home/backups/postgresql/facturas/b is not apart from /home/backups/postgresql/facturas of boxes[0], on box; a second copy needs another box, or a folder of its own`,
  ],
]

const one = { [`${B}.host`]: 'other', [`${B}.database.name`]: 'onquota_db' }
for (const [a, b] of [
  ['10.0.0.1', '::ffff:10.0.0.1'],
  ['10.0.0.1', '::FFFF:a00:1'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::1', 'localhost'],
  ['127.0.0.1', 'LOCALHOST.'],
  ['127.0.0.1', '127.1'],
  ['db.example.com', 'DB.Example.com.'],
  ['2001:db8::1', '2001:0DB8:0:0::0001'],
  ['fe80::1%eth0', 'fe80:0::1%eth0'],
]) {
  bad.push([
    `${a} and ${b}, which are one host`,
    { 'hosts.vps.address': a, 'hosts.other': { address: b }, ...one },
    expect.stringMatching(/share the database onquota_db, on vps and other, which are one host/),
  ])
}
bad.push(
  [
    'one file from two clusters of a host',
    {
      'hosts.other': { address: '10.0.0.1', postgresql: { port: 5433 } },
      [`${B}.host`]: 'other',
      [`${B}.envFile.path`]: '/opt/onquota/.env',
    },
    `${B}.envFile.path: ${BOTH} the file /opt/onquota/.env, on vps and other, which are one host (10.0.0.1:22); give each its own`,
  ],
  [
    'backups of the same name, from two clusters of a host',
    { 'hosts.other': { address: '10.0.0.1', postgresql: { port: 5433 } }, ...one },
    `${B}.database.name: ${BOTH} the files /var/backups/postgres/backup_onquota_db_*, on vps and other, which are one host (10.0.0.1:22); give each its own`,
  ],
  [
    'one box under two names',
    {
      'boxes.two': { ...box2(), address: 'BOX.example.' },
      [`${B}.backup`]: { box: 'two', remoteDirectory: '/home/backups/postgresql/onquota' },
    },
    `${B}.backup.remoteDirectory: ${BOTH} the folder /home/backups/postgresql/onquota, on box and two, which are one box; give each its own`,
  ],
  [
    'a folder around the other, which comes first',
    { [`${B}.backup.remoteDirectory`]: '/home/backups' },
    `${B}.backup.remoteDirectory: /home/backups and /home/backups/postgresql/onquota of projects.onquota lie one inside the other, on box; give each a folder of its own`,
  ],
)

test.each(bad)('refuses: %s', (_name, changes, ...said) => {
  const data = two()
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  expect(problems(data)).toEqual(said)
})

const fine: [string, Record<string, unknown>][] = [
  ['nothing shared', {}],
  [
    'the same database and owner on two hosts',
    {
      [`${B}.host`]: 'web',
      [`${B}.database.name`]: 'onquota_db',
      [`${B}.database.owner`]: 'onquota_user',
      [`${B}.envFile.path`]: '/opt/onquota/.env',
    },
  ],
  [
    'one address, two ports',
    { 'hosts.other': { address: '10.0.0.1', port: 2222 }, [`${B}.host`]: 'other', [`${B}.database.name`]: 'onquota_db' },
  ],
  [
    'a role and, without backups, a database of the same name in two clusters of a host',
    {
      'hosts.other': { address: '10.0.0.1', postgresql: { port: 5433 } },
      ...one,
      [`${B}.database.owner`]: 'onquota_user',
      [`${B}.backup`]: undefined,
    },
  ],
  ['two addresses that look alike', { 'hosts.vps.address': 'fe80::1%eth0', 'hosts.other': { address: 'fe80::1%eth1' }, ...one }],
  ['the code in one folder', { [`${B}.migrations.directory`]: '/opt/onquota' }],
  ['a folder whose name begins alike', { [`${B}.backup.remoteDirectory`]: '/home/backups/postgresql/onquota2' }],
  [
    'the same folder of another user of the box',
    {
      'boxes.two': { ...box2(), user: 'u1-sub1' },
      [`${B}.backup.box`]: 'two',
      [`${B}.backup.remoteDirectory`]: '/home/backups/postgresql/onquota',
    },
  ],
  [
    'a reader of both with one password',
    {
      [`${B}.database.readers`]: [{ name: 'report', password: { env: 'A' } }],
      'projects.onquota.database.readers': [{ name: 'report', password: { env: 'A' } }],
    },
  ],
]

test.each(fine)('takes: %s', (_name, changes) => {
  const data = two()
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  expect(problems(data)).toEqual([])
})

test('many that share one thing are as many lines, not as many as they have pairs', () => {
  const data = good()
  for (let index = 0; index < 300; index++) {
    const more = project(`p${index}`)
    data.projects[`p${index}`] = { ...more, database: { ...more.database, name: 'onquota_db' } }
  }
  expect(problems(data)).toHaveLength(300)
})

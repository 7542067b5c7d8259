import { expect, test } from 'vitest'
import { good, problems, set } from './support.ts'

const REF = '{ "env": NAME }, { "file": PATH } or { "command": [WORD, …] }'
const ADDRESS =
  "it needs a host's name, its IP address or an alias of ssh_config, without user or port, which are fields of their own"
const PORT = 'it needs a port, a whole number from 1 to 65535'
const LOCAL = "it needs the path of a file here: absolute, beginning with ~/, or relative to the inventory's folder"
const HOST_FIELDS =
  'address, port, user, identityFile, knownHostsFile, sudoPassword, postgresql, minimumFreeMiB, backupDirectory, timeoutSeconds'
const KEY_TYPES = 'ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521'
const LITERAL = `a value stands here, which an inventory must not hold; write where it is: ${REF}`

/** Field, what is written there (undefined: nothing), and all that is said. */
const bad: [string, unknown, ...string[]][] = [
  [
    'hosts',
    undefined,
    'hosts: is missing; it needs an object of hosts by name',
    'projects.onquota.host: found "vps", but there is no such host; there is none yet',
  ],
  [
    'hosts',
    [],
    'hosts: found an empty list; it needs an object of hosts by name',
    'projects.onquota.host: found "vps", but there is no such host; there is none yet',
  ],
  ['projects', null, 'projects: found null; it needs an object of projects by name'],
  ['host', {}, 'host: no such field; did you mean hosts?'],
  ['hosts.vps', 'x', `hosts.vps: found a text; it needs an object of ${HOST_FIELDS}`],
  [
    'hosts.my host',
    {},
    'hosts."my host": found "my host"; it needs a name of at most 63 letters, digits, dots, _ and -, beginning with a letter or digit',
  ],
  ['hosts.vps.adress', '10.0.0.1', 'hosts.vps.adress: no such field; did you mean address?'],
  ['hosts.vps.password', 'hunter2', 'hosts.vps.password: no such field; did you mean sudoPassword?'],
  ['hosts.vps.address', 'root@10.0.0.1', `hosts.vps.address: found "root@10.0.0.1"; ${ADDRESS}`],
  ['hosts.vps.address', '-oProxyCommand=x', `hosts.vps.address: found "-oProxyCommand=x"; ${ADDRESS}`],
  ['hosts.vps.address', 'root:hunter2@10.0.0.1', `hosts.vps.address: found a text that seems to hold a password; ${ADDRESS}`],
  ['hosts.vps.address', '2001:db8::zz', `hosts.vps.address: found "2001:db8::zz"; ${ADDRESS}`],
  ['hosts.vps.address', '2001:db8::1%', `hosts.vps.address: found "2001:db8::1%"; ${ADDRESS}`],
  ['hosts.vps.address', '10.0.0.1%eth0', `hosts.vps.address: found "10.0.0.1%eth0"; ${ADDRESS}`],
  ['hosts.vps.address', '[web.example]', `hosts.vps.address: found "[web.example]"; ${ADDRESS}`],
  [
    'hosts.vps.address',
    'web.example:2222',
    'hosts.vps.address: found "web.example:2222"; the port is a field of its own: "address": "web.example", "port": 2222',
  ],
  [
    'boxes.box.address',
    '[2001:db8::1]:23',
    'boxes.box.address: found "[2001:db8::1]:23"; the port is a field of its own: "address": "2001:db8::1", "port": 23',
  ],
  [
    'hosts.vps.backupDirectory',
    'disk/postgres',
    'hosts.vps.backupDirectory: found "disk/postgres"; it needs an absolute path on the host, without .., a trailing slash, a backslash or control characters',
  ],
  ['hosts.vps.port', '22', `hosts.vps.port: found a text, "22"; ${PORT}`],
  ['hosts.vps.port', 70000, `hosts.vps.port: found 70000; ${PORT}`],
  ['hosts.vps.port', 22.5, `hosts.vps.port: found 22.5; ${PORT}`],
  ['hosts.vps.user', '', 'hosts.vps.user: found ""; it needs the name of a user'],
  ['hosts.vps.identityFile', '~bob/key', `hosts.vps.identityFile: found "~bob/key"; ${LOCAL}`],
  ['hosts.vps.knownHostsFile', '', `hosts.vps.knownHostsFile: found ""; ${LOCAL}`],
  ['hosts.vps.sudoPassword', 'hunter2', `hosts.vps.sudoPassword: ${LITERAL}`],
  ['hosts.vps.sudoPassword', {}, `hosts.vps.sudoPassword: needs exactly one of ${REF}`],
  ['hosts.vps.postgresql.port', 0, `hosts.vps.postgresql.port: found 0; ${PORT}`],
  ['hosts.vps.postgresql', 5433, 'hosts.vps.postgresql: found 5433; it needs an object of port'],
  ['hosts.vps.minimumFreeMiB', -1, 'hosts.vps.minimumFreeMiB: found -1; it needs a whole number of MiB, 0 to 1000000000'],
  ['hosts.vps.timeoutSeconds', 0, 'hosts.vps.timeoutSeconds: found 0; it needs a whole number of seconds, 1 to 86400'],
  ['boxes.box.address', undefined, `boxes.box.address: is missing; ${ADDRESS}`],
  ['boxes.box.user', undefined, 'boxes.box.user: is missing; it needs the name of a user'],
  [
    'boxes.box.password',
    undefined,
    'boxes.box: has neither password nor key; it needs one of them to log in with, for example "password": { "env": "BOX_PASSWORD" }',
  ],
  ['boxes.box.password', 'hunter2', `boxes.box.password: ${LITERAL}`],
  [
    'boxes.box.password',
    { env: 'hunter2!' },
    'boxes.box.password.env: needs the name of an environment variable: letters, digits and _; never a value',
  ],
  ['boxes.box.password', { file: '' }, 'boxes.box.password.file: needs the path of a file; never a value'],
  [
    'boxes.box.password',
    { command: [] },
    'boxes.box.password.command: names no program; it needs the words of a command, the program first',
  ],
  ['boxes.box.password', { command: 'pass box' }, `boxes.box.password: needs exactly one of ${REF}`],
  [
    'boxes.box.password',
    { command: [''] },
    'boxes.box.password.command: names no program; it needs the words of a command, the program first',
  ],
  ['boxes.box.password', { env: 'A', file: 'b' }, `boxes.box.password: needs exactly one of ${REF}`],
  ['boxes.box.password', { value: 'hunter2' }, `boxes.box.password: needs exactly one of ${REF}`],
  ['boxes.box.password', { env: 5 }, `boxes.box.password: needs exactly one of ${REF}`],
  ['boxes.box.password', null, `boxes.box.password: needs exactly one of ${REF}`],
  [
    'boxes.box.hostKey',
    undefined,
    "boxes.box.hostKey: is missing; it needs the host's public key, type and base64, such as ssh-ed25519 AAAA…",
  ],
  [
    'boxes.box.hostKey',
    'hunter2',
    `boxes.box.hostKey: is no key of a known type (${KEY_TYPES}); it needs a line such as ssh-ed25519 AAAA…, which ssh-keyscan shows without the name`,
  ],
  [
    'boxes.box.hostKey',
    'ssh-dss AAAA',
    `boxes.box.hostKey: is no key of a known type (${KEY_TYPES}); it needs a line such as ssh-ed25519 AAAA…, which ssh-keyscan shows without the name`,
  ],
  ['boxes.box.hostKey', 'ssh-ed25519 !!!', 'boxes.box.hostKey: has no valid base64 after ssh-ed25519; copy the key again, whole'],
  [
    'boxes.box.hostKey',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEC',
    'boxes.box.hostKey: says ssh-ed25519, but its base64 is of something else or cut off; copy the key again, whole',
  ],
  [
    'boxes.box.hostKey',
    'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g',
    'boxes.box.hostKey: says ssh-rsa, but its base64 is of something else or cut off; copy the key again, whole',
  ],
  ['boxes.box.hostKey', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', 'boxes.box.hostKey: is not a whole ssh-ed25519 key; copy it again'],
  [
    'boxes.box.hostKey',
    '[box]:23 ssh-ed25519 AAAA',
    "boxes.box.hostKey: begins with a host's name; it needs the key alone, ssh-ed25519 AAAA…",
  ],
  [
    'boxes.box.hostKey',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2',
    "boxes.box.hostKey: a private key stands here; it needs the host's public key, and the private one has no place in an inventory",
  ],
  [
    'boxes.box.hostKey',
    'ssh-ed25519 A\nssh-ed25519 B',
    'boxes.box.hostKey: holds more than one line; it needs one key, such as ssh-ed25519 AAAA…',
  ],
  ['boxes', undefined, 'projects.onquota.backup.box: found "box", but there is no such box; there is none yet'],
  [
    'boxes.box.hostKey',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHQ==',
    'boxes.box.hostKey: is not a whole ssh-ed25519 key; copy it again',
  ],
]

test.each(bad)('refuses %s: %j', (path, value, ...said) => {
  expect(problems(set(good(), path, value))).toEqual(said)
})

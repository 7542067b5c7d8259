import { expect, test } from 'vitest'
import { good, problems, set } from './support.ts'

const REF = '{ "env": NAME }, { "file": PATH } or { "command": [WORD, …] }'
const REMOTE = 'it needs an absolute path on the host, without .., a trailing slash, a backslash or control characters'
const BOX_PATH = 'it needs an absolute path on the box, of letters, digits and . _ - @ + = , : without .. or a trailing slash'
const VARIABLE = 'it needs the name of an environment variable: letters, digits and _, not beginning with a digit'
const PLACEHOLDERS = '{owner} {password} {host} {port} {database}'

/** Field, what is written there (undefined: nothing), and all that is said. */
const bad: [string, unknown, ...string[]][] = [
  [
    'projects.onquota.migrations.directory',
    'opt/onquota',
    `projects.onquota.migrations.directory: found "opt/onquota"; ${REMOTE}`,
  ],
  [
    'projects.onquota.migrations.directory',
    '/opt/../etc',
    `projects.onquota.migrations.directory: found "/opt/../etc"; ${REMOTE}`,
  ],
  ['projects.onquota.migrations.directory', '/opt/x/', `projects.onquota.migrations.directory: found "/opt/x/"; ${REMOTE}`],
  ['projects.onquota.migrations.directory', '/opt/a\nb', `projects.onquota.migrations.directory: found "/opt/a\\nb"; ${REMOTE}`],
  ['projects.onquota.migrations.directory', '/opt/a\\b', `projects.onquota.migrations.directory: found "/opt/a\\\\b"; ${REMOTE}`],
  ['projects.onquota.migrations.directory', undefined, `projects.onquota.migrations.directory: is missing; ${REMOTE}`],
  [
    'projects.onquota.migrations.command',
    'python3 -m alembic',
    'projects.onquota.migrations.command: found a text; it needs a list of words, the program first, such as ["python3", "-m", "alembic"]',
  ],
  [
    'projects.onquota.migrations.command',
    [],
    'projects.onquota.migrations.command: found an empty list; it needs a list of words, the program first, such as ["python3", "-m", "alembic"]',
  ],
  [
    'projects.onquota.migrations.command',
    ['python3', 3],
    'projects.onquota.migrations.command[1]: found 3; it needs a word of the command',
  ],
  [
    'projects.onquota.migrations.urlVariable',
    'DATABASE-URL',
    `projects.onquota.migrations.urlVariable: found "DATABASE-URL"; ${VARIABLE}`,
  ],
  [
    'projects.onquota.migrations.urlDriver',
    'mysql+pymysql',
    'projects.onquota.migrations.urlDriver: found "mysql+pymysql"; it needs SQLAlchemy\'s dialect and driver, such as postgresql+psycopg2',
  ],
  [
    'projects.onquota.migrations.user',
    'app; id',
    'projects.onquota.migrations.user: found "app; id"; it needs the name of a user',
  ],
  ['projects.onquota.migrations.env', { '1X': 'a' }, `projects.onquota.migrations.env.1X: found "1X"; ${VARIABLE}`],
  ['projects.onquota.migrations.env', { X: 5 }, `projects.onquota.migrations.env.X: needs a text, or for a secret ${REF}`],
  [
    'projects.onquota.migrations.env',
    { X: { value: 'hunter2' } },
    `projects.onquota.migrations.env.X: needs a text, or for a secret ${REF}`,
  ],
  [
    'projects.onquota.migrations.env',
    { X: 'redis://u:hunter2@h' },
    `projects.onquota.migrations.env.X: a URL with a password in it stands here; write where the whole URL is: ${REF}`,
  ],
  [
    'projects.onquota.migrations.env',
    { DATABASE_URL: 'hunter2' },
    'projects.onquota.migrations.env.DATABASE_URL: is set from the database itself (urlVariable); leave it out here',
  ],
  [
    'projects.onquota.migrations.env',
    { X: 'a\u0000b' },
    'projects.onquota.migrations.env.X: holds a NUL byte, which no environment can hold',
  ],
  [
    'projects.onquota.migrations.head',
    22,
    'projects.onquota.migrations.head: found 22; it needs the identifier of an Alembic revision',
  ],
  [
    'projects.onquota.migrations.tables',
    ['users', 'clients', 'users'],
    'projects.onquota.migrations.tables: names users more than once',
  ],
  [
    'projects.onquota.migrations.tables',
    [''],
    'projects.onquota.migrations.tables[0]: found ""; it needs the name of a table, at most 63 bytes',
  ],
  [
    'projects.onquota.migrations.tables',
    { atLeast: ['users', 'users'] },
    'projects.onquota.migrations.tables.atLeast: names users more than once',
  ],
  [
    'projects.onquota.migrations.tables',
    { least: ['users'] },
    'projects.onquota.migrations.tables: found an object; it needs a list of all tables of public, or { "atLeast": […] } for some of them',
  ],
  [
    'projects.onquota.migrations.tables',
    'users',
    'projects.onquota.migrations.tables: found "users"; it needs a list of all tables of public, or { "atLeast": […] } for some of them',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 * *',
    'projects.onquota.backup.schedule: found "0 3 * *"; it has 4 fields; cron has five, minute hour day-of-month month day-of-week, such as 0 3 * * *',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 0 3 * * *',
    'projects.onquota.backup.schedule: found "0 0 3 * * *"; it has 6 fields; cron has five, minute hour day-of-month month day-of-week, such as 0 3 * * * (no seconds)',
  ],
  [
    'projects.onquota.backup.schedule',
    '@daily',
    'projects.onquota.backup.schedule: found "@daily"; write the five fields instead of a name that begins with @, such as 0 3 * * *',
  ],
  [
    'projects.onquota.backup.schedule',
    '61 3 * * *',
    'projects.onquota.backup.schedule: found "61 3 * * *"; its minute "61" is not from 0 to 59',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 * * *\n* * * * * root id',
    'projects.onquota.backup.schedule: found "0 3 * * *\\n* * * * * root id"; it holds a newline',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 % * *',
    'projects.onquota.backup.schedule: found "0 3 % * *"; its day of the month "%" is not *, a number, a range or one of these with /step',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 31 2 *',
    'projects.onquota.backup.schedule: found "0 3 31 2 *"; such a day never comes',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 L * *',
    'projects.onquota.backup.schedule: found "0 3 L * *"; its day of the month "L" is not from 1 to 31',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 22-2 * * *',
    'projects.onquota.backup.schedule: found "0 22-2 * * *"; its hour goes backwards in "22-2"; write two ranges',
  ],
  [
    'projects.onquota.backup.schedule',
    '5/10 3 * * *',
    'projects.onquota.backup.schedule: found "5/10 3 * * *"; its minute "5/10" is not *, a number, a range or one of these with /step',
  ],
  [
    'projects.onquota.backup.schedule',
    '*/0 3 * * *',
    'projects.onquota.backup.schedule: found "*/0 3 * * *"; its minute has the step 0; a step is from 1 to 59',
  ],
  [
    'projects.onquota.backup.schedule',
    '0 3 */2 * 1',
    'projects.onquota.backup.schedule: found "0 3 */2 * 1"; a step of * beside the other kind of day is read differently by different crons; list the days instead',
  ],
  ['projects.onquota.backup.box', undefined, 'projects.onquota.backup.box: is missing; it needs the name of an entry of boxes'],
  ['projects.onquota.backup.box', 'bxo', 'projects.onquota.backup.box: found "bxo", but there is no such box; did you mean box?'],
  ['projects.onquota.backup.boxes', ['box'], 'projects.onquota.backup.boxes: stands beside box; write one of the two'],
  [
    'projects.onquota.backup',
    { boxes: [] },
    'projects.onquota.backup.boxes: found an empty list; it needs a list of one to four boxes',
  ],
  [
    'projects.onquota.backup',
    { boxes: ['box', 'box', 'box', 'box', 'box'] },
    'projects.onquota.backup.boxes: found a list; it needs a list of one to four boxes',
  ],
  [
    'projects.onquota.backup',
    { boxes: ['bxo', { box: 'bxo' }] },
    'projects.onquota.backup.boxes[0]: found "bxo", but there is no such box; did you mean box?',
    'projects.onquota.backup.boxes[1].box: found "bxo", but there is no such box; did you mean box?',
  ],
  [
    'projects.onquota.backup',
    { boxes: [5] },
    'projects.onquota.backup.boxes[0]: needs the name of an entry of boxes, or an object of box and remoteDirectory',
  ],
  [
    'projects.onquota.backup',
    { boxes: [{ box: 'box', remoteDirectory: 'b' }] },
    `projects.onquota.backup.boxes[0].remoteDirectory: found "b"; ${BOX_PATH}`,
  ],
  ['projects.onquota.backup.remoteDirectory', 'backups', `projects.onquota.backup.remoteDirectory: found "backups"; ${BOX_PATH}`],
  [
    'projects.onquota.backup.remoteDirectory',
    '/home/a b',
    `projects.onquota.backup.remoteDirectory: found "/home/a b"; ${BOX_PATH}`,
  ],
  [
    'projects.onquota.backup.remoteDirectory',
    '/home/../x',
    `projects.onquota.backup.remoteDirectory: found "/home/../x"; ${BOX_PATH}`,
  ],
  [
    'projects.onquota.backup.keepLocalDays',
    0,
    'projects.onquota.backup.keepLocalDays: found 0; it needs a whole number of days, 1 to 36500',
  ],
  [
    'projects.onquota.backup.keepRemoteDays',
    '90',
    'projects.onquota.backup.keepRemoteDays: found a text, "90"; it needs a whole number of days, 1 to 36500',
  ],
  [
    'projects.onquota.backup.compressionLevel',
    10,
    'projects.onquota.backup.compressionLevel: found 10; gzip has the levels 1 to 9',
  ],
  [
    'projects.onquota.backup.compression',
    'lz4',
    'projects.onquota.backup.compression: found "lz4"; it needs gzip, zstd or directory',
  ],
  [
    'projects.onquota.backup.encryption',
    { recipients: ['AGE-SECRET-KEY-1'] },
    'projects.onquota.backup.encryption.recipients[0]: needs a public key of age, age1…; the private one never stands in an inventory',
  ],
  [
    'projects.onquota.backup.drill',
    true,
    'projects.onquota.backup.drill: needs false for no drills on the host, or an object of schedule',
  ],
  ['projects.onquota.backup.loginRoles', 'yes', 'projects.onquota.backup.loginRoles: found a text; it needs true or false'],
  [
    'projects.onquota.backup',
    { box: 'box', globals: false, loginRoles: true },
    'projects.onquota.backup.loginRoles: is true, but globals is false: no role is backed up then',
  ],
  [
    'projects.onquota.backup.notify',
    { ping: 'ping.example/x' },
    'projects.onquota.backup.notify.ping: needs a URL that begins with https:// or http://, or where it is: { "env": NAME }, { "file": PATH }, { "command": [WORD, …] }',
  ],
  ['projects.onquota.envFile.path', '.env', `projects.onquota.envFile.path: found ".env"; ${REMOTE}`],
  [
    'projects.onquota.envFile.user',
    'root',
    'projects.onquota.envFile.user: found "root", who could be led elsewhere in a folder of others; where root owns the folder, leave it out',
  ],
  ['projects.onquota.envFile.user', 'a b', 'projects.onquota.envFile.user: found "a b"; it needs the name of a user'],
  [
    'projects.onquota.envFile.variables',
    {},
    'projects.onquota.envFile.variables: is empty; it needs the variables to set, or leave envFile out',
  ],
  ['projects.onquota.envFile.variables', { 'A-B': 'x' }, `projects.onquota.envFile.variables.A-B: found "A-B"; ${VARIABLE}`],
  [
    'projects.onquota.envFile.variables',
    { URL: 'postgres://{user}@h' },
    `projects.onquota.envFile.variables.URL: holds a placeholder that is none of ${PLACEHOLDERS}`,
  ],
  [
    'projects.onquota.envFile.variables',
    { URL: 'postgres://u:hunter2@h' },
    'projects.onquota.envFile.variables.URL: a password stands in this URL, which an inventory must not hold; write {password}',
  ],
  [
    'projects.onquota.envFile.variables',
    { URL: 'a\nb' },
    'projects.onquota.envFile.variables.URL: holds a newline or another control character',
  ],
  [
    'projects.onquota.envFile.variables',
    { URL: 5 },
    `projects.onquota.envFile.variables.URL: needs a text, in which these stand for the database's own: ${PLACEHOLDERS}`,
  ],
]

test.each(bad)('refuses %s: %j', (path, value, ...said) => {
  expect(problems(set(good(), path, value))).toEqual(said)
})

import { expect, test } from 'vitest'
import { good, problems, set } from './support.ts'

const REF = '{ "env": NAME }, { "file": PATH } or { "command": [WORD, …] }'
const NAME = 'at most 63 bytes of UTF-8, without line breaks, tabs and other control characters'
const DATABASE_FIELDS =
  'name, owner, password, encoding, locale, tablespace, extensions, connectionLimit, settings, readers, adopt, otherRoles'
const LITERAL = `a value stands here, which an inventory must not hold; write where it is: ${REF}`

/** Field, what is written there (undefined: nothing), and all that is said. */
const bad: [string, unknown, ...string[]][] = [
  [
    'projects.OnQuota',
    {},
    'projects.OnQuota: found "OnQuota"; it needs a name of at most 31 lower-case letters, digits, _ and -, beginning with a letter, since files are named after it',
  ],
  ['projects.onquota', 5, 'projects.onquota: found 5; it needs an object of host, database, migrations, backup, envFile, steps'],
  ['projects.onquota.host', undefined, 'projects.onquota.host: is missing; it needs the name of an entry of hosts'],
  ['projects.onquota.host', 'vsp', 'projects.onquota.host: found "vsp", but there is no such host; did you mean vps?'],
  [
    'projects.onquota.host',
    'production',
    'projects.onquota.host: found "production", but there is no such host; there are vps, web',
  ],
  ['projects.onquota.backups', {}, 'projects.onquota.backups: no such field; did you mean backup?'],
  ['projects.onquota.database', undefined, `projects.onquota.database: is missing; it needs an object of ${DATABASE_FIELDS}`],
  [
    'projects.onquota.database',
    'onquota_db',
    `projects.onquota.database: found a text; it needs an object of ${DATABASE_FIELDS}`,
  ],
  [
    'projects.onquota.database.name',
    'postgres',
    'projects.onquota.database.name: found "postgres", which PostgreSQL keeps for itself; choose another name',
  ],
  [
    'projects.onquota.database.name',
    'template1',
    'projects.onquota.database.name: found "template1", which PostgreSQL keeps for itself; choose another name',
  ],
  [
    'projects.onquota.database.name',
    'my\ndb',
    `projects.onquota.database.name: found "my\\ndb"; it needs the name of a database: ${NAME}`,
  ],
  [
    'projects.onquota.database.name',
    'x'.repeat(64),
    `projects.onquota.database.name: found "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; it needs the name of a database: ${NAME}`,
  ],
  [
    'projects.onquota.database.name',
    'a\0b',
    `projects.onquota.database.name: found "a\\u0000b"; it needs the name of a database: ${NAME}`,
  ],
  [
    'projects.onquota.database.name',
    'Ä'.repeat(32),
    `projects.onquota.database.name: found "${'Ä'.repeat(32)}"; it needs the name of a database: ${NAME}`,
  ],
  [
    'projects.onquota.database.readers',
    [{ name: 'postgres', password: { env: 'P' } }],
    'projects.onquota.database.readers[0].name: found "postgres", which PostgreSQL keeps for itself; choose another name',
  ],
  [
    'projects.onquota.database',
    { name: 'd', owner: 'postgres', password: { env: 'P' }, connectionLimit: 5, settings: { work_mem: '1GB' } },
    ...['connectionLimit', 'settings'].map(
      (field) =>
        `projects.onquota.database.${field}: is of the owner, and the role postgres is left as it is; leave it out, or give the database an owner of its own`,
    ),
  ],
  [
    'projects.onquota.database.owner',
    undefined,
    `projects.onquota.database.owner: is missing; it needs the name of a role: ${NAME}`,
  ],
  [
    'projects.onquota.database.owner',
    'pg_monitor',
    'projects.onquota.database.owner: found "pg_monitor", which PostgreSQL keeps for itself; choose another name',
  ],
  [
    'projects.onquota.database.owner',
    'public',
    'projects.onquota.database.owner: found "public", which PostgreSQL keeps for itself; choose another name',
  ],
  ['projects.onquota.database.password', undefined, `projects.onquota.database.password: is missing; it needs ${REF}`],
  ['projects.onquota.database.password', 'hunter2', `projects.onquota.database.password: ${LITERAL}`],
  ['projects.onquota.database.password', 12345, `projects.onquota.database.password: ${LITERAL}`],
  ['projects.onquota.database.encoding', 'UTF-8', 'projects.onquota.database.encoding: found "UTF-8"; did you mean UTF8?'],
  [
    'projects.onquota.database.locale',
    "en_US'; --",
    'projects.onquota.database.locale: found "en_US\'; --"; it needs a locale of the host, such as en_US.UTF-8 (locale -a lists them)',
  ],
  [
    'projects.onquota.database.extensions',
    ['uuid-ossp', 'uuid-ossp'],
    'projects.onquota.database.extensions: names uuid-ossp more than once',
  ],
  [
    'projects.onquota.database.extensions',
    ['a b'],
    'projects.onquota.database.extensions[0]: found "a b"; it needs the name of an extension: at most 63 letters, digits, _ and -',
  ],
  [
    'projects.onquota.database.extensions',
    'uuid-ossp',
    'projects.onquota.database.extensions: found a text; it needs a list of extensions',
  ],
  [
    'projects.onquota.database.connectionLimit',
    -2,
    'projects.onquota.database.connectionLimit: found -2; it needs a whole number of connections, or -1 for no limit',
  ],
  [
    'projects.onquota.database.settings',
    { 'a b': 'x' },
    'projects.onquota.database.settings."a b": found "a b"; it needs the name of a PostgreSQL setting, such as statement_timeout',
  ],
  [
    'projects.onquota.database.settings',
    { work_mem: 64 },
    'projects.onquota.database.settings.work_mem: needs a text, also for a number: "30s", "64"',
  ],
  [
    'projects.onquota.database.settings',
    { search_path: '"app, public' },
    'projects.onquota.database.settings.search_path: found "\\"app, public"; it needs a list: names separated by commas, each as it is or in double quotes',
  ],
  [
    'projects.onquota.database.settings',
    { session_preload_libraries: '' },
    'projects.onquota.database.settings.session_preload_libraries: found ""; PostgreSQL takes an empty name for a library; leave it out',
  ],
  [
    'projects.onquota.database.tablespace',
    'fast disk',
    'projects.onquota.database.tablespace: found "fast disk"; it needs the name of a tablespace: at most 63 letters, digits, _ and -',
  ],
  [
    'projects.onquota.database.adopt',
    'yes',
    'projects.onquota.database.adopt: found a text; it needs true to take over a database and roles that others made or use, or false',
  ],
  [
    'projects.onquota.database.otherRoles',
    ['onquota_user'],
    `projects.onquota.database.otherRoles[0]: found "onquota_user", which is the owner; otherRoles are those that this inventory doesn't manage`,
  ],
  [
    'projects.onquota.database',
    { ...good().projects.onquota.database, readers: [{ name: 'r', password: { env: 'A' } }], otherRoles: ['x', 'r'] },
    `projects.onquota.database.otherRoles[1]: found "r", which is a reader; otherRoles are those that this inventory doesn't manage`,
  ],
  [
    'projects.onquota.database.otherRoles',
    'metabase',
    'projects.onquota.database.otherRoles: found a text; it needs a list of roles that may have privileges in the database',
  ],
  [
    'projects.onquota.database.otherRoles',
    ['PUBLIC'],
    'projects.onquota.database.otherRoles[0]: found "PUBLIC", which is no role to declare; name those that the reports name',
  ],
  ['projects.onquota.database.otherRoles', ['a', 'a'], 'projects.onquota.database.otherRoles: names a more than once'],
  [
    'projects.onquota.database.readers',
    [{ name: 'reader', password: 'hunter2' }],
    `projects.onquota.database.readers[0].password: ${LITERAL}`,
  ],
  [
    'projects.onquota.database.readers',
    [{ name: 'onquota_user', password: { env: 'A' } }],
    'projects.onquota.database.readers[0].name: found "onquota_user", which is the owner; a read-only role needs a name of its own',
  ],
  [
    'projects.onquota.database.readers',
    [
      { name: 'r', password: { env: 'A' } },
      { name: 'r', password: { env: 'A' } },
    ],
    'projects.onquota.database.readers: names r more than once',
  ],
  [
    'projects.pppppppppppppppppppppppppppppppp',
    { host: 'vps', database: { name: 'd', owner: 'o', password: { env: 'P' } } },
    'projects.pppppppppppppppppppppppppppppppp: found "pppppppppppppppppppppppppppppppp"; it needs a name of at most 31 lower-case letters, digits, _ and -, beginning with a letter, since files are named after it',
  ],
]

test.each(bad)('refuses %s: %j', (path, value, ...said) => {
  expect(problems(set(good(), path, value))).toEqual(said)
})

test("others' roles may have any name that PostgreSQL takes, its own ones too", () => {
  const names = ['pg_monitor', 'anna.lopez', 'Añadir rol', 'ana@example.org']
  expect(problems(set(good(), 'projects.onquota.database.otherRoles', names))).toEqual([])
})

test.each([
  ['name', 'My Shop'],
  ['name', 'shop.live'],
  ['name', 'Kunden-Überblick'],
  ['name', `it's "odd" \\ 50%=$(x)`],
  ['name', ' blanks '],
  ['name', 'Ä'.repeat(31)],
  ['name', '-pg_dump'],
  ['owner', 'app user'],
  ['owner', 'Ärger'],
  ['owner', 'postgres'],
])('a %s as people have it: %j', (field, value) => {
  expect(problems(set(good(), `projects.onquota.database.${field}`, value))).toEqual([])
})

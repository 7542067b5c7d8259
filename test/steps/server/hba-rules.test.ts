import { expect, test } from 'vitest'
import { openings } from '../../../lib/steps/server/hba-rules.ts'
import type { HbaRule } from '../../../lib/steps/server/hba-rules.ts'

/** A line as the file has it, in the form that the view gives it. */
function rule(text: string, index: number): HbaRule {
  const words = text.split(' ')
  const [type = '', database = '', user = ''] = words
  const address = type === 'local' ? null : words[3]!
  const isNetwork = address !== null && /\/|^[\d.]+$|:/.test(address)
  const [base, prefix] = address?.split('/') ?? []
  const netmask = !isNetwork ? null : maskOf(base!, Number(prefix ?? (base!.includes(':') ? 128 : 32)))
  const [method = '', ...options] = words.slice(type === 'local' ? 3 : 4)
  return {
    line: index + 1,
    file: null,
    type,
    database: database.split(','),
    user: user.split(','),
    address: isNetwork ? base! : address,
    netmask,
    method,
    options: options.length === 0 ? null : options,
    error: null,
  }
}

function maskOf(base: string, prefix: number): string {
  const part = (bits: number, digits: number) => Math.max(0, Math.min(bits, prefix - digits))
  if (base.includes(':'))
    return Array.from({ length: 8 }, (_, n) => ((0xff_ff << (16 - part(16, n * 16))) & 0xff_ff).toString(16)).join(':')
  return Array.from({ length: 4 }, (_, n) => (0xff << (8 - part(8, n * 8))) & 0xff).join('.')
}

const app = { name: 'app', groups: ['team'], databases: ['app_db', 'postgres'] }
const root = { name: 'postgres', groups: [], databases: ['app_db', 'postgres', 'other_db'] }
const open = (...lines: string[]) =>
  openings(lines.map(rule), [app, root]).map((one) => `${one.rule.line}: ${one.logins.join(' ')}`)

const DEBIAN = [
  'local all postgres peer',
  'local all all peer',
  'host all all 127.0.0.1/32 scram-sha-256',
  'host all all ::1/128 scram-sha-256',
  'local replication all peer',
  'host replication all 127.0.0.1/32 scram-sha-256',
]

test.each([
  ["Debian's own file", DEBIAN, []],
  ['everybody', ['host all all 0.0.0.0/0 trust'], ['1: app postgres']],
  ['everybody, by the local socket', ['local all all trust'], ['1: app postgres']],
  ['the application', ['host app_db app 10.0.0.0/8 trust'], ['1: app']],
  ['a superuser, by any database', ['host other_db all all trust'], ['1: postgres']],
  ["somebody else's role and database", ['host other_db other all trust', 'host other_db app all trust'], []],
  ['its group', ['host all +team all trust', 'host all +others all trust'], ['1: app']],
  ['a database of its name', ['host sameuser app all trust', 'host sameuser postgres all trust'], ['2: postgres']],
  [
    'a pattern',
    ['host /^app_ /^a all trust', 'host /^b all all trust', 'host /[[:<:]]app all all trust'],
    ['1: app', '3: app postgres'],
  ],
  ['what a client says of itself', ['host all app all ident', 'local all app peer'], ['1: app']],
  ['a certificate of its name', ['hostssl all all all trust clientcert=verify-full'], []],
  ['any certificate', ['hostssl all all all trust clientcert=verify-ca'], ['1: app postgres']],
  ['replication alone', ['host replication all all trust'], []],
  ['after a line that asks', ['host all all all scram-sha-256', 'host all all 0.0.0.0/0 trust'], []],
  ['after a reject of all', ['host all all all reject', 'hostssl all app ::/0 trust', 'hostnossl all all samenet trust'], []],
  ['after a reject of its network', ['host all all 10.0.0.0/8 reject', 'host all all 10.1.2.3/32 trust'], []],
  ['after a reject of a part', ['host all all 10.1.0.0/16 reject', 'host all all 10.0.0.0/8 trust'], ['2: app postgres']],
  ['after a reject of the other family', ['host all all ::/0 reject', 'host all all 10.0.0.0/8 trust'], ['2: app postgres']],
  ['after both families', ['host all all ::/0 reject', 'host all all 0.0.0.0/0 md5', 'host all all all trust'], []],
  ['after one of both families', ['host all all ::/0 reject', 'host all all all trust'], ['2: app postgres']],
  ['after a reject with TLS only', ['hostssl all all all reject', 'host all all all trust'], ['2: app postgres']],
  ['after a reject of the local socket', ['local all all reject', 'host all all all trust'], ['2: app postgres']],
  ['after a line for one of them', ['local all postgres peer', 'local all all trust'], ['2: app']],
  ['after a line for another database', ['host other_db all all reject', 'host all all all trust'], ['2: app postgres']],
  ['twice: the first counts', ['host all all all trust', 'host all app 10.0.0.0/8 trust'], ['1: app postgres']],
  ['after a host name', ['host all all db.example.org reject', 'host all all 10.0.0.1/32 trust'], ['2: app postgres']],
  ['a host name, twice', ['host all all db.example.org reject', 'host all all db.example.org trust'], []],
  ['after a pattern that may not fit', ['host all /[[:<:]]app all reject', 'host all app all trust'], ['2: app']],
  [
    'IPv6 networks',
    ['host all all fe80::/10 reject', 'host all all fe80::1/128 trust', 'host all all fd00::/8 trust'],
    ['3: app postgres'],
  ],
])('%s', (_what, lines, expected) => {
  expect(open(...lines)).toEqual(expected)
})

test('a line with an error neither lets in nor shuts out', () => {
  const bad = { ...rule('host all all all reject', 0), error: 'invalid' }
  expect(openings([bad, rule('host all all all trust', 1), { ...bad, method: 'trust' }], [app])).toHaveLength(1)
})

import { expect, test } from 'vitest'
import { hbaStep } from '../../../lib/steps/server/hba.ts'
import { context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const step = hbaStep([
  context({ 'projects.onquota.database.readers': [{ name: 'report', password: { env: 'READER_PASSWORD' } }] }),
])
const line = {
  line: 92,
  file: null,
  type: 'host',
  database: ['all'],
  user: ['all'],
  address: '0.0.0.0',
  netmask: '0.0.0.0',
  method: 'trust',
  options: null,
  error: null,
}
const found = (...rules: object[]) => ({
  hba: {
    file: '/etc/pg_hba.conf',
    rules,
    databases: ['postgres', 'onquota_db', 'neighbour'],
    roles: [
      { name: 'onquota_user', superuser: false, groups: ['team'] },
      { name: 'postgres', superuser: true, groups: [] },
    ],
  },
})
const TO = 'a password, by scram-sha-256'
const SAID = 'host all all 0.0.0.0 0.0.0.0 trust'

test.each([
  ['nothing read', { hba: null }, []],
  ['no line', found(), []],
  ['a line that asks', found({ ...line, method: 'scram-sha-256' }), []],
  ['everybody', found(line), [['/etc/pg_hba.conf line 92', `${SAID}: lets everybody in without a password`, TO, 'person']]],
  [
    'a reader that is yet to be made, in a file of its own',
    found({ ...line, user: ['report'], database: ['onquota_db'], file: '/etc/more.conf' }),
    [['/etc/more.conf line 92', 'host onquota_db report 0.0.0.0 0.0.0.0 trust: lets report in without a password', TO, 'person']],
  ],
  [
    'a group, and a superuser',
    found({ ...line, user: ['+team', 'postgres'], type: 'local', address: null, netmask: null }),
    [
      [
        '/etc/pg_hba.conf line 92',
        'local all +team,postgres trust: lets onquota_user, postgres in without a password',
        TO,
        'person',
      ],
    ],
  ],
  ["a neighbour's", found({ ...line, user: ['neighbour'] }, { ...line, database: ['neighbour'], user: ['onquota_user'] }), []],
  [
    'a line that is wrong',
    found({ ...line, database: null, user: null, method: null, error: 'invalid\nauthentication method "trusty"' }),
    [['/etc/pg_hba.conf line 92', 'invalid?authentication method "trusty"', 'a line that PostgreSQL understands', 'person']],
  ],
])('%s', (_what, answer, expected) => {
  expect(rows(plan(step, answer))).toEqual(expected)
})

test('the way out names the method, and that the file was read', () => {
  expect(help(plan(step, found({ ...line, type: 'local' })))).toMatch(
    /^write peer, or scram-sha-256, for trust there.*pg_reload_conf.*the file/,
  )
})

test('a thousand lines are counted', () => {
  const many = Array.from({ length: 1000 }, (_, n) => ({
    ...line,
    line: n,
    address: `10.0.${n >> 8}.${n & 255}`,
    netmask: '255.255.255.255',
  }))
  const result = rows(plan(step, found(...many)))
  expect(result).toHaveLength(11)
  expect(result.at(-1)).toEqual(['/etc/pg_hba.conf', '990 more lines like these', 'none', 'person'])
})

test('unreadable', () => expectUnreadable(step))

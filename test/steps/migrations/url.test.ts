import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../../../lib/text/secret.ts'
import { databaseUrl } from '../../../lib/steps/migrations/url.ts'
import { context } from '../common/support.ts'

const base = context({ 'hosts.vps.postgresql': { port: 5433 } })
const url = (password: string, template: string) => databaseUrl({ ...base, secret: () => new Secret(password, 'x') }, template)

test.each([
  [
    'postgresql://{owner}:{password}@{host}:{port}/{database}',
    'postgresql://onquota_user:p%40s%2Fs%25%27@127.0.0.1:5433/onquota_db',
  ],
  ['{password}', "p@s/s%'"],
  ['{password} {password}', "p@s/s%' p@s/s%'"],
  ['{unknown} {toString}', '{unknown} {toString}'],
  ['plain', 'plain'],
])('%s', (template, filled) => {
  expect(url("p@s/s%'", template).reveal()).toBe(filled)
})

test('any password comes back from the URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (password) => {
      const parsed = new URL(url(password, 'postgresql://{owner}:{password}@{host}:{port}/{database}').reveal())
      expect(decodeURIComponent(parsed.password)).toBe(password)
      expect([parsed.username, parsed.hostname, parsed.port, parsed.pathname]).toEqual([
        'onquota_user',
        '127.0.0.1',
        '5433',
        '/onquota_db',
      ])
    }),
  )
})

test('it is a secret', () => {
  expect(String(url('hunter2', '{password}'))).not.toContain('hunter2')
})

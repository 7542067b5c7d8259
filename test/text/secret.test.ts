import * as fc from 'fast-check'
import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { percentEncoded } from '../../lib/text/quoting.ts'
import { Secret } from '../../lib/text/secret.ts'

const SHOWN = '••••'
const secret = new Secret('hunter2', 'projects.onquota.database.password')

test('only reveal() gives the value out', () => {
  expect(secret.reveal()).toBe('hunter2')
  const shown = [
    String(secret),
    'a'.concat(secret as never),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ a: [secret] }, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
  ]
  for (const text of shown) {
    expect(text).toContain(SHOWN)
    expect(text).not.toContain('hunter2')
  }
  expect(Object.values(secret)).toEqual([SHOWN, 'projects.onquota.database.password'])
  expect(structuredClone({ ...secret })).toEqual({ text: SHOWN, name: 'projects.onquota.database.password' })
})

test('percentEncoded leaves only unreserved characters, and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(percentEncoded(text)).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
      expect(decodeURIComponent(percentEncoded(text))).toBe(text)
    }),
  )
})

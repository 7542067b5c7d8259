import { expect, test } from 'vitest'
import { address } from '../../lib/inventory/address.ts'

test.each([
  ['web.example', 'web.example'],
  ['Web_1', 'Web_1'],
  ['203.0.113.10', '203.0.113.10'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:DB8:0:0::0:1', '2001:db8::1'],
  ['::1', '::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['[fe80::1%eth0.5]', 'fe80::1%eth0.5'],
  ['::ffff:203.0.113.10', '203.0.113.10'],
  ['::FFFF:cb00:710a', '203.0.113.10'],
])('%s is kept as %s', (text, kept) => {
  expect(address.parse(text)).toBe(kept)
})

test.each([
  '',
  ':',
  '1::2::3',
  '[::1',
  '::1]',
  'a:b',
  '::1/64',
  '::1%',
  '::1%eth0 x',
  '%eth0',
  'a b',
  '-x',
  '::1%$(id)',
  '::1\n',
])('%j is refused', (text) => {
  expect(address.safeParse(text).success).toBe(false)
})

import { expect, test } from 'vitest'
import { address, normalAddress } from '../../lib/inventory/address.ts'

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

test.each([
  ['203.0.113.10', '203.0.113.10'],
  ['::ffff:203.0.113.10', '203.0.113.10'],
  ['::FFFF:CB00:710A', '203.0.113.10'],
  ['[::ffff:cb00:710a]', '203.0.113.10'],
  ['3405803786', '203.0.113.10'],
  ['127.1', 'localhost'],
  ['0x7f.1', 'localhost'],
  ['::1', 'localhost'],
  ['0:0:0:0:0:0:0:1', 'localhost'],
  ['localhost.', 'localhost'],
  ['127.0.0.2', '127.0.0.2'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::0:1%eth0', 'fe80::1%eth0'],
  ['VPS', 'vps'],
  ['db_1.Example.com.', 'db_1.example.com'],
  ['fade.example', 'fade.example'],
  ['1.2.3.4.5', '1.2.3.4.5'],
  ['999.1.1.1', '999.1.1.1'],
])('the one form of %s is %s', (written, normal) => {
  expect(normalAddress(written)).toBe(normal)
  expect(normalAddress(normal)).toBe(normal)
})

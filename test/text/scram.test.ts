import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { scramMatches, scramVerifier } from '../../lib/text/scram.ts'
import { Secret } from '../../lib/text/secret.ts'

const secret = (text: string) => new Secret(text, 'x')

test("RFC 7677's example: the verifier accepts its client proof and makes its server signature", () => {
  const verifier = scramVerifier(secret('pencil'), Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096).reveal()
  const [, stored = '', server = ''] = /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$(.+):(.+)$/.exec(verifier) ?? []
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
  const signed = (key: string) => createHmac('sha256', Buffer.from(key, 'base64')).update(message).digest()
  expect(signed(server).toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
  const clientKey = proof.map((byte, index) => byte ^ (signed(stored)[index] ?? 0))
  expect(createHash('sha256').update(clientKey).digest('base64')).toBe(stored)
})

test('a password matches its own verifier, whatever its salt, and no other', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ minLength: 1, maxLength: 24 }),
      fc.integer({ min: 1, max: 64 }),
      (password, other, salt, iterations) => {
        const verifier = scramVerifier(secret(password), Buffer.from(salt), iterations).reveal()
        expect(scramMatches(secret(password), verifier)).toBe(true)
        expect(scramMatches(secret(other), verifier)).toBe(password.normalize('NFKC') === other.normalize('NFKC'))
      },
    ),
  )
})

test('by default the salt is new each time, of 16 bytes, with 4096 rounds', () => {
  const [one, two] = [1, 2].map(() => scramVerifier(secret('pencil')).reveal())
  expect(one).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/)
  expect(one).not.toBe(two)
})

const right = scramVerifier(secret('pencil'), Buffer.from('salt'), 1).reveal()

test.each([
  ['none', null],
  ['empty', ''],
  ['md5', `md5${createHash('md5').update('penciluser').digest('hex')}`],
  ['plain', 'pencil'],
  ['cut off', right.slice(0, -1)],
  ['with more after it', `${right}x`],
  ['another kind', right.replace('256', '512')],
  ['no rounds', right.replace('$1:', '$0:')],
  ['too many rounds', right.replace('$1:', '$99999999:')],
  ['no salt', 'SCRAM-SHA-256$1:$a:b'],
  ['garbage', 'SCRAM-SHA-256$1:====$:'],
])('a verifier that is %s does not match', (_what, verifier) => {
  expect(scramMatches(secret('pencil'), right)).toBe(true)
  expect(scramMatches(secret('pencil'), verifier)).toBe(false)
})

test('a composed and a decomposed letter are one password', () => {
  expect(scramMatches(secret('ma\u00f1ana'), scramVerifier(secret('man\u0303ana'), Buffer.from('salt'), 1).reveal())).toBe(true)
})

test('a verifier is a secret, named after its password', () => {
  const verifier = scramVerifier(new Secret('pencil', 'database.password'))
  expect(String(verifier)).toBe('••••')
  expect(verifier.name).toBe('database.password (verifier)')
})

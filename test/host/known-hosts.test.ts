import { existsSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import {
  addressRefusal,
  fingerprint,
  hostKeyAlgorithms,
  knownKeys,
  knownKeysOfAddress,
  refusal,
} from '../../lib/host/known-hosts.ts'
import { keygen, makeKey, target, temporaryFolder } from './support.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)
const ours = makeKey(at('ours'))
const other = makeKey(at('other'))
const ecdsa = makeKey(at('ecdsa'), 'ecdsa')
const rsa = makeKey(at('rsa'), 'rsa')
const KEY = `${ours.type} ${ours.base64}`
let count = 0

/** What is known of a host from a known_hosts file of these lines, and what is said of a key that it shows. */
async function said(lines: readonly string[], shown = ours, change: Parameters<typeof target>[0] = {}) {
  const file = at(`known${count++}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  const aim = target({ knownHostsFiles: [at('missing'), file], ...change })
  const known = await knownKeys(aim)
  return { known, file, text: refusal(aim, known, shown.wire) }
}

test.each([
  ['ed25519', ours],
  ['ecdsa', ecdsa],
  ['rsa', rsa],
])("the fingerprint of an %s key is ssh-keygen's", (_type, key) => {
  expect(fingerprint(key.wire)).toBe(key.fingerprint)
})

test.each([
  ['by its name', [`203.0.113.9 ${KEY}`]],
  ['with a comment and others', ['# x', `example.org ${other.type} ${other.base64}`, `203.0.113.9 ${KEY} a comment`]],
  ['among names', [`example.org,203.0.113.9 ${KEY}`]],
  ['by a pattern', [`203.0.113.* ${KEY}`]],
  ['beside a key of another type', [`203.0.113.9 ${ecdsa.type} ${ecdsa.base64}`, `203.0.113.9 ${KEY}`]],
])('a known key is accepted: %s', async (_how, lines) => {
  expect((await said(lines)).text).toBeUndefined()
})

test('a known key is accepted from a hashed file', async () => {
  const { file } = await said([`203.0.113.9 ${KEY}`])
  keygen(['-H', '-f', file])
  const aim = target({ knownHostsFiles: [file] })
  const known = await knownKeys(aim)
  expect(known).toEqual([{ type: ours.type, base64: ours.base64, revoked: false, where: `${file}:1`, name: '203.0.113.9' }])
  expect(refusal(aim, known, ours.wire)).toBeUndefined()
  expect(await knownKeys(target({ knownHostsFiles: [file], keyName: '203.0.113.10' }))).toEqual([])
})

test('another port is another name, and the name without a port serves where that has no key', async () => {
  const change = { port: 2222, keyName: '[203.0.113.9]:2222', otherKeyName: '203.0.113.9' }
  expect((await said([`[203.0.113.9]:2222 ${KEY}`], ours, change)).text).toBeUndefined()
  expect((await said([`203.0.113.9 ${KEY}`], ours, change)).text).toBeUndefined()
  expect((await said([`203.0.113.9 ${KEY}`], other, change)).text).toContain("ssh-keygen -R '203.0.113.9'")
  expect((await said([`[203.0.113.9]:2222 ${KEY}`])).text).toMatch(/^its host key is unknown/)
})

test.each([
  [ours, 'ed25519'],
  [ecdsa, 'ecdsa'],
  [rsa, 'rsa'],
])('an unknown key is shown, with how to compare it and how to add it: %#', async (key, name) => {
  const { text } = await said([`example.org ${KEY}`], key)
  expect(text).toBe(
    `its host key is unknown: ${key.type} ${key.fingerprint}. Nothing was sent. Compare it with what "ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub" says ` +
      `on the host's own console; if they are the same, add it:\n  echo '203.0.113.9 ${key.type} ${key.base64}' >> ${at('missing')}`,
  )
})

test('the command that adds a key makes it known', async () => {
  const first = await said([])
  const line = /echo '(.+)' >>/.exec(first.text ?? '')?.[1] ?? ''
  expect((await said([line])).text).toBeUndefined()
})

test('without any file, the usual one is named', () => {
  expect(refusal(target(), [], ours.wire)).toContain('>> ~/.ssh/known_hosts')
})

test('a changed key is shouted, with both fingerprints, where the old one stands, and how to replace it', async () => {
  const { text, file } = await said(['# x', `203.0.113.9 ${KEY}`], other)
  expect(text).toBe(
    `ITS HOST KEY HAS CHANGED: it shows ${other.type} ${other.fingerprint}, ${file}:2 has ${ours.type} ${ours.fingerprint}. Nothing was sent. ` +
      `Somebody may stand in between, or the host was made anew. Compare with what "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" says on the host's own console; ` +
      `if it was made anew:\n  ssh-keygen -R '203.0.113.9' -f ${file}\n  echo '203.0.113.9 ${other.type} ${other.base64}' >> ${at('missing')}`,
  )
})

test('a key of another type than the known one is a changed key as well', async () => {
  expect((await said([`203.0.113.9 ${KEY}`], rsa)).text).toMatch(/^ITS HOST KEY HAS CHANGED/)
})

test('a revoked key is refused, even where it is known as well', async () => {
  const { text, file } = await said([`203.0.113.9 ${KEY}`, `@revoked 203.0.113.9 ${KEY}`])
  expect(text).toBe(`its host key is revoked (${file}:2). Nothing was sent. Find out why before anything else`)
  expect((await said([`@revoked 203.0.113.9 ${KEY}`], other)).text).toMatch(/^its host key is unknown/)
})

test("a certificate authority's key is none of a host's", async () => {
  const { known, text } = await said([`@cert-authority 203.0.113.9 ${KEY}`])
  expect(known).toEqual([])
  expect(text).toMatch(/^its host key is unknown/)
})

test('the host is asked first for the types that are known, so that a good host does not look changed', async () => {
  const { known } = await said([
    `203.0.113.9 ${KEY}`,
    `203.0.113.9 ${rsa.type} ${rsa.base64}`,
    `@revoked 203.0.113.9 ${ecdsa.type} ${ecdsa.base64}`,
  ])
  expect(hostKeyAlgorithms(target(), known)).toEqual([
    'ssh-ed25519',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
  ])
  expect(hostKeyAlgorithms(target(), [])).toBeUndefined()
  expect(existsSync(at('missing'))).toBe(false)
})

test.each([
  ['no key', [], undefined],
  ['the same key', [`[192.0.2.7]:2222 ${KEY}`], undefined],
  ['another key', [`[192.0.2.7]:2222 ${other.type} ${other.base64}`], 'contradicts for its address 192.0.2.7 (CheckHostIP yes)'],
  ['the same key, revoked', [`@revoked [192.0.2.7]:2222 ${KEY}`], 'revokes for its address 192.0.2.7 (CheckHostIP yes)'],
])('CheckHostIP, where the address has %s', async (_what, lines, message) => {
  const file = at(`known${count++}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  const known = await knownKeysOfAddress(target({ port: 2222, knownHostsFiles: [file] }), '192.0.2.7')
  const text = addressRefusal('192.0.2.7', known, ours.wire)
  if (message === undefined) expect(text).toBeUndefined()
  else expect(text).toContain(`${file}:1 ${message}. Nothing was sent`)
})

import { copyFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loginMethods } from '../../lib/host/identity.ts'
import type { Method } from '../../lib/host/identity.ts'
import { makeKey, target, temporaryFolder } from './support.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)
const plain = makeKey(at('plain'))
makeKey(at('locked'), 'ed25519', 'the passphrase')
let count = 0
/** A copy of a key: each is opened once, so each test needs its own. */
function copy(name: string): string {
  const path = at(`copy${count++}`)
  copyFileSync(at(name), path)
  return path
}

beforeEach(() => {
  vi.stubEnv('BITACORA_KEY_PASSPHRASE', undefined)
})
afterEach(() => vi.unstubAllEnvs())

const shown = (methods: Method[]) => methods.map(({ type, username }) => `${type} ${username}`)
const named = (...identityFiles: string[]) => target({ identityFiles, explicitIdentity: true, user: 'deploy' })
const usual = (...identityFiles: string[]) => target({ identityFiles })
const agent = '/run/agent'

test('a key file, opened; the public half is its own', async () => {
  const [method] = await loginMethods(named(copy('plain')))
  expect(method).toMatchObject({ type: 'publickey', username: 'deploy' })
  const { key } = method as { key: { getPublicSSH(): Buffer } }
  expect(key.getPublicSSH()).toEqual(plain.wire)
})

test('a named key comes before the agent, a usual one after it; those that are missing are passed over', async () => {
  expect(shown(await loginMethods({ ...named(copy('plain')), agent }))).toEqual(['publickey deploy', 'agent deploy'])
  expect(shown(await loginMethods({ ...usual(at('gone'), copy('plain')), agent }))).toEqual(['agent root', 'publickey root'])
})

test('an encrypted key is opened with the passphrase from the environment', async () => {
  vi.stubEnv('BITACORA_KEY_PASSPHRASE', 'the passphrase')
  expect(shown(await loginMethods(named(copy('locked'))))).toEqual(['publickey deploy'])
})

test.each([
  ['a wrong passphrase', 'locked', 'hunter2', /the passphrase for \S+ is wrong/],
  [
    'no passphrase and no terminal',
    'locked',
    undefined,
    /is encrypted: set BITACORA_KEY_PASSPHRASE, add it to an agent \(ssh-add \S+\), or run this in a terminal, which asks/,
  ],
  ['no private key', 'plain.pub', undefined, /is not a private key that can be read/],
])('%s is told, with a way out and without what was typed', async (_what, name, passphrase, message) => {
  vi.stubEnv('BITACORA_KEY_PASSPHRASE', passphrase)
  const methods = loginMethods(named(copy(name)))
  await expect(methods).rejects.toThrow(message)
  await expect(methods).rejects.toThrow(/^(?!.*hunter2)/s)
})

test('a named key that is not there is named', async () => {
  await expect(loginMethods(named(at('gone')))).rejects.toThrow(`hosts.vps.identityFile ${at('gone')} does not exist`)
})

test('no key at all says how to give one', async () => {
  await expect(loginMethods(usual(at('gone')))).rejects.toThrow(
    'there is no key to log in with: name one as hosts.vps.identityFile, or start an agent (ssh-add)',
  )
})

test('of the usual keys, one that is encrypted is passed over where another serves', async () => {
  expect(await loginMethods(usual(copy('locked'), copy('plain')))).toHaveLength(1)
  writeFileSync(at('broken'), 'nonsense')
  expect(await loginMethods(usual(at('broken'), copy('plain')))).toHaveLength(1)
})

test('of a public key alone the agent may have the rest', async () => {
  expect(shown(await loginMethods({ ...named(at('plain.pub')), agent, identitiesOnly: true }))).toEqual(['agent deploy'])
})

test('IdentitiesOnly without a key file leaves nothing to an agent', async () => {
  await expect(loginMethods({ ...usual(at('gone')), agent, identitiesOnly: true })).rejects.toThrow(
    'there is no key to log in with',
  )
})

test('a certificate is said not to serve only where nothing else does', async () => {
  writeFileSync(at('cert.pub'), 'x')
  const certificateFiles = [at('no such cert'), at('cert.pub')]
  expect(await loginMethods({ ...usual(copy('plain')), certificateFiles })).toHaveLength(1)
  await expect(loginMethods({ ...usual(), certificateFiles })).rejects.toThrow(
    `(ssh-add). The certificate ${at('cert.pub')} (CertificateFile) is not used: certificates are not supported here`,
  )
})

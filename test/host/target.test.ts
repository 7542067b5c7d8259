import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { HostError } from '../../lib/host/error.ts'
import { resolveTarget } from '../../lib/host/target.ts'
import { temporaryFolder } from './support.ts'

/** ssh takes the home of its user from the system's list, whatever HOME says. */
const account = userInfo().homedir
const { at, remove } = temporaryFolder()
afterAll(remove)
beforeEach(() => vi.stubEnv('SSH_AUTH_SOCK', undefined))
afterEach(() => vi.unstubAllEnvs())

/** The real ssh, which takes its config from a file of ours: it would look into the user's home folder whatever HOME says. */
beforeAll(() => {
  const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim()
  writeFileSync(at('ssh'), `#!/bin/sh\nexec ${ssh} -F '${at('config')}' "$@"\n`)
  chmodSync(at('ssh'), 0o755)
})

async function resolved(config: string, host: Partial<Parameters<typeof resolveTarget>[0]> = {}) {
  writeFileSync(at('config'), config)
  vi.stubEnv('PATH', `${at('')}:${process.env['PATH']}`)
  return resolveTarget({ name: 'vps', address: 'web.example', ...host } as Parameters<typeof resolveTarget>[0])
}

test('an empty config: the address, port 22, the usual files', async () => {
  expect(await resolved('')).toMatchObject({
    name: 'vps',
    address: 'web.example',
    port: 22,
    user: expect.any(String),
    explicitIdentity: false,
    identityFiles: expect.arrayContaining([`${account}/.ssh/id_ed25519`]),
    knownHostsFiles: expect.arrayContaining([`${account}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts']),
    keyName: 'web.example',
  })
})

/** What is as nobody has said. */
const SILENT = {
  identitiesOnly: false,
  agent: undefined,
  certificateFiles: [],
  revokingFiles: [],
  revokedKeysFiles: [],
  checkAddress: false,
}

const CONFIG = `Host web.example
  HostName 203.0.113.7
  Port 2200
  User deploy
  IdentityFile /keys/one
  IdentityFile ~/two
  UserKnownHostsFile /known/a ~/known/b
  GlobalKnownHostsFile none
`

test('what the inventory leaves out is as ssh_config says', async () => {
  expect(await resolved(CONFIG)).toEqual({
    name: 'vps',
    address: '203.0.113.7',
    port: 2200,
    user: 'deploy',
    identityFiles: ['/keys/one', `${account}/two`],
    explicitIdentity: false,
    ...SILENT,
    knownHostsFiles: ['/known/a', `${account}/known/b`],
    keyName: '[203.0.113.7]:2200',
    otherKeyName: '203.0.113.7',
  })
})

test("the inventory's word comes first", async () => {
  expect(await resolved(CONFIG, { port: 22, user: 'root', identityFile: '/keys/mine', knownHostsFile: '/known/mine' })).toEqual({
    name: 'vps',
    address: '203.0.113.7',
    port: 22,
    user: 'root',
    identityFiles: ['/keys/mine'],
    explicitIdentity: true,
    ...SILENT,
    knownHostsFiles: ['/known/mine'],
    revokingFiles: ['/known/a', `${account}/known/b`],
    keyName: '203.0.113.7',
    otherKeyName: undefined,
  })
})

test("the inventory's user and port choose among the config's matches", async () => {
  expect(await resolved('Match user deploy\n  IdentityFile /keys/deploy\n', { user: 'deploy' })).toMatchObject({
    identityFiles: ['/keys/deploy'],
  })
})

test('an alias is the name of its key, without a port', async () => {
  expect(await resolved(`${CONFIG}  HostKeyAlias box-one\n`)).toMatchObject({ port: 2200, keyName: 'box-one' })
})

test.each([
  ['ProxyJump hop.example', 'proxyjump hop.example'],
  ['ProxyCommand nc %h %p', 'proxycommand nc %h %p'],
])('%s is refused, with a way out', async (line, named) => {
  const target = resolved(`Host *\n  ${line}\n`)
  await expect(target).rejects.toThrow(HostError)
  await expect(target).rejects.toThrow(
    `ssh_config sends web.example through ${named}, which is not supported: give an address that this machine reaches directly`,
  )
})

test('ProxyJump none is no jump', async () => {
  expect(await resolved('Host *\n  ProxyJump none\n')).toMatchObject({ address: 'web.example' })
})

test("a config that is wrong is named in ssh's own words", async () => {
  await expect(resolved('Nonsense yes\n')).rejects.toThrow(
    /ssh -G web\.example failed: .*[Bb]ad configuration option: nonsense[^]*Mend ~\/\.ssh\/config or hosts\.vps/,
  )
})

test('an address is never taken for an option', async () => {
  await expect(resolved('', { address: '-oProxyCommand=true' })).rejects.toThrow(HostError)
})

test('tokens and variables in file names are put in, as ssh does', async () => {
  vi.stubEnv('KEYS', '/my keys')
  const { address: _address, ...found } = await resolved(`Host web.example
  HostName 203.0.113.7
  User deploy
  Port 2200
  HostKeyAlias Box
  IdentityFile ~/.ssh/%r@%h-%p
  IdentityFile "%d/a b/%n-%k-%u-%i%%"
  IdentityFile \${KEYS}/%L-%l
  IdentityFile none
  CertificateFile ~/%r-cert.pub
  UserKnownHostsFile "~/known hosts/%k" /known/%h
  GlobalKnownHostsFile "/etc/known hosts"
  IdentityAgent ~/agent-%r
`)
  const { username, uid } = userInfo()
  expect(found).toMatchObject({
    identityFiles: [
      `${account}/.ssh/deploy@203.0.113.7-2200`,
      `${account}/a b/web.example-box-${username}-${uid}%`,
      `/my keys/${hostname().replace(/\..*/, '')}-${hostname()}`,
    ],
    certificateFiles: [`${account}/deploy-cert.pub`],
    knownHostsFiles: [`${account}/known hosts/box`, '/known/203.0.113.7', '/etc/known hosts'],
    agent: `${account}/agent-deploy`,
  })
})

test.each([
  ['IdentityFile ${NO_SUCH}/x', 'ssh_config names ${NO_SUCH}/x, but the environment variable NO_SUCH is not set'],
  ['IdentityFile /keys/%Z', 'ssh_config names /keys/%Z, but %Z is no token that is known here'],
])('%s is refused, as ssh does', async (line, message) => {
  await expect(resolved(`Host *\n  ${line}\n`)).rejects.toThrow(message)
})

test.each([
  ['', '/run/usual'],
  ['IdentityAgent none', undefined],
  ['IdentityAgent SSH_AUTH_SOCK', '/run/usual'],
  ['IdentityAgent $MY_AGENT', '/run/mine'],
  ['IdentityAgent $NO_AGENT', undefined],
  ['IdentityAgent /run/%h', '/run/web.example'],
])('the agent of %j', async (line, agent) => {
  vi.stubEnv('SSH_AUTH_SOCK', '/run/usual')
  vi.stubEnv('MY_AGENT', '/run/mine')
  expect((await resolved(`Host *\n  ${line}\n`)).agent).toBe(agent)
})

test('IdentitiesOnly, CheckHostIP and RevokedHostKeys are read', async () => {
  writeFileSync(at('revoked-%h'), '')
  const config = `Host *\n  IdentitiesOnly yes\n  CheckHostIP yes\n  RevokedHostKeys ${at('revoked-%h')}\n`
  expect(await resolved(config)).toMatchObject({
    identitiesOnly: true,
    checkAddress: true,
    revokedKeysFiles: [at('revoked-%h')],
  })
  expect(await resolved(config, { address: '203.0.113.7' })).toMatchObject({ checkAddress: false })
  expect(await resolved(`${config}  HostKeyAlias box\n`)).toMatchObject({ checkAddress: false })
})

test('KnownHostsCommand is refused, since it may revoke', async () => {
  await expect(resolved('Host *\n  KnownHostsCommand /bin/keys %H\n')).rejects.toThrow(
    'ssh_config asks KnownHostsCommand /bin/keys %H for the host keys of web.example, which is not supported',
  )
})

test.each([
  ['::1', 22, '::1', undefined],
  ['2001:DB8:0::1', 2222, '[2001:db8::1]:2222', '2001:db8::1'],
  ['fe80::1%eth0', 22, 'fe80::1%eth0', undefined],
])('an IPv6 address, %s port %i, is known as %s', async (address, port, keyName, otherKeyName) => {
  expect(await resolved('Host *\n  CheckHostIP yes\n', { address, port })).toMatchObject({
    keyName,
    otherKeyName,
    checkAddress: false,
  })
})

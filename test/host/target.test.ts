import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { HostError } from '../../lib/host/error.ts'
import { resolveTarget } from '../../lib/host/target.ts'
import { temporaryFolder } from './support.ts'

/** ssh takes the home of its user from the system's list, whatever HOME says. */
const account = userInfo().homedir
const { at, remove } = temporaryFolder()
afterAll(remove)
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
    identityFiles: expect.arrayContaining([`${homedir()}/.ssh/id_ed25519`]),
    knownHostsFiles: expect.arrayContaining([`${account}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts']),
    keyName: 'web.example',
  })
})

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
    identityFiles: ['/keys/one', `${homedir()}/two`],
    explicitIdentity: false,
    knownHostsFiles: ['/known/a', `${account}/known/b`],
    keyName: '[203.0.113.7]:2200',
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
    knownHostsFiles: ['/known/mine'],
    keyName: '203.0.113.7',
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

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { connect as connectTo } from '../../lib/host/connection.ts'
import type { Host } from '../../lib/inventory/index.ts'
import { sh } from '../../lib/text/sh.ts'
import { makeKey, temporaryFolder } from './support.ts'
import { sshServer, sshWithConfig, weSay } from './server.ts'

const { at, remove } = temporaryFolder()
const hostKey = makeKey(at('host'))
const right = makeKey(at('right'))
const wrong = makeKey(at('wrong'))
const locked = makeKey(at('locked'), 'ed25519', 'a passphrase')

let server: Awaited<ReturnType<typeof sshServer>>
let agent: ReturnType<typeof spawn>
beforeAll(async () => {
  server = await sshServer([at('host')], [right.wire, locked.wire])
  writeFileSync(at('known'), `127.0.0.1,::1 ${hostKey.type} ${hostKey.base64}\n`)
  agent = spawn('ssh-agent', ['-D', '-a', at('agent')], { stdio: ['ignore', 'pipe', 'ignore'] })
  // It says where it listens once it does.
  await once(agent.stdout!, 'data')
  const env = { ...process.env, SSH_AUTH_SOCK: at('agent'), SSH_ASKPASS: at('askpass'), SSH_ASKPASS_REQUIRE: 'force' }
  writeFileSync(at('askpass'), '#!/bin/sh\necho "a passphrase"\n', { mode: 0o755 })
  for (const key of ['wrong', 'right', 'locked']) execFileSync('ssh-add', ['-q', at(key)], { env, stdio: 'ignore' })
  // An agent's key needs no private half here, and a locked one keeps only its own.
  rmSync(at('right'))
  rmSync(at('locked.pub'))
})
afterAll(() => {
  agent.kill()
  server.close()
  remove()
})
beforeEach(() => {
  server.offered.length = 0
  vi.stubEnv('SSH_AUTH_SOCK', at('agent'))
  vi.stubEnv('BITACORA_KEY_PASSPHRASE', undefined)
})
afterEach(() => vi.unstubAllEnvs())

/** A login with this ssh_config: what is said, and which keys were offered. */
async function login(settings: readonly string[]) {
  const usual = [`UserKnownHostsFile ${at('known')}`, 'GlobalKnownHostsFile none']
  vi.stubEnv('PATH', sshWithConfig(at, `Host *\n${[...settings, ...usual].join('\n')}\n`))
  const { text } = await weSay({ port: server.port })
  const names = new Map([right, wrong, locked].map(({ base64 }, index) => [base64, ['right', 'wrong', 'locked'][index]]))
  return { text, offered: [...new Set(server.offered.map((key) => names.get(key.toString('base64'))))] }
}

test.each([
  ['all of the agent, one after the other', [], ['wrong', 'right']],
  [
    'with IdentitiesOnly those of the files, here a public half',
    ['IdentitiesOnly yes', `IdentityFile ${at('right.pub')}`],
    ['right'],
  ],
  ['the private half need not be there', ['IdentitiesOnly yes', `IdentityFile ${at('right')}`], ['right']],
  ['nor be open', ['IdentitiesOnly yes', `IdentityFile ${at('locked')}`], ['locked']],
  ['an agent of its own', ['IdentityAgent $MINE', `IdentityFile ${at('none')}`], ['wrong', 'right']],
])('%s', async (_what, settings, offered) => {
  if (settings[0] === 'IdentityAgent $MINE') {
    vi.stubEnv('MINE', at('agent'))
    vi.stubEnv('SSH_AUTH_SOCK', undefined)
  }
  expect(await login(settings)).toEqual({ text: '', offered })
})

test('IdentitiesOnly keeps the right key of an agent back', async () => {
  const { text, offered } = await login(['IdentitiesOnly yes', `IdentityFile ${at('wrong')}`])
  expect(offered).toEqual(['wrong'])
  expect(text).toMatch(/^it refuses to log root in with any of the keys that we have/)
})

test('IdentityAgent none keeps the agent back', async () => {
  expect(await login(['IdentityAgent none', `IdentityFile ${at('none')}`])).toEqual({
    text: expect.stringMatching(/^there is no key to log in with/),
    offered: [],
  })
})

test('an agent that does not answer stops no other key, and is named where there is none', async () => {
  vi.stubEnv('SSH_AUTH_SOCK', at('gone'))
  expect(await login([`IdentityFile ${at('wrong')}`])).toMatchObject({
    text: expect.stringContaining(`The agent at ${at('gone')} gave no keys`),
    offered: ['wrong'],
  })
})

test('tokens and variables in IdentityFile lead to the key', async () => {
  vi.stubEnv('WHICH', 'wrong')
  copyFileSync(at('wrong'), at('wrong-root@127.0.0.1'))
  expect((await login(['IdentityAgent none', `IdentityFile ${at('${WHICH}-%r@%h')}`])).offered).toEqual(['wrong'])
})

test('a host over IPv6', async () => {
  const six = await sshServer([at('host')], [right.wire], '::1')
  try {
    vi.stubEnv('PATH', sshWithConfig(at, `Host *\nUserKnownHostsFile ${at('known')}\nGlobalKnownHostsFile none\n`))
    expect(await weSay({ address: '::1', port: six.port })).toEqual({ accepted: true, text: '' })
    writeFileSync(at('by port'), `[::1]:${six.port} ${hostKey.type} ${hostKey.base64}\n`)
    expect(await weSay({ address: '::1', port: six.port, knownHostsFile: at('by port') })).toEqual({ accepted: true, text: '' })
  } finally {
    six.close()
  }
})

test('a deadline longer than any timer of Node is waited for', async () => {
  vi.stubEnv('PATH', sshWithConfig(at, `Host *\nUserKnownHostsFile ${at('known')}\nGlobalKnownHostsFile none\n`))
  const connection = await connectTo({ name: 'vps', address: '127.0.0.1', user: 'root', port: server.port } as Host)
  const none = { onStdout: () => {}, onStderr: () => {}, isEnded: () => false }
  expect(await connection.run(sh`true`, { deadline: 28 * 24 * 3600, ...none })).toEqual({ code: 0 })
  connection.close()
})

/** In front of the server, as an sshd that is busy with logins: it drops the first connections, each in one of the two ways. */
async function busy(drops: number) {
  let seen = 0
  const front = createServer((socket) => {
    if (++seen > drops) socket.pipe(connect(server.port, '127.0.0.1')).pipe(socket)
    else if (seen % 2 === 0) socket.end()
    else socket.resetAndDestroy()
    socket.on('error', () => {})
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo
  vi.stubEnv('PATH', sshWithConfig(at, `Host *\nUserKnownHostsFile ${at('known')}\nGlobalKnownHostsFile none\n`))
  try {
    return { ...(await weSay({ port })), seen }
  } finally {
    front.close()
  }
}

test('an sshd that drops connections before it says anything is asked again, some times', async () => {
  expect(await busy(3)).toMatchObject({ text: '', seen: 4 })
  const { text, seen } = await busy(99)
  expect(text).toMatch(/^no connection to 127\.0\.0\.1 port/)
  expect(seen).toBe(6)
})

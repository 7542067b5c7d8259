import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { keygen, makeKey, temporaryFolder } from './support.ts'
import { opensshSays, sshServer, sshWithConfig, weSay } from './server.ts'

const { at, remove } = temporaryFolder()
const shown = makeKey(at('shown'))
const other = makeKey(at('other'))
const login = makeKey(at('login'))
const KEY = `${shown.type} ${shown.base64}`
const OTHER = `${other.type} ${other.base64}`
/** A key of a token, as known_hosts has it, and one of a type that no OpenSSH knows. */
const TOKEN = key('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:')
const UNHEARD = key('ssh-unheard', 'of')

function key(type: string, ...rest: (string | Buffer)[]): string {
  return `${type} ${Buffer.concat([type, ...rest].map(field)).toString('base64')}`
}

function field(content: string | Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, Buffer.from(content)])
}

let server: Awaited<ReturnType<typeof sshServer>>
beforeAll(async () => {
  server = await sshServer([at('shown')], [login.wire])
})
afterAll(() => {
  server.close()
  remove()
})
afterEach(() => vi.unstubAllEnvs())

/** What OpenSSH's client and we say of one host, with this known_hosts (PORT is the host's) and these settings. */
async function both(lines: readonly string[], settings: readonly string[] = [], address = '127.0.0.1') {
  const put = (text: string) => text.replaceAll('PORT', String(server.port))
  writeFileSync(at('known hosts'), put(`${lines.join('\n')}\n`))
  const usual = ['GlobalKnownHostsFile none', `UserKnownHostsFile "${at('known hosts')}"`, `IdentityFile ${at('login')}`]
  const path = sshWithConfig(at, put(`Host *\n${[...settings, ...usual, 'IdentityAgent none'].join('\n')}\n`))
  vi.stubEnv('PATH', path)
  const [openssh, we] = await Promise.all([opensshSays(at, server.port, address), weSay({ address, port: server.port })])
  return { openssh, we }
}

test.each<[string, string[], string[]?, string?]>([
  ['a name with its port', [`[127.0.0.1]:PORT ${KEY}`]],
  ['a name without a port', [`127.0.0.1 ${KEY}`]],
  ['tabs between the words', [`127.0.0.1\t${KEY.replace(' ', '\t')}`]],
  ['a pattern', [`127.* ${KEY}`]],
  ['a name in capitals', [`Box ${KEY}`], ['HostKeyAlias BOX']],
  ['an alias has no port', [`box ${KEY}`], ['HostKeyAlias box']],
  ['another key revoked', [`127.0.0.1 ${KEY}`, `@revoked 127.0.0.1 ${OTHER}`]],
  ['a key of a token beside it', [`127.0.0.1 ${TOKEN}`, `127.0.0.1 ${KEY}`]],
  ['a certificate authority beside it', [`@cert-authority 127.0.0.1 ${OTHER}`, `127.0.0.1 ${KEY}`]],
  ['a marked line of another host that nobody can read', [`@revoked\texample.org ${KEY}`, `127.0.0.1 ${KEY}`]],
  ['a revoked key of a type that nobody knows', [`@revoked 127.0.0.1 ${UNHEARD}`, `127.0.0.1 ${KEY}`]],
  [
    'CheckHostIP, and the same key is known for the address',
    [`localhost,127.0.0.1,::1 ${KEY}`],
    ['CheckHostIP yes'],
    'localhost',
  ],
  ['CheckHostIP, and no key is known for the address', [`localhost ${KEY}`], ['CheckHostIP yes'], 'localhost'],
  [
    'CheckHostIP, of a loopback address',
    [`localhost ${KEY}`, `127.0.0.1,::1,[127.0.0.1]:PORT,[::1]:PORT ${OTHER}`],
    ['CheckHostIP yes'],
    'localhost',
  ],
])('accepted by both: %s', async (_what, lines, settings, address) => {
  const { openssh, we } = await both(lines, settings, address)
  expect(openssh, openssh.text).toMatchObject({ accepted: true })
  expect(we).toEqual({ accepted: true, text: '' })
})

test.each<[string, string[], string[], RegExp]>([
  ['no key', [], [], /^its host key is unknown/],
  ['another key with the port goes first', [`[127.0.0.1]:PORT ${OTHER}`, `127.0.0.1 ${KEY}`], [], /^ITS HOST KEY HAS CHANGED/],
  ['an alias with a port', [`[box]:PORT ${KEY}`], ['HostKeyAlias box'], /^its host key is unknown/],
  ['a name that is taken out', [`127.*,!127.0.0.1 ${KEY}`], [], /^its host key is unknown/],
  ['revoked', [`127.0.0.1 ${KEY}`, `@revoked 127.0.0.1 ${KEY}`], [], /^its host key is revoked \(.*known hosts:2\)/],
  ['revoked, two blanks', [`127.0.0.1 ${KEY}`, `@revoked  127.0.0.1  ${KEY}`], [], /^its host key is revoked/],
  ['revoked, tabs', [`127.0.0.1 ${KEY}`, `@revoked\t127.0.0.1\t${KEY.replace(' ', '\t')}`], [], /^its host key is revoked/],
  ['revoked, blanks before it', [`127.0.0.1 ${KEY}`, ` \t@revoked 127.0.0.1 ${KEY}`], [], /^its host key is revoked/],
  ['revoked for all', [`127.0.0.1 ${KEY}`, `@revoked * ${KEY}`], [], /^its host key is revoked/],
  ['only a key of a token', [`127.0.0.1 ${TOKEN}`], [], /has only a key of type sk-ssh-ed25519@openssh\.com for .*not supported/],
])('refused by both: %s', async (_what, lines, settings, message) => {
  const { openssh, we } = await both(lines, settings)
  expect(openssh, openssh.text).toMatchObject({ accepted: false })
  expect(we).toEqual({ accepted: false, text: expect.stringMatching(message) })
})

test.each<[string, string[], RegExp]>([
  [
    'a tab after the marker',
    [`127.0.0.1 ${KEY}`, `@revoked\t127.0.0.1 ${KEY}`],
    /known hosts:2 marks a key of .*127\.0\.0\.1.* cannot be read/,
  ],
  ['a tab after the marker, for all', [`127.0.0.1 ${KEY}`, `@revoked\t* ${KEY}`], /known hosts:2 marks a key of/],
  ['a marker in capitals', [`127.0.0.1 ${KEY}`, `@REVOKED 127.0.0.1 ${KEY}`], /known hosts:2 marks a key of/],
  ['a marker that nobody knows', [`127.0.0.1 ${KEY}`, `@withdrawn 127.0.0.1 ${KEY}`], /known hosts:2 marks a key of/],
  ['two markers', [`127.0.0.1 ${KEY}`, `@cert-authority @revoked 127.0.0.1 ${KEY}`], /known hosts:2 marks a key of/],
  [
    'a revoked key that is cut off',
    [`127.0.0.1 ${KEY}`, `@revoked 127.0.0.1 ${KEY.slice(0, -8)}`],
    /known hosts:2 marks a key of/,
  ],
  ['no key after the type', [`127.0.0.1 ${KEY}`, `@revoked 127.0.0.1 ${shown.type}`], /known hosts:2 marks a key of/],
  ['revoked without the port', [`[127.0.0.1]:PORT ${KEY}`, `@revoked 127.0.0.1 ${KEY}`], /^its host key is revoked/],
])('OpenSSH accepts it, we do not: %s', async (_what, lines, message) => {
  const { openssh, we } = await both(lines)
  expect(openssh, openssh.text).toMatchObject({ accepted: true })
  expect(we).toEqual({ accepted: false, text: expect.stringMatching(message) })
})

test.each([
  [
    'a list of keys',
    () => writeFileSync(at('revoked'), `# lost\n\n${OTHER} x\n${KEY} the host's\n`),
    /host key is revoked \(RevokedHostKeys \S+revoked\)/,
  ],
  ['a KRL', () => keygen(['-k', '-f', at('revoked'), at('shown.pub')]), /host key is revoked \(RevokedHostKeys/],
  [
    'a list with a line that is no key',
    () => writeFileSync(at('revoked'), `nonsense\n${OTHER}\n`),
    /RevokedHostKeys .* cannot be read/,
  ],
  ['a KRL that is cut off', () => writeFileSync(at('revoked'), 'SSHKRL\n\0xx'), /RevokedHostKeys .* cannot be read/],
])('RevokedHostKeys, %s: refused by both', async (_what, write, message) => {
  write()
  const { openssh, we } = await both([`127.0.0.1 ${KEY}`], [`RevokedHostKeys ${at('revoked')}`])
  expect(openssh, openssh.text).toMatchObject({ accepted: false })
  expect(we).toEqual({ accepted: false, text: expect.stringMatching(message) })
})

test('RevokedHostKeys that is not there: refused by both', async () => {
  const { openssh, we } = await both([`127.0.0.1 ${KEY}`], [`RevokedHostKeys ${at('missing')}`])
  expect([openssh.accepted, we.accepted]).toEqual([false, false])
  expect(we.text).toMatch(/RevokedHostKeys \S+missing cannot be read/)
})

test('RevokedHostKeys of other keys: accepted by both', async () => {
  writeFileSync(at('revoked'), `${OTHER}\n`)
  keygen(['-k', '-f', at('krl'), at('other.pub')])
  for (const file of ['revoked', 'krl']) {
    const { openssh, we } = await both([`127.0.0.1 ${KEY}`], [`RevokedHostKeys ${at(file)}`])
    expect([openssh.accepted, we]).toEqual([true, { accepted: true, text: '' }])
  }
})

test("ssh_config's own files still revoke a key that the inventory's file knows", async () => {
  await both([`@revoked 127.0.0.1 ${KEY}`])
  writeFileSync(at('mine'), `127.0.0.1 ${KEY}\n`)
  const said = await weSay({ port: server.port, knownHostsFile: at('mine') })
  expect(said.text).toMatch(/^its host key is revoked \(.*known hosts:1\)/)
})

test.each([
  ['ends badly', 'echo "no such option" >&2; exit 2'],
  ['is killed', 'kill -9 $$'],
  ['says what nobody expects', 'echo "# Host x found: line one"; exit 0'],
  ['says nothing, and that all is well', 'exit 0'],
])('no answer of ssh-keygen is no leave: it %s', async (_what, script) => {
  writeFileSync(at('ssh-keygen'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  try {
    const { we } = await both([`127.0.0.1 ${KEY}`])
    expect(we).toEqual({ accepted: false, text: expect.stringMatching(/gives no clear answer .*Nothing was sent/) })
  } finally {
    // The folder stays first in PATH.
    writeFileSync(at('ssh-keygen'), '#!/bin/sh\nPATH=${PATH#*:} exec ssh-keygen "$@"\n')
  }
})

test('a known_hosts that cannot be read is no leave either', async () => {
  vi.stubEnv('PATH', sshWithConfig(at, `Host *\nUserKnownHostsFile ${at('')}\nGlobalKnownHostsFile none\n`))
  expect((await weSay({ port: server.port, identityFile: at('login') })).text).toMatch(/cannot be read, so nobody knows/)
})

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { execIn, openLab, pauseHost, startHost, stopHost, unpauseHost } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, runVerb, writeInventory } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
})

interface Entry {
  [field: string]: unknown
}

/** A one-host inventory with one small project, so that a check says whether we got in. */
function inventoryFor(host: Entry): string {
  const password = { file: 'secrets/small' }
  writeFileSync(join(lab.directory, 'secrets/small'), 'a-small-password', { mode: 0o600 })
  return writeInventory(lab, 'connection', {
    hosts: { target: host },
    boxes: {},
    projects: { small: { host: 'target', database: { name: 'small_db', owner: 'small_user', password } } },
  })
}

function entry(name: string, more: Entry = {}): Entry {
  const { address, port, user } = lab.hosts[name]!
  return { address, port, user, identityFile: 'id_ed25519', knownHostsFile: 'known_hosts', ...more }
}

async function check(host: Entry) {
  const report = await runVerb('provision', { inventory: inventoryFor(host), check: true })
  return { exitCode: report.exitCode, error: report.hosts[0]?.error ?? '', roundTrips: report.hosts[0]?.roundTrips }
}

const sudoFile = 'secrets/vps3_sudo'

describe('who gets in, with one exec', () => {
  test.each([
    ['root', () => entry('vps')],
    ['sudo without a password', () => entry('vps2')],
    ['sudo with a password', () => entry('vps3', { sudoPassword: { file: sudoFile } })],
    ['a sudo password where none is needed', () => entry('vps2', { sudoPassword: { file: sudoFile } })],
  ])('%s', async (_name, host) => {
    expect(await check(host())).toEqual({ exitCode: 2, error: '', roundTrips: 1 })
  })

  test('an encrypted key, opened by BITACORA_KEY_PASSPHRASE', async () => {
    const passphrase = readFileSync(join(lab.directory, 'secrets/passphrase'), 'utf8').trim()
    process.env['BITACORA_KEY_PASSPHRASE'] = passphrase
    expect(await check(entry('vps', { identityFile: 'id_encrypted' }))).toMatchObject({ exitCode: 2, error: '' })
  })

  test('a key that only an agent has', async () => {
    // A socket's path may have 107 bytes, and this checkout's may be longer.
    const folder = mkdtempSync(join(tmpdir(), 'agent-'))
    const socket = join(folder, 's')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      for (let tries = 0; tries < 600; tries++) {
        try {
          execFileSync('ssh-add', ['-q', join(lab.directory, 'id_ed25519')], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'ignore',
          })
          break
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
      process.env['SSH_AUTH_SOCK'] = socket
      const { identityFile: _none, ...host } = entry('vps')
      expect(await check(host)).toMatchObject({ exitCode: 2, error: '' })
    } finally {
      agent.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const { SSH_AUTH_SOCK, BITACORA_KEY_PASSPHRASE } = process.env
afterEach(() => {
  for (const [name, value] of Object.entries({ SSH_AUTH_SOCK, BITACORA_KEY_PASSPHRASE })) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

describe('who does not, and what is said', () => {
  test('an unknown host: its fingerprint and the command that adds it; nothing is sent', async () => {
    writeFileSync(join(lab.directory, 'known_nobody'), '')
    const { exitCode, error, roundTrips } = await check(entry('vps', { knownHostsFile: 'known_nobody' }))
    expect({ exitCode, roundTrips }).toEqual({ exitCode: 1, roundTrips: 0 })
    expect(error).toMatch(/its host key is unknown: ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}\. Nothing was sent/)
    const command = /^ {2}(echo .*)$/m.exec(error)?.[1] ?? 'false'
    execFileSync('sh', ['-c', command])
    expect(await check(entry('vps', { knownHostsFile: 'known_nobody' }))).toMatchObject({ exitCode: 2, error: '' })
  })

  test('a changed host key', async () => {
    const other = lab.hosts['vps2'].hostKey.split(' ').slice(0, 2).join(' ')
    writeFileSync(join(lab.directory, 'known_changed'), `[127.0.0.1]:${lab.hosts['vps'].port} ${other}\n`)
    const { exitCode, error } = await check(entry('vps', { knownHostsFile: 'known_changed' }))
    expect(exitCode).toBe(1)
    expect(error).toContain('ITS HOST KEY HAS CHANGED')
    expect(error).toContain(`ssh-keygen -R '[127.0.0.1]:${lab.hosts['vps'].port}'`)
  })

  test('a key that the host does not take', async () => {
    const file = join(lab.directory, 'id_stranger')
    execFileSync('sh', ['-c', 'rm -f "$1" && ssh-keygen -q -t ed25519 -N "" -f "$1"', 'sh', file])
    expect((await check(entry('vps', { identityFile: 'id_stranger' }))).error).toMatch(
      /refuses to log root in with the key that we have .*authorized_keys/s,
    )
  })

  test('an encrypted key without its passphrase', async () => {
    expect((await check(entry('vps', { identityFile: 'id_encrypted' }))).error).toMatch(
      /id_encrypted is encrypted: set BITACORA_KEY_PASSPHRASE/,
    )
    process.env['BITACORA_KEY_PASSPHRASE'] = 'wrong'
  })

  test('sudo that wants a password, and one that refuses it', async () => {
    expect((await check(entry('vps3'))).error).toMatch(/sudo wants a password of deploy: give hosts\.target\.sudoPassword/)
    writeFileSync(join(lab.directory, 'secrets/wrong_sudo'), 'not-the-password', { mode: 0o600 })
    const { error } = await check(entry('vps3', { sudoPassword: { file: 'secrets/wrong_sudo' } }))
    expect(error).toMatch(/sudo refuses the password: correct the value behind hosts\.target\.sudoPassword/)
    expect(error).not.toContain('not-the-password')
  })

  test('a user who may not sudo at all', async () => {
    const script = 'mv /etc/sudoers.d /etc/sudoers.away; mkdir /etc/sudoers.d; gpasswd -d deploy sudo; true'
    await execIn(lab, 'vps2', script)
    try {
      expect((await check(entry('vps2', { sudoPassword: { file: sudoFile } }))).error).toMatch(
        /sudo refuses the password|deploy may not use sudo/,
      )
    } finally {
      await execIn(lab, 'vps2', 'rmdir /etc/sudoers.d && mv /etc/sudoers.away /etc/sudoers.d')
    }
  })

  test('a port where nothing listens', async () => {
    expect((await check(entry('vps', { port: 9 }))).error).toMatch(/host key|nothing listens on 127\.0\.0\.1 port 9/)
  })

  test('a host that takes the connection and says nothing: given up after timeoutSeconds', async () => {
    await pauseHost(lab, 'vps2')
    try {
      expect((await check(entry('vps2', { timeoutSeconds: 1 }))).error).toMatch(/no answer from 127\.0\.0\.1 port \d+ within 1 s/)
    } finally {
      await unpauseHost(lab, 'vps2')
    }
  })

  test('a host that is away: said at once, and the other host is still worked on', async () => {
    await stopHost(lab, 'vps2')
    try {
      const report = await runVerb('provision', { check: true })
      const [first, second] = report.hosts
      expect(report.exitCode).toBe(1)
      expect(first?.error).toBeUndefined()
      expect(first?.steps.length).toBeGreaterThan(10)
      expect(second?.error).toMatch(/is the host up/)
    } finally {
      await startHost(lab, 'vps2')
    }
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from '../../lib/host/target.ts'

/** A folder of a test file's own; call `remove` at its end. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
  return { at: (name: string) => join(folder, name), remove: () => rmSync(folder, { recursive: true }) }
}

/** Makes a key pair at `path` with ssh-keygen; gives the public half, and what OpenSSH says its fingerprint is. */
export function makeKey(path: string, type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase = '') {
  keygen([
    '-q',
    '-a',
    '1',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    passphrase,
    '-C',
    'a comment',
    '-f',
    path,
  ])
  const [name = '', base64 = ''] = readFileSync(`${path}.pub`, 'utf8').split(' ')
  const [, fingerprint = ''] = keygen(['-lf', `${path}.pub`]).split(' ')
  return { type: name, base64, wire: Buffer.from(base64, 'base64'), fingerprint }
}

export function keygen(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('ssh-keygen', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${stderr}`)
  return stdout
}

export function target(change: Partial<Target> = {}): Target {
  return {
    name: 'vps',
    address: '203.0.113.9',
    port: 22,
    user: 'root',
    identityFiles: [],
    explicitIdentity: false,
    identitiesOnly: false,
    agent: undefined,
    certificateFiles: [],
    knownHostsFiles: [],
    revokingFiles: [],
    revokedKeysFiles: [],
    keyName: '203.0.113.9',
    otherKeyName: undefined,
    checkAddress: false,
    ...change,
  }
}

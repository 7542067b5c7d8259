import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeSigningKey, readSigningKey } from '../../lib/inventory/signing-key.ts'
import { sshKey } from '../support/keys.ts'

const good = sshKey()
const MAKE = "make one: ssh-keygen -q -t ed25519 -N '' -C onquota-backups -f FILE"
const damaged = good.private.replace(/^(.*\n.*\n).*\n/, '$1')

test.each([good.private, good.private.trimEnd()])('the public half is the one of ssh-keygen, without its comment: %#', (text) => {
  expect(readSigningKey(text, 'onquota')).toEqual({ public: good.public })
})

test.each([
  ['a passphrase', sshKey('-N', 'a passphrase').private, 'the private key has a passphrase, which nobody types at night'],
  ['RSA', sshKey('-t', 'rsa').private, 'the private key is ssh-rsa; signatures need ed25519'],
  ['ECDSA', sshKey('-t', 'ecdsa').private, 'the private key is ecdsa-sha2-nistp256; signatures need ed25519'],
  ['PEM', sshKey('-t', 'rsa', '-m', 'PEM').private, "this is no private key in OpenSSH's format"],
  ['the public half', good.public, "this is no private key in OpenSSH's format"],
  ['a password', 'hunter2-hunter2', "this is no private key in OpenSSH's format"],
  ['a line missing', damaged, 'the private key is damaged'],
])('%s: refused, with how to make one, and nothing of the key is shown', (_what, text, problem) => {
  const answer = readSigningKey(text, 'onquota')
  expect(answer).toEqual({ problem: `${problem}; ${MAKE}` })
  for (const line of text.split('\n').filter((each) => each.length > 40)) expect(JSON.stringify(answer)).not.toContain(line)
})

test('the command that it tells makes a key that it takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-key-'))
  try {
    const command = makeSigningKey('onquota').replace(/FILE$/, join(folder, 'key'))
    const { stdout, status } = spawnSync('sh', ['-c', `${command} && cat ${folder}/key`], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(readSigningKey(stdout, 'onquota')).toHaveProperty('public')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

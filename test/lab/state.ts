import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MACHINE_NAMES } from './machines.ts'
import { must, run } from './process.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
export const SECRETS = ['passphrase', 'box', 'vps3_sudo', 'onquota_db', 'facturas_db', 'tienda_db', 'copilot_db'] as const
export type SecretName = (typeof SECRETS)[number]

export const randomPassword = () => Array.from({ length: 28 }, () => LETTERS[randomInt(LETTERS.length)]).join('')

/** Makes the state folder with what each lab has of its own: passwords, keys for logging in, host keys. What is there is kept. */
export async function ensureState(directory: string): Promise<void> {
  for (const folder of ['.', 'secrets', 'host-keys']) {
    await mkdir(join(directory, folder), { recursive: true, mode: 0o700 })
    await chmod(join(directory, folder), 0o700)
  }
  for (const name of SECRETS)
    await make(secretFile(directory, name), (file) => writeFile(file, randomPassword(), { mode: 0o600 }))
  await make(join(directory, 'askpass'), (file) => writeFile(file, '#!/bin/sh\nexec cat "$PASSWORD_FILE"\n', { mode: 0o700 }))
  await make(signingKeyFile(directory), (file) => newKey(file, 'lab, backups'))
  await make(join(directory, 'id_ed25519'), (file) => newKey(file, 'lab'))
  await make(join(directory, 'id_encrypted'), (file) =>
    newKey(file, 'lab, encrypted', askPass(directory, secretFile(directory, 'passphrase'))),
  )
  for (const name of MACHINE_NAMES) await make(hostKeyFile(directory, name), (file) => newKey(file, name))
}

export const secretFile = (directory: string, name: SecretName) => join(directory, 'secrets', name)
/** The private key that signs the backups of all projects; its public half beside it. */
export const signingKeyFile = (directory: string) => join(directory, 'secrets', 'signing')
export const hostKeyFile = (directory: string, machine: string) => join(directory, 'host-keys', machine)

/** A secret's value. */
export const readSecret = (directory: string, name: SecretName) => readFile(secretFile(directory, name), 'utf8')

/** A public key without its comment: "ssh-ed25519 AAAA…". */
export async function publicKey(file: string): Promise<string> {
  return (await readFile(`${file}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' ')
}

async function make(file: string, maker: (file: string) => Promise<unknown>): Promise<void> {
  if (!existsSync(file)) await maker(file)
}

/** Makes an ed25519 key pair. `environment` is askPass() where the key gets a passphrase, which as an argument would be seen by all. */
export async function newKey(file: string, comment: string, environment?: Record<string, string>): Promise<void> {
  const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-C', comment, '-f', file]
  must(
    await run(environment === undefined ? [...argv, '-N', ''] : argv, environment === undefined ? {} : { environment }),
    'ssh-keygen',
  )
}

/** The environment in which OpenSSH's tools take a password or passphrase from a file. */
export function askPass(directory: string, file: string): Record<string, string> {
  return { SSH_ASKPASS: join(directory, 'askpass'), SSH_ASKPASS_REQUIRE: 'force', PASSWORD_FILE: file }
}

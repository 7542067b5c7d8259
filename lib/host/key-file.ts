import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import ssh2 from 'ssh2'
import { HostError } from './error.ts'

const opened = new Map<string, Promise<ssh2.ParsedKey | undefined>>()

/** The private key in a file, once per file and run, however many hosts share it. Undefined when it is encrypted and nobody may be asked. */
export function openKey(file: string, mayAsk: boolean): Promise<ssh2.ParsedKey | undefined> {
  const key = `${file}\0${process.env['BITACORA_KEY_PASSPHRASE'] ?? ''}`
  const before = opened.get(key)
  if (before !== undefined) return before
  const now = readKey(file, mayAsk)
  opened.set(key, now)
  return now
}

async function readKey(file: string, mayAsk: boolean): Promise<ssh2.ParsedKey | undefined> {
  const text = readFileSync(file)
  const plain = ssh2.utils.parseKey(text)
  if (!(plain instanceof Error)) {
    if (!plain.isPrivateKey()) throw new HostError(`${file} is not a private key that can be read: it is a public key`)
    return plain
  }
  if (!/encrypted|passphrase/i.test(plain.message))
    throw new HostError(`${file} is not a private key that can be read: ${plain.message}`)
  const fromEnvironment = process.env['BITACORA_KEY_PASSPHRASE']
  if (fromEnvironment === undefined && !mayAsk) return undefined
  const passphrase = fromEnvironment ?? (await ask(`Passphrase for ${file}: `))
  if (passphrase === undefined)
    throw new HostError(
      `${file} is encrypted: set BITACORA_KEY_PASSPHRASE, add it to an agent (ssh-add ${file}), or run this in a terminal, which asks`,
    )
  const parsed = ssh2.utils.parseKey(text, passphrase)
  if (parsed instanceof Error) throw new HostError(`the passphrase for ${file} is wrong`)
  return parsed
}

/**
 * The public half of an identity as it goes over the wire, also of an encrypted file and where only `FILE.pub` is there: the agent may
 * hold the rest. Undefined where neither tells.
 */
export function publicKeyOf(file: string): Buffer | undefined {
  for (const path of [file, `${file}.pub`]) {
    if (!existsSync(path)) continue
    const text = readFileSync(path)
    const parsed = ssh2.utils.parseKey(text)
    const wire = parsed instanceof Error ? unencryptedHalf(text.toString('latin1')) : parsed.getPublicSSH()
    if (wire !== undefined) return wire
  }
  return undefined
}

/** OpenSSH's own format keeps the public half in the clear. Source: OpenSSH's PROTOCOL.key. */
function unencryptedHalf(text: string): Buffer | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text) ?? []
  const bytes = Buffer.from(body ?? '', 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  let at = magic.length
  const field = () => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : bytes.length
    const value = bytes.subarray(at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  // The cipher, the key derivation and its options, then how many keys there are.
  for (let count = 0; count < 3; count++) field()
  at += 4
  const wire = field()
  return wire.length > 0 ? wire : undefined
}

/** Asks on the terminal without showing what is typed; undefined where there is none. */
async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  // A terminal in raw mode gives a key, not a signal.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

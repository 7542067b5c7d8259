import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import ssh2 from 'ssh2'
import type { AgentAuthMethod, PublicKeyAuthMethod } from 'ssh2'
import { HostError } from './error.ts'
import type { Target } from './target.ts'

export type Method = PublicKeyAuthMethod | AgentAuthMethod

/**
 * The ways to log in, in order: a key file that the inventory names, then the agent, then ssh's own key files. Never `none`, which
 * costs a round trip. An encrypted key is opened with BITACORA_KEY_PASSPHRASE, or asks, unless an agent may serve.
 *
 * Throws a HostError when there is no way at all.
 */
export async function loginMethods(target: Target): Promise<Method[]> {
  const socket = process.env['SSH_AUTH_SOCK']
  const agent: Method[] = socket === undefined || socket === '' ? [] : [{ type: 'agent', username: target.user, agent: socket }]
  const keys: Method[] = []
  const problems: string[] = []
  for (const file of target.identityFiles) {
    if (!existsSync(file)) {
      if (target.explicitIdentity) problems.push(`hosts.${target.name}.identityFile ${file} does not exist`)
      continue
    }
    try {
      const key = await openKey(file, target.explicitIdentity && agent.length === 0)
      if (key !== undefined) keys.push({ type: 'publickey', username: target.user, key })
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  const methods = target.explicitIdentity ? [...keys, ...agent] : [...agent, ...keys]
  if (methods.length > 0) return methods
  throw new HostError(
    problems.join('; ') ||
      `there is no key to log in with: name one as hosts.${target.name}.identityFile, or start an agent (ssh-add)`,
  )
}

const opened = new Map<string, Promise<ssh2.ParsedKey | undefined>>()

/** Once per file and run, however many hosts share the key. */
function openKey(file: string, mayAsk: boolean): Promise<ssh2.ParsedKey | undefined> {
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

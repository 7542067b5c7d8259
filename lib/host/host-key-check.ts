import { lookup } from 'node:dns/promises'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { HostError } from './error.ts'
import { addressRefusal, hostKeyAlgorithms, knownKeys, knownKeysOfAddress, refusal } from './known-hosts.ts'
import { notResolved } from './not-connected.ts'
import { revokingFile } from './revoked-keys.ts'
import type { Target } from './target.ts'

export interface HostKeyCheck {
  /** What to ask the host for, best first; undefined: any. */
  algorithms: ServerHostKeyAlgorithm[] | undefined
  /** Where to connect, when CheckHostIP needs it before. */
  ip: string | undefined
  /** Undefined when the key that came over the wire is the host's; else what to tell. Never rejects. */
  refusal(key: Buffer): Promise<string | undefined>
}

/** All that is known of a host's key, read before anything is sent. Throws a HostError where that can't be had. */
export async function hostKeyCheck(target: Target): Promise<HostKeyCheck> {
  const [known, ip] = await Promise.all([knownKeys(target), target.checkAddress ? addressOf(target) : undefined])
  const ofAddress = ip === undefined ? [] : await knownKeysOfAddress(target, ip)
  return {
    algorithms: hostKeyAlgorithms(target, known),
    ip,
    async refusal(key) {
      try {
        const file = await revokingFile(target.revokedKeysFiles, key)
        if (file !== undefined)
          return `its host key is revoked (RevokedHostKeys ${file}). Nothing was sent. Find out why before anything else`
        return refusal(target, known, key) ?? (ip === undefined ? undefined : addressRefusal(ip, ofAddress, key))
      } catch (error) {
        return (error as Error).message
      }
    },
  }
}

/** OpenSSH doesn't ask of a loopback address: it is another machine's as often as not. */
async function addressOf(target: Target): Promise<string | undefined> {
  try {
    const { address } = await lookup(target.address)
    return /^(127\.|::1$)/.test(address) ? undefined : address
  } catch (error) {
    throw new HostError(notResolved(target), { cause: error })
  }
}

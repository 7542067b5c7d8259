import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { openssh } from './openssh.ts'
import type { Target } from './target.ts'

export interface KnownKey {
  type: string
  base64: string
  revoked: boolean
  /** `file:line` where it stands. */
  where: string
}

/** What known_hosts holds of a host, found by ssh-keygen, which reads hashed entries too. Certificate authorities are passed over. */
export async function knownKeys(target: Target): Promise<KnownKey[]> {
  const files = target.knownHostsFiles.filter((file) => existsSync(file))
  const found = await Promise.all(
    files.map(async (file) => parse(file, (await openssh('ssh-keygen', ['-F', target.keyName, '-f', file])).stdout)),
  )
  return found.flat()
}

function parse(file: string, output: string): KnownKey[] {
  let line = ''
  return output.split('\n').flatMap((text): KnownKey[] => {
    line = /^# Host .* found: line (\d+)/.exec(text)?.[1] ?? line
    const match = /^(?:(@\S+) )?[^#@\s]\S* (\S+) (\S+)/.exec(text)
    const [, marker, type = '', base64 = ''] = match ?? []
    if (match === null || marker === '@cert-authority') return []
    return [{ type, base64, revoked: marker === '@revoked', where: `${file}:${line}` }]
  })
}

/** The host must show a key of a type that we know, or a good host would look changed. Undefined: any. */
export function hostKeyAlgorithms(known: readonly KnownKey[]): ServerHostKeyAlgorithm[] | undefined {
  const types = new Set(
    known
      .filter((key) => !key.revoked)
      .flatMap((key) => (key.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [key.type])),
  )
  return types.size === 0 ? undefined : ([...types] as ServerHostKeyAlgorithm[])
}

/** Undefined when `key`, as it came over the wire, is known; else what to tell. */
export function refusal(target: Target, known: readonly KnownKey[], key: Buffer): string | undefined {
  const base64 = key.toString('base64')
  const type = key.toString('utf8', 4, 4 + key.readUInt32BE(0))
  const same = known.filter((one) => one.base64 === base64)
  const revoked = same.find((one) => one.revoked)
  if (revoked !== undefined)
    return `its host key is revoked (${revoked.where}). Nothing was sent. Find out why before anything else`
  if (same.length > 0) return undefined
  const shown = `${type} ${fingerprint(key)}`
  const file = target.knownHostsFiles[0] ?? '~/.ssh/known_hosts'
  const add = `echo '${target.keyName} ${type} ${base64}' >> ${file}`
  const compare = `ssh-keygen -lf /etc/ssh/ssh_host_${type.replace(/^ssh-|^ecdsa-sha2-nistp\d+$/, '') || 'ecdsa'}_key.pub`
  const other = known.find((one) => !one.revoked)
  if (other === undefined) {
    return `its host key is unknown: ${shown}. Nothing was sent. Compare it with what "${compare}" says on the host's own console; if they are the same, add it:\n  ${add}`
  }
  return (
    `ITS HOST KEY HAS CHANGED: it shows ${shown}, ${other.where} has ${other.type} ${fingerprint(Buffer.from(other.base64, 'base64'))}. Nothing was sent. ` +
    `Somebody may stand in between, or the host was made anew. Compare with what "${compare}" says on the host's own console; if it was made anew:\n` +
    `  ssh-keygen -R '${target.keyName}' -f ${other.where.replace(/:\d*$/, '')}\n  ${add}`
  )
}

/** As OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

import { createHash } from 'node:crypto'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { HostError } from './error.ts'
import { SUPPORTED, typeOf } from './key-type.ts'
import { hasMarkers, knownKeysIn, textOf } from './known-hosts-file.ts'
import type { KnownKey } from './known-hosts-file.ts'
import { quote } from '../text/quoting.ts'
import type { Target } from './target.ts'

export type { KnownKey }

/**
 * What known_hosts holds of a host, as OpenSSH looks for it: under its name with the port, and where that has no key, without. A key that
 * is revoked under either name counts as revoked.
 *
 * Throws a HostError when a file can't be read, ssh-keygen gives no answer, or a line that marks a key of the host can't be read.
 */
export async function knownKeys(target: Target): Promise<KnownKey[]> {
  const { keyName, otherKeyName, knownHostsFiles, revokingFiles } = target
  const [own, revoking] = await Promise.all([
    keysIn(knownHostsFiles, keyName, otherKeyName),
    keysIn(await withMarkers(revokingFiles), keyName, otherKeyName),
  ])
  return [...own, ...revoking.filter((key) => key.revoked)]
}

/** What known_hosts holds of the host's IP address, for CheckHostIP. */
export function knownKeysOfAddress(target: Target, ip: string): Promise<KnownKey[]> {
  return keysIn(target.knownHostsFiles, target.port === 22 ? ip : `[${ip}]:${target.port}`, undefined)
}

async function keysIn(files: readonly string[], name: string, otherName: string | undefined): Promise<KnownKey[]> {
  const under = async (one: string, some: readonly string[]) =>
    (await Promise.all(some.map((file) => knownKeysIn(file, one)))).flat()
  const keys = await under(name, files)
  if (otherName === undefined) return keys
  if (!keys.some((key) => !key.revoked)) return [...keys, ...(await under(otherName, files))]
  return [...keys, ...(await under(otherName, await withMarkers(files))).filter((key) => key.revoked)]
}

async function withMarkers(files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await textOf(file) })))
  return texts.filter(({ text }) => text !== undefined && hasMarkers(text)).map(({ file }) => file)
}

/**
 * The types that are known come first, or a good host would look changed; undefined where none is known. Throws a HostError when there
 * are keys, but none of a type that can be checked here.
 */
export function hostKeyAlgorithms(target: Target, known: readonly KnownKey[]): ServerHostKeyAlgorithm[] | undefined {
  const vouching = known.filter((key) => !key.revoked)
  const [first] = vouching
  if (first === undefined) return undefined
  const types = vouching.map((key) => key.type).filter((type) => Object.hasOwn(SUPPORTED, type))
  if (types.length > 0) return [...new Set([...types, ...Object.keys(SUPPORTED)])].flatMap((type) => SUPPORTED[type] ?? [])
  throw new HostError(
    `${first.where} has only a key of type ${first.type} for ${target.keyName}, which is not supported here. Nothing was sent. Add a key of another type, as "ssh-keyscan -t ed25519,ecdsa,rsa -p ${target.port} ${target.address}" shows it; compare it with /etc/ssh/ssh_host_*_key.pub on the host's own console`,
  )
}

/** Undefined when `key`, as it came over the wire, is known; else what to tell. */
export function refusal(target: Target, known: readonly KnownKey[], key: Buffer): string | undefined {
  const type = typeOf(key) ?? 'unknown'
  const same = known.filter((one) => Buffer.from(one.base64, 'base64').equals(key))
  const revoked = same.find((one) => one.revoked)
  if (revoked !== undefined)
    return `its host key is revoked (${revoked.where}). Nothing was sent. Find out why before anything else`
  if (same.length > 0) return undefined
  const shown = `${type} ${fingerprint(key)}`
  const [first] = target.knownHostsFiles
  const file = first === undefined ? '~/.ssh/known_hosts' : quote(first)
  const add = `echo '${target.keyName} ${type} ${key.toString('base64')}' >> ${file}`
  const compare = `ssh-keygen -lf /etc/ssh/ssh_host_${type.replace(/^ssh-|^ecdsa-sha2-nistp\d+$/, '') || 'ecdsa'}_key.pub`
  const other = known.find((one) => !one.revoked)
  if (other === undefined) {
    return `its host key is unknown: ${shown}. Nothing was sent. Compare it with what "${compare}" says on the host's own console; if they are the same, add it:\n  ${add}`
  }
  return (
    `ITS HOST KEY HAS CHANGED: it shows ${shown}, ${other.where} has ${other.type} ${fingerprint(Buffer.from(other.base64, 'base64'))}. Nothing was sent. ` +
    `Somebody may stand in between, or the host was made anew. Compare with what "${compare}" says on the host's own console; if it was made anew:\n` +
    `  ssh-keygen -R '${other.name}' -f ${quote(other.where.replace(/:\d*$/, ''))}\n  ${add}`
  )
}

/** Undefined unless CheckHostIP has a key for the address that is not this one, or revokes it. */
export function addressRefusal(ip: string, known: readonly KnownKey[], key: Buffer): string | undefined {
  const same = known.filter((one) => Buffer.from(one.base64, 'base64').equals(key))
  const against = same.find((one) => one.revoked) ?? (same.length > 0 ? undefined : known.find((one) => !one.revoked))
  if (against === undefined) return undefined
  return `its host key is ${fingerprint(key)}, which ${against.where} ${against.revoked ? 'revokes' : 'contradicts'} for its address ${ip} (CheckHostIP yes). Nothing was sent. Somebody may stand in between, or DNS names another machine: find out which, then correct that line`
}

/** As OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

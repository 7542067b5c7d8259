import type { ServerHostKeyAlgorithm } from 'ssh2'

/** The types of host keys that ssh2 can check, with the signatures of each; SHA-1 is left out. */
export const SUPPORTED: Readonly<Record<string, ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

/** The type that a public key's own bytes name; undefined unless they are whole. Source: RFC 4253 6.6. */
export function typeOf(key: Buffer): string | undefined {
  let type: string | undefined
  for (let at = 0; at < key.length;) {
    const end = at + 4 <= key.length ? at + 4 + key.readUInt32BE(at) : Infinity
    if (end > key.length) return undefined
    type ??= key.toString('latin1', at + 4, end)
    at = end
  }
  return type
}

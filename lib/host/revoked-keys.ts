import { open } from 'node:fs/promises'
import { HostError } from './error.ts'
import { typeOf } from './key-type.ts'
import { openssh, withFile } from './openssh.ts'

/** How a KRL begins. Source: OpenSSH's PROTOCOL.krl. */
const KRL = 'SSHKRL\n\0'

/**
 * The file of RevokedHostKeys that revokes `key`, or undefined. A KRL is asked by ssh-keygen; a list of public keys is compared here,
 * since ssh-keygen reads none.
 *
 * Throws a HostError when a file can't be read or understood, where ssh refuses as well.
 */
export async function revokingFile(files: readonly string[], key: Buffer): Promise<string | undefined> {
  for (const file of files) {
    const content = await bytesOf(file)
    const revoked = content.toString('latin1', 0, KRL.length) === KRL ? await krlHolds(file, key) : listHolds(file, content, key)
    if (revoked) return file
  }
  return undefined
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, 'r')
    return await handle.readFile()
  } catch (error) {
    throw cannotTell(file, (error as Error).message, error)
  }
}

async function krlHolds(file: string, key: Buffer): Promise<boolean> {
  const text = `${typeOf(key)} ${key.toString('base64')}\n`
  const { code, stdout, stderr } = await withFile(text, (path) => openssh('ssh-keygen', ['-Q', '-f', file, path]))
  if (code === 0 && /: ok\s*$/.test(stdout)) return false
  if (code === 1 && /: REVOKED\s*$/.test(stdout)) return true
  throw cannotTell(file, stderr.trim() || `ssh-keygen -Q ends with ${code}`)
}

function listHolds(file: string, content: Buffer, key: Buffer): boolean {
  const lines = content
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
  const keys = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [type = '', base64 = ''] = line.split(/[ \t]+/)
      const one = Buffer.from(base64, 'base64')
      if (typeOf(one) !== type) throw cannotTell(file, 'a line of it is no public key')
      return one
    })
  return keys.some((one) => one.equals(key))
}

function cannotTell(file: string, why: string, cause?: unknown): HostError {
  return new HostError(
    `RevokedHostKeys ${file} cannot be read, so the host key may be revoked. Nothing was sent: ${why}. Correct the file, or RevokedHostKeys in ssh_config`,
    { cause },
  )
}

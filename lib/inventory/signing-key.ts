import ssh2 from 'ssh2'

const HEADER = '-----BEGIN OPENSSH PRIVATE KEY-----'

/** The command that makes such a key. */
export const makeSigningKey = (project: string): string => `ssh-keygen -q -t ed25519 -N '' -C ${project}-backups -f FILE`

/**
 * The public half of a project's signing key, `ssh-ed25519 AAAA…` without a comment; or why it can't be one, which shows nothing of the key.
 * Only a key without a passphrase will do: the host signs at night, with nobody there.
 */
export function readSigningKey(text: string, project: string): { public: string } | { problem: string } {
  const make = `make one: ${makeSigningKey(project)}`
  if (!text.trimStart().startsWith(HEADER)) return { problem: `this is no private key in OpenSSH's format; ${make}` }
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error)
    return {
      problem: /encrypted|passphrase/i.test(key.message)
        ? `the private key has a passphrase, which nobody types at night; ${make}`
        : `the private key is damaged; ${make}`,
    }
  if (key.type !== 'ssh-ed25519') return { problem: `the private key is ${key.type}; signatures need ed25519; ${make}` }
  return { public: `${key.type} ${key.getPublicSSH().toString('base64')}` }
}

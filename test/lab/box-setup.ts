import { readFile } from 'node:fs/promises'
import { putFiles } from './archive.ts'
import { BOX_USER } from './machines.ts'
import { READY } from './host-setup.ts'
import { neighbourOnBox } from './neighbour.ts'
import { hostKeyFile, readSecret } from './state.ts'

/** How the box lets one in. What isn't given is as `up` makes it. */
export interface BoxSettings {
  /** false: SFTP alone, as a new Hetzner box. Default true. */
  shell?: boolean
  /** A public key ("ssh-ed25519 AAAA…") that may log in too. Default: none, passwords only. */
  publicKey?: string
  /** Default: the one in secrets/box. */
  password?: string
  /** A private host key in OpenSSH's format. Default: the one made at `up`. */
  hostKey?: string
}

/** The script that makes the box of a fresh container. */
export async function boxSetup(directory: string): Promise<string> {
  return ['set -eu', 'umask 022', neighbourOnBox(), await boxSettings(directory), `touch ${READY}`].join('\n')
}

/** The script that gives a box these settings; sshd is restarted only when one differs. */
export async function boxSettings(directory: string, settings: BoxSettings = {}): Promise<string> {
  const password = settings.password ?? (await readSecret(directory, 'box'))
  const hostKey = settings.hostKey ?? (await readFile(hostKeyFile(directory, 'box'), 'utf8'))
  const authorized = settings.publicKey === undefined ? '' : `${settings.publicKey}\n`
  return [
    'set -eu',
    'settings() { sha256sum /etc/ssh/sshd_config /etc/ssh/box_keys /etc/ssh/ssh_host_ed25519_key 2>/dev/null || :; }',
    'before=$(settings)',
    putFiles([
      { path: '/etc/ssh/ssh_host_ed25519_key', content: hostKey, mode: 0o600 },
      { path: '/etc/ssh/box_keys', content: authorized, mode: 0o644 },
      { path: '/etc/ssh/sshd_config', content: sshd(settings), mode: 0o644 },
    ]),
    `base64 -d <<'END' | chpasswd\n${Buffer.from(`${BOX_USER}:${password}\n`).toString('base64')}\nEND`,
    'if [ "$before" = "$(settings)" ]; then lab-services; else lab-services restart; fi',
  ].join('\n')
}

const sshd = ({ shell = true, publicKey }: BoxSettings) => `Port 23
HostKey /etc/ssh/ssh_host_ed25519_key
AllowUsers ${BOX_USER}
PermitRootLogin no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PubkeyAuthentication ${publicKey === undefined ? 'no' : 'yes'}
AuthorizedKeysFile /etc/ssh/box_keys
UsePAM no
DisableForwarding yes
ChrootDirectory /srv/box
Subsystem sftp internal-sftp
# OpenSSH's own first choice takes more of a processor than all else of a short session.
KexAlgorithms curve25519-sha256
${shell ? '' : 'ForceCommand internal-sftp\n'}`

/** How a box of a test's own behaves; what isn't given is as a storage box with a shell and a password. */
export interface OwnBoxOptions {
  /** Where it listens; 127.0.0.1 when left out. */
  address?: string
  /** SFTP alone. */
  shell?: boolean
  /** Options of sshd's SFTP server, such as `-P remove`, which it then refuses. */
  sftp?: string
  /** A program instead of sshd's own: each session runs it, with what was asked for in SSH_ORIGINAL_COMMAND. */
  force?: string
  /** Lets this public key in. */
  publicKey?: string
  /** false: keys alone. */
  password?: boolean
}

/** For `force`: a box whose quota is full. The write fails in the middle of a file, and its first part stays. */
export const FULL = '#!/bin/bash\ntrap "" XFSZ\nulimit -f 8\nexec /usr/lib/openssh/sftp-server\n'

/** Words of a shell that end the server whose files are in `place`. */
export const stopServer = (place: string): string =>
  `[ ! -e ${place}/pid ] || { kill "$(cat ${place}/pid)"; for i in $(seq 1200); do [ -e ${place}/pid ] || break; sleep 0.05; done; }`

/** The same for ending it and starting it with these options. */
export function startServer(place: string, port: number, options: OwnBoxOptions = {}): string {
  const { address = '127.0.0.1', shell = true, sftp = '', force, publicKey = '', password = true } = options
  const config = [
    `Port ${port}`,
    `ListenAddress ${address}`,
    'UsePAM no',
    `PasswordAuthentication ${password ? 'yes' : 'no'}`,
    'KbdInteractiveAuthentication no',
    `AuthorizedKeysFile ${place}/keys`,
    'StrictModes no',
    `HostKey ${place}/key`,
    `PidFile ${place}/pid`,
    // OpenSSH's own first choice takes more of a processor than all else of a short session.
    'KexAlgorithms curve25519-sha256',
    `Subsystem sftp internal-sftp ${sftp}`,
    ...(force !== undefined ? [`ForceCommand ${force}`] : shell ? [] : [`ForceCommand internal-sftp ${sftp}`]),
  ]
  const files = `printf '%s\\n' ${config.map((line) => `'${line}'`).join(' ')} > ${place}/config; printf '%s\\n' '${publicKey}' > ${place}/keys; chmod 755 ${place}; chmod 644 ${place}/keys`
  return `${stopServer(place)}; ${files}; mkdir -p /run/sshd; /usr/sbin/sshd -f ${place}/config -E ${place}/log`
}

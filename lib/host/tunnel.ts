import { HostError } from './error.ts'
import type { Target } from './target.ts'

/** A port of the host that could not be reached through the connection. */
export class TunnelError extends HostError {
  override name = 'TunnelError'
  /** sshd refuses to forward at all, which says nothing of the port. */
  readonly isForbidden: boolean
  readonly help: string

  constructor(message: string, isForbidden: boolean, help: string, cause: unknown) {
    super(message, { cause })
    this.isForbidden = isForbidden
    this.help = help
  }
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_CONNECT_FAILED. Source: RFC 4254 5.1. */
const [PROHIBITED, CONNECT_FAILED] = [1, 2]

/** Why sshd opened no channel to a port on its own machine. */
export function notForwarded(error: Error & { reason?: unknown }, port: number, { user, name }: Target): Error {
  if (error.reason === PROHIBITED) {
    const lines = `"Match User ${user}", "AllowTcpForwarding local" and "PermitOpen 127.0.0.1:${port}"`
    return new TunnelError(
      `sshd on the host does not let ${user} forward to 127.0.0.1 port ${port}`,
      true,
      `AllowTcpForwarding, DisableForwarding or PermitOpen in sshd_config, or restrict, no-port-forwarding or permitopen in ${user}'s authorized_keys forbids it. To allow this port alone, add ${lines} to sshd_config, then: systemctl reload ssh`,
      error,
    )
  }
  if (error.reason === CONNECT_FAILED) {
    return new TunnelError(
      `nothing listens on 127.0.0.1 port ${port} of the host`,
      false,
      `let listen_addresses of PostgreSQL hold localhost, and see that hosts.${name}.postgresql.port is its port (pg_lsclusters)`,
      error,
    )
  }
  return error
}

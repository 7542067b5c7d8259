import type { ClientErrorExtensions } from 'ssh2'
import { notSupported } from './identity.ts'
import type { Method } from './identity.ts'
import type { Target } from './target.ts'

export type ConnectError = Error & ClientErrorExtensions & { code?: string }

/** Why there is no connection, and the way out. */
export function notConnected(
  target: Target & { timeoutSeconds: number },
  methods: readonly Method[],
  error: ConnectError,
): string {
  const place = `${target.address} port ${target.port}`
  const again = `ssh -p ${target.port} ${target.user}@${target.address}`
  if (error.level === 'client-authentication') return refusedLogin(target, methods, again)
  if (error.code === 'ECONNREFUSED')
    return `nothing listens on ${place}: is the host up, and is that sshd's port (hosts.${target.name}.port)?`
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return notResolved(target)
  if (['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EADDRNOTAVAIL', 'EINVAL'].includes(error.code ?? ''))
    return `there is no way to ${place} from here: is the host up, and the network?`
  if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT')
    return `no answer from ${place} within ${target.timeoutSeconds} s: is the host up, and does a firewall let us in?`
  return `no connection to ${place}: ${error.message}. Try "${again}"`
}

export function notResolved({ address, name }: Target): string {
  return `the name ${address} cannot be resolved: correct hosts.${name}.address`
}

function refusedLogin(target: Target, methods: readonly Method[], again: string): string {
  const keys = target.identityFiles.length > 0 ? ` (${target.identityFiles.join(', ')})` : ''
  const silent = methods.flatMap((method) =>
    method.type === 'agent' && method.agent.problem !== undefined ? [`. The agent at ${target.agent} gave no keys`] : [],
  )
  return `it refuses to log ${target.user} in with ${methods.length === 1 ? 'the key' : 'any of the keys'} that we have${keys}${silent.join('')}${notSupported(target)}. Put the public key into ~${target.user === 'root' ? '' : target.user}/.ssh/authorized_keys there, or name another as hosts.${target.name}.identityFile; "${again}" shows the same`
}

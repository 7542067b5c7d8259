import { homedir } from 'node:os'
import type { Host } from '../inventory/index.ts'
import { HostError } from './error.ts'
import { openssh } from './openssh.ts'

/** Where and as whom to connect: the inventory's word first, then ssh_config's, as `ssh -G` resolves it. */
export interface Target {
  /** The inventory's name of the host. */
  name: string
  address: string
  port: number
  user: string
  identityFiles: string[]
  /** The inventory named the identity itself. */
  explicitIdentity: boolean
  knownHostsFiles: string[]
  /** The name that known_hosts has it under. */
  keyName: string
}

/** Throws a HostError when ssh_config is wrong, or asks for a jump that we don't do. */
export async function resolveTarget(host: Host): Promise<Target> {
  const asked = [
    ...(host.port === undefined ? [] : ['-p', String(host.port)]),
    ...(host.user === undefined ? [] : ['-l', host.user]),
  ]
  const { code, stdout, stderr } = await openssh('ssh', ['-G', ...asked, '--', host.address])
  if (code !== 0) throw new HostError(`ssh -G ${host.address} failed: ${stderr.trim()}. Mend ~/.ssh/config or hosts.${host.name}`)
  const settings = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const at = line.indexOf(' ')
    if (at > 0) settings.set(line.slice(0, at), [...(settings.get(line.slice(0, at)) ?? []), line.slice(at + 1)])
  }
  const first = (key: string) => settings.get(key)?.[0]
  for (const jump of ['proxyjump', 'proxycommand']) {
    const value = first(jump)
    if (value !== undefined && value !== 'none')
      throw new HostError(
        `ssh_config sends ${host.address} through ${jump} ${value}, which is not supported: give an address that this machine reaches directly`,
      )
  }
  const port = host.port ?? Number(first('port') ?? 22)
  const address = first('hostname') ?? host.address
  const alias = first('hostkeyalias')
  return {
    name: host.name,
    address,
    port,
    user: host.user ?? first('user') ?? 'root',
    identityFiles: host.identityFile === undefined ? (settings.get('identityfile') ?? []).map(home) : [host.identityFile],
    explicitIdentity: host.identityFile !== undefined,
    knownHostsFiles:
      host.knownHostsFile === undefined
        ? ['userknownhostsfile', 'globalknownhostsfile']
            .flatMap((key) => (first(key) ?? '').split(' '))
            .filter((file) => file !== '' && file !== 'none')
            .map(home)
        : [host.knownHostsFile],
    keyName: alias ?? (port === 22 ? address : `[${address}]:${port}`),
  }
}

function home(file: string): string {
  return file.startsWith('~/') ? homedir() + file.slice(1) : file
}

import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Host } from '../inventory/index.ts'
import { HostError } from './error.ts'
import { openssh } from './openssh.ts'
import { expandTokens, homed } from './tokens.ts'

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
  /** Only the keys of `identityFiles`, also from the agent. */
  identitiesOnly: boolean
  /** The agent's socket; undefined for no agent. */
  agent: string | undefined
  /** Certificates that ssh would log in with, and we don't. */
  certificateFiles: string[]
  knownHostsFiles: string[]
  /** Files whose @revoked lines count, though they vouch for no host. */
  revokingFiles: string[]
  /** RevokedHostKeys: lists of keys, or KRLs. */
  revokedKeysFiles: string[]
  /** The name that known_hosts has it under. */
  keyName: string
  /** The name that serves when known_hosts has no key under `keyName`: the one without a port. */
  otherKeyName: string | undefined
  /** CheckHostIP: the key that known_hosts has for the address itself counts too. */
  checkAddress: boolean
}

/** Throws a HostError when ssh_config is wrong, or asks for what we don't do. */
export async function resolveTarget(host: Host): Promise<Target> {
  const asked = [
    ...(host.port === undefined ? [] : ['-p', String(host.port)]),
    ...(host.user === undefined ? [] : ['-l', host.user]),
  ]
  const { code, stdout, stderr } = await openssh('ssh', ['-G', ...asked, '--', host.address])
  if (code !== 0) throw new HostError(`ssh -G ${host.address} failed: ${stderr.trim()}. Mend ~/.ssh/config or hosts.${host.name}`)
  const settings = settingsOf(stdout)
  refuseUnsupported(host, settings)
  const first = (key: string) => settings.get(key)?.[0]
  const port = host.port ?? Number(first('port') ?? 22)
  const address = first('hostname') ?? host.address
  const alias = first('hostkeyalias')
  const user = host.user ?? first('user') ?? 'root'
  const values = { original: host.address, address, port, user, alias }
  const expanded = (key: string) =>
    (settings.get(key) ?? []).filter((file) => file !== 'none').map((file) => expandTokens(file, values))
  const files = (key: string) => splitFiles(first(key) ?? '').map(homed)
  const configured = [...files('userknownhostsfile'), ...files('globalknownhostsfile')]
  return {
    name: host.name,
    address,
    port,
    user,
    identityFiles: host.identityFile === undefined ? expanded('identityfile') : [host.identityFile],
    explicitIdentity: host.identityFile !== undefined,
    identitiesOnly: first('identitiesonly') === 'yes',
    agent: agentOf(first('identityagent'), (file) => expandTokens(file, values)),
    certificateFiles: expanded('certificatefile'),
    knownHostsFiles: host.knownHostsFile === undefined ? configured : [host.knownHostsFile],
    revokingFiles: host.knownHostsFile === undefined ? [] : configured,
    // OpenSSH takes tokens here since some release; before it, a percent sign is itself.
    revokedKeysFiles: (settings.get('revokedhostkeys') ?? [])
      .flatMap(splitFiles)
      .map((file) => (existsSync(homed(file)) ? homed(file) : expandTokens(file, values))),
    keyName: alias ?? (port === 22 ? address : `[${address}]:${port}`),
    otherKeyName: alias === undefined && port !== 22 ? address : undefined,
    checkAddress: first('checkhostip') === 'yes' && alias === undefined && isIP(address.replace(/%.*/, '')) === 0,
  }
}

function settingsOf(output: string): Map<string, string[]> {
  const settings = new Map<string, string[]>()
  for (const line of output.split('\n')) {
    const at = line.indexOf(' ')
    if (at > 0) settings.set(line.slice(0, at), [...(settings.get(line.slice(0, at)) ?? []), line.slice(at + 1)])
  }
  return settings
}

const UNSUPPORTED: Readonly<Record<string, (address: string, value: string) => string>> = {
  proxyjump: (address, value) =>
    `ssh_config sends ${address} through proxyjump ${value}, which is not supported: give an address that this machine reaches directly`,
  proxycommand: (address, value) =>
    `ssh_config sends ${address} through proxycommand ${value}, which is not supported: give an address that this machine reaches directly`,
  // It may revoke keys, so it can't be passed over.
  knownhostscommand: (address, value) =>
    `ssh_config asks KnownHostsCommand ${value} for the host keys of ${address}, which is not supported: write the key to a known_hosts file, and "KnownHostsCommand none" for this host`,
}

function refuseUnsupported(host: Host, settings: ReadonlyMap<string, string[]>): void {
  for (const [key, message] of Object.entries(UNSUPPORTED)) {
    const value = settings.get(key)?.[0]
    if (value !== undefined && value !== 'none') throw new HostError(message(host.address, value))
  }
}

/** IdentityAgent, or SSH_AUTH_SOCK where it is silent. Source: ssh_config(5), IdentityAgent. */
function agentOf(setting: string | undefined, expand: (file: string) => string): string | undefined {
  if (setting === 'none') return undefined
  const variable =
    setting === undefined || setting === 'SSH_AUTH_SOCK' ? 'SSH_AUTH_SOCK' : /^\$([A-Za-z_]\w*)$/.exec(setting)?.[1]
  const socket = variable === undefined ? expand(setting ?? '') : process.env[variable]
  return socket === '' ? undefined : socket
}

/** `ssh -G` puts several files on one line without quotes, so a word that begins no path goes on with the one before it. */
function splitFiles(line: string): string[] {
  const files: string[] = []
  for (const word of line.split(' ')) {
    if (files.length === 0 || /^[/~]/.test(word) || word === 'none') files.push(word)
    else files.push(`${files.pop()} ${word}`)
  }
  return files.filter((file) => file !== '' && file !== 'none')
}

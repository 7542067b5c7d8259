import { isIPv4 } from 'node:net'
import { shortest } from './address.ts'

const known = new Map<string, string>()

/**
 * The one form of an address: the same for all ways to write a name (upper case, a dot at its end) or an IP address (`::ffff:203.0.113.10`,
 * `0:0:0:0:0:0:0:1`, `[::1]`, `127.1`). `localhost` and both its addresses are one. Names are not resolved.
 */
export function normalAddress(address: string): string {
  const before = known.get(address)
  if (before !== undefined) return before
  const normal = normalize(address)
  known.set(address, normal)
  return normal
}

function normalize(address: string): string {
  const name = address.toLowerCase().replace(/\.$/, '')
  if (name.includes(':')) return local(shortest(name))
  // Numbers alone are an IPv4 address in one of its older forms, for ssh as for URLs.
  const host = /^[0-9a-fx.]+$/.test(name) ? URL.parse(`http://${name}/`)?.hostname : undefined
  return local(host !== undefined && isIPv4(host) ? host : name)
}

const local = (address: string) => (address === '127.0.0.1' || address === '::1' ? 'localhost' : address)

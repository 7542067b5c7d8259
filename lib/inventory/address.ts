import { isIPv4, isIPv6 } from 'node:net'

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
  const name = address
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  const [bare = '', zone] = name.split('%', 2)
  if (isIPv6(bare)) {
    const short = hostOf(`[${bare}]`)?.slice(1, -1) ?? bare
    return local(mapped(short) ?? (zone === undefined ? short : `${short}%${zone}`))
  }
  // Numbers alone are an IPv4 address in one of its older forms, for ssh as for URLs.
  const host = /^[0-9a-fx.]+$/.test(name) ? hostOf(name) : undefined
  return local(host !== undefined && isIPv4(host) ? host : name)
}

/** `203.0.113.10` of `::ffff:cb00:710a`. */
function mapped(short: string): string | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? []
  if (high === undefined || low === undefined) return undefined
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [first >> 8, first & 255, second >> 8, second & 255].join('.')
}

const local = (address: string) => (address === '127.0.0.1' || address === '::1' ? 'localhost' : address)

function hostOf(host: string): string | undefined {
  return URL.parse(`http://${host}/`)?.hostname
}

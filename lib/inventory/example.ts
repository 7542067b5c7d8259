import type { Box, Host } from './types.ts'

/** Addresses that exist in documents only. Source: RFC 5737; Hetzner's documentation writes a box as u00000. */
const EXAMPLES = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$|^u0+\.your-storagebox\.de$/i

/** The host key of the example inventory: 32 zero bytes, which are nobody's key. */
const EXAMPLE_KEY = /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA{43}$/

/** Why nothing must connect there yet: the entry is still the example's. Undefined for a real one. */
export function exampleAddress(place: Host | Box): string | undefined {
  const path = `${'hostKey' in place ? 'boxes' : 'hosts'}.${place.name}`
  if (EXAMPLES.test(place.address)) return `${path}.address is still the example's ${place.address}; write your own there`
  if ('hostKey' in place && EXAMPLE_KEY.test(place.hostKey)) {
    return `${path}.hostKey is still the example's; ssh-keyscan -p ${place.port} -t ed25519 ${place.address} shows the box's own, to compare with what its maker publishes`
  }
  return undefined
}

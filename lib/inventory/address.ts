import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { found } from './messages.ts'

const WANTED = "a host's name, its IP address or an alias of ssh_config, without user or port, which are fields of their own"

/** A name of DNS or an alias of ssh_config, or an IPv4 address. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/

/**
 * Where a host or box is. An IPv6 address may stand in brackets and have a zone; it is kept in its shortest form, which is the one that
 * OpenSSH looks for in known_hosts, and an IPv4 address within IPv6 as IPv4, so that one machine has one address.
 */
export const address = z
  .string()
  .superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .describe(WANTED)
  .transform((text) => (text.includes(':') ? shortest(text) : text))

/** What stands there is shown only where it can be no password. */
function problemOf(text: string): string | undefined {
  if (!text.includes(':')) return NAME.test(text) ? undefined : `found ${found(text)}; it needs ${WANTED}`
  const [, host = '', port] = /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/.exec(text) ?? []
  if (isIPv6(unbracketed(text)) && /^[^%]+(%[\w.-]+)?$/.test(unbracketed(text))) return undefined
  if (port !== undefined && (isIPv6(host) || NAME.test(host)))
    return `found ${JSON.stringify(text)}; the port is a field of its own: "address": ${JSON.stringify(host)}, "port": ${port}`
  return `found ${found(text)}; it needs ${WANTED}`
}

function unbracketed(text: string): string {
  return /^\[(.*)\]$/.exec(text)?.[1] ?? text
}

/** An IPv6 address in one form. Source: RFC 5952, which URL follows, and RFC 4291 2.5.5.2. */
export function shortest(text: string): string {
  const [host = '', zone] = unbracketed(text).split('%')
  const short = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
  const bytes = mapped?.slice(1).flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255])
  const dotted = bytes?.join('.') ?? ''
  if (isIPv4(dotted)) return dotted
  return zone === undefined ? short : `${short}%${zone}`
}

const known = new Map<string, string>()

/**
 * The one form of an address: the same for all ways to write a name (upper case, a dot at its end) or an IP address (`::ffff:203.0.113.10`,
 * `0:0:0:0:0:0:0:1`, `[::1]`, `127.1`). `localhost` and both its addresses are one. Names are not resolved.
 */
export function normalAddress(text: string): string {
  const before = known.get(text)
  if (before !== undefined) return before
  const normal = normalize(text)
  known.set(text, normal)
  return normal
}

function normalize(text: string): string {
  const name = text.toLowerCase().replace(/\.$/, '')
  if (name.includes(':')) return local(shortest(name))
  // Numbers alone are an IPv4 address in one of its older forms, for ssh as for URLs.
  const host = /^[0-9a-fx.]+$/.test(name) ? URL.parse(`http://${name}/`)?.hostname : undefined
  return local(host !== undefined && isIPv4(host) ? host : name)
}

const local = (text: string) => (text === '127.0.0.1' || text === '::1' ? 'localhost' : text)

/** A line of pg_hba.conf, as the view pg_hba_file_rules has it. Source: PostgreSQL documentation, 21.1 The pg_hba.conf File. */
export interface HbaRule {
  line: number
  /** Since PostgreSQL 16, which has include; null before. */
  file: string | null
  type: string | null
  database: string[] | null
  user: string[] | null
  address: string | null
  netmask: string | null
  method: string | null
  options: string[] | null
  error: string | null
}

/** A role that logs in, with all roles that it is a member of at whatever distance, and the databases that matter for it. */
export interface Login {
  name: string
  groups: readonly string[]
  databases: readonly string[]
}

export interface Opening {
  rule: HbaRule
  logins: string[]
}

/**
 * The lines that let one of the logins into one of its databases without asking for a password: `trust`, and `ident` over TCP, which
 * believes what the client's machine says. The first line that fits decides, so a line counts for a login only where no earlier one takes all
 * of its addresses. What can't be told here, such as a host name that lies in an earlier network, counts as open.
 */
export function openings(rules: readonly HbaRule[], logins: readonly Login[]): Opening[] {
  return rules.flatMap((rule, index): Opening[] => {
    if (!asksNothing(rule)) return []
    const earlier = rules.slice(0, index).filter((other) => other.error === null && coversType(other, rule))
    const isOpen = ({ databases, ...login }: Login) =>
      databases.some(
        (database) =>
          fits(rule, database, login) &&
          !coverAddress(
            earlier.filter((other) => fits(other, database, login, true)),
            rule,
          ),
      )
    const open = logins.filter((login) => isOpen(login)).map(({ name }) => name)
    return open.length === 0 ? [] : [{ rule, logins: open }]
  })
}

function asksNothing({ type, method, options, error }: HbaRule): boolean {
  if (error !== null) return false
  // The certificate must carry the role's name.
  if (method === 'trust') return options?.includes('clientcert=verify-full') !== true
  return method === 'ident' && type !== 'local'
}

/** `sure`: a pattern that can't be evaluated here doesn't fit. The view doesn't tell "all" from all. */
function fits(rule: HbaRule, database: string, { name, groups }: Omit<Login, 'databases'>, sure = false): boolean {
  const isDatabase = (word: string) =>
    word === 'all' ||
    word === database ||
    (word === 'sameuser' && database === name) ||
    (/^same(role|group)$/.test(word) && (database === name || groups.includes(database))) ||
    matches(word, database, sure)
  const isUser = (word: string) =>
    word === 'all' ||
    word === name ||
    (word.startsWith('+') && (word.slice(1) === name || groups.includes(word.slice(1)))) ||
    matches(word, name, sure)
  return (rule.database ?? []).some(isDatabase) && (rule.user ?? []).some(isUser)
}

/** Since PostgreSQL 16, a word that begins with a slash is a regular expression, of another dialect than ours. */
function matches(word: string, text: string, sure: boolean): boolean {
  if (!word.startsWith('/')) return false
  const pattern = word.slice(1)
  if (!/^[\w^$.*+?|()-]*$/.test(pattern)) return !sure
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return !sure
  }
}

function coversType(earlier: HbaRule, rule: HbaRule): boolean {
  return earlier.type === rule.type || (earlier.type === 'host' && rule.type !== 'local')
}

/** Whether these lines together take all addresses of one. */
function coverAddress(lines: readonly HbaRule[], rule: HbaRule): boolean {
  if (
    rule.type === 'local' ||
    lines.some(({ address }) => address !== null && address === rule.address && networksOf(rule) === null)
  )
    return lines.length > 0
  const outer = lines.flatMap((line) => networksOf(line) ?? [])
  const inner = networksOf(rule) ?? EVERYWHERE
  return inner.every((one) => outer.some((other) => covers(other, one)))
}

interface Network {
  bits: 32 | 128
  base: bigint
  mask: bigint
}

const EVERYWHERE: Network[] = [
  { bits: 32, base: 0n, mask: 0n },
  { bits: 128, base: 0n, mask: 0n },
]

/** Null for a name, and for samehost and samenet. */
function networksOf({ address, netmask }: HbaRule): Network[] | null {
  if (address === 'all') return EVERYWHERE
  const base = address === null ? null : parseAddress(address)
  const mask = netmask === null ? null : parseAddress(netmask)
  if (base === null || mask === null || base.bits !== mask.bits) return null
  return [{ bits: base.bits, base: base.value & mask.value, mask: mask.value }]
}

function covers(outer: Network, inner: Network): boolean {
  return outer.bits === inner.bits && (outer.mask & inner.mask) === outer.mask && (inner.base & outer.mask) === outer.base
}

function parseAddress(text: string): { bits: 32 | 128; value: bigint } | null {
  const plain = text.replace(/%.*$/, '')
  if (/^\d+(\.\d+){3}$/.test(plain)) return { bits: 32, value: BigInt(`0x${fourBytes(plain)}`) }
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(plain)) return null
  const v6 = plain.replace(/\d+(\.\d+){3}$/, (tail) => fourBytes(tail).replace(/^.{4}/, '$&:'))
  const [head = '', tail] = v6.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: Math.max(missing, 0) }, () => '0'), ...groups(tail ?? '')]
  if (all.length !== 8) return null
  return { bits: 128, value: BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`) }
}

function fourBytes(text: string): string {
  return text
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('')
}

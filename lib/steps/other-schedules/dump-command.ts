import type { Command } from './shell-commands.ts'

/** Values that variables get in a script, by name; more than one where it sets them again. */
export type Variables = ReadonlyMap<string, ReadonlySet<string>>

/** `this`: all of the database, and of no other. `part`: some of its tables, or its schema alone. */
export type Dumped = 'this' | 'part' | 'another' | 'unknown'

/** The letters of the options that take a value. Source: getopt_long in pg_dump.c and pg_dumpall.c. */
const TAKES: Record<string, string> = { pg_dump: 'deEfFhjnNpStTUZ', pg_dumpall: 'dEfhlpSU' }
const LONG_TAKES =
  /^(?:dbname|database|host|port|username|role|superuser|file|format|jobs|compress|encoding|schema|table|extension|exclude-.*|section|snapshot|filter|lock-wait-timeout|rows-per-insert|extra-float-digits|sync-method|restrict-key)$/
/** The options with which a dump still has all of the database. */
const WHOLE =
  /^(?:[bcCdEfFhjOpRSUvwWxZ]|dbname|host|port|username|password|no-password|role|superuser|file|format|jobs|compress|encoding|verbose|clean|if-exists|create|blobs|large-objects|no-owner|no-privileges|no-acl|no-sync|sync-method|no-tablespaces|no-comments|no-security-labels|no-publications|no-subscriptions|no-table-access-method|no-toast-compression|inserts|column-inserts|attribute-inserts|rows-per-insert|on-conflict-do-nothing|extra-float-digits|quote-all-identifiers|serializable-deferrable|snapshot|lock-wait-timeout|disable-triggers|disable-dollar-quoting|use-set-session-authorization|load-via-partition-root|restrict-key|statistics|with-statistics)$/
const LOCAL = /^(?:|localhost|127\.0\.0\.1|::1|\/.*)$/
/** A variable with more values than these has none that is known. */
const MOST_VALUES = 4

/** All values that a word may have; undefined where that isn't known. */
export function valuesOf(word: string, variables: Variables, depth = 0): string[] | undefined {
  if (!word.includes('$')) return [word]
  const match = /^\$(?:(\w+)|\{(\w+)(?::?[-=?][^}]*)?\})$/.exec(word)
  const given = match === null ? undefined : variables.get((match[1] ?? match[2])!)
  if (given === undefined || given.size === 0 || given.size > MOST_VALUES || depth > 5) return defaultOf(word, variables, depth)
  const all = [...given].map((value) => valuesOf(value, variables, depth + 1))
  return all.includes(undefined) ? undefined : all.flatMap((values) => values ?? [])
}

function defaultOf(word: string, variables: Variables, depth: number): string[] | undefined {
  const fallback = /^\$\{\w+:?[-=]([^}]*)\}$/.exec(word)?.[1]
  return fallback === undefined || depth > 5 ? undefined : valuesOf(fallback, variables, depth + 1)
}

/** The name of the program that a command starts, where that is pg_dump or pg_dumpall. */
export function dumpProgram({ words: [program = ''] }: Command): 'pg_dump' | 'pg_dumpall' | undefined {
  const name = program.replace(/^\/.*\/bin\//, '')
  return name === 'pg_dump' || name === 'pg_dumpall' ? name : undefined
}

interface Options {
  given: Map<string, string>
  rest: string[]
}

/** Options by their names or letters, which may be bundled, with their values; then what is no option. */
function optionsOf(command: Command): Options {
  const takes = TAKES[dumpProgram(command) ?? ''] ?? ''
  const given = new Map<string, string>()
  const rest: string[] = []
  const words = command.words.slice(1)
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(word)
    if (long !== null) given.set(long[1]!, long[2] ?? (LONG_TAKES.test(long[1]!) ? (words.shift() ?? '') : ''))
    else if (!/^-./.test(word)) rest.push(word)
    else {
      const letters = word.slice(1).split('')
      const last = letters.findIndex((letter) => takes.includes(letter))
      for (const letter of last < 0 ? letters : letters.slice(0, last)) given.set(letter, '')
      if (last >= 0) given.set(letters[last]!, letters.slice(last + 1).join('') || (words.shift() ?? ''))
    }
  }
  return { given, rest }
}

/** The file or folder that a dump writes; undefined: it prints the dump. */
export function fileOf(command: Command): string | undefined {
  const { given } = optionsOf(command)
  return given.get('file') ?? given.get('f')
}

/** What a pg_dump command dumps, for a database of the server on this host that listens on this port. */
export function dumpedBy(command: Command, variables: Variables, database: string, port: number): Dumped {
  const { given, rest } = optionsOf(command)
  const own = withAssigned(command, variables)
  const name = given.get('dbname') ?? given.get('d')
  const named = name ?? rest[0] ?? '$PGDATABASE'
  const url = /^postgres(?:ql)?:\/\//.test(named) ? urlOf(named) : undefined
  const names = url === undefined ? valuesOf(named, own) : [url.database]
  if (names === undefined) return 'unknown'
  if (!names.includes(database)) return 'another'
  if (names.some((each) => each !== database) || rest.length > (name === undefined ? 1 : 0)) return 'unknown'
  const server = serverOf(given, own, port, url)
  if (server !== 'this') return server
  return [...given.keys()].every((option) => WHOLE.test(option)) ? 'this' : 'part'
}

/** Whether a pg_dumpall command dumps only roles, and of which server. */
export function rolesBy(command: Command, variables: Variables, port: number): 'no' | 'this' | 'another' {
  const { given, rest } = optionsOf(command)
  if (!['g', 'r', 'globals-only', 'roles-only'].some((option) => given.has(option))) return 'no'
  if (given.has('d') || given.has('dbname') || rest.length > 0) return 'another'
  return serverOf(given, withAssigned(command, variables), port) === 'this' ? 'this' : 'another'
}

const withAssigned = (command: Command, variables: Variables): Variables =>
  new Map([...variables, ...command.assigned.map(([name, value]) => [name, new Set([value])] as const)])

interface Url {
  database: string
  host?: string | undefined
  port?: string | undefined
}

/** A connection URL; its database is empty where the URL says more than we know. Source: PostgreSQL's documentation, 34.1.1.2. */
function urlOf(text: string): Url {
  const match = /^postgres(?:ql)?:\/\/(?:[^/@?]*@)?([^/:?]*)(?::(\d+))?\/([\w-]+)(?:\?(.*))?$/s.exec(text)
  if (match === null) return { database: '' }
  const [, host, port, database, query = ''] = match
  const parameters = query === '' ? [] : query.split('&').map((each) => each.split('=') as [string, string?])
  const isKnown = parameters.every(([key, value = '']) =>
    /^(?:host|port|user|password|application_name|connect_timeout|keepalives\w*|ssl(?:mode|cert|key|rootcert))$/.test(key)
      ? !/[%$]/.test(key === 'host' || key === 'port' ? value : '')
      : false,
  )
  if (!isKnown) return { database: '' }
  const last = (key: string) => parameters.findLast(([name]) => name === key)?.[1]
  return { database: database!, host: last('host') ?? host!, port: last('port') ?? port }
}

function serverOf(given: Options['given'], variables: Variables, port: number, url?: Url): 'this' | 'another' | 'unknown' {
  if (variables.has('PGHOSTADDR') || variables.has('PGSERVICE')) return 'unknown'
  const hosts = valuesOf(url?.host || (given.get('host') ?? given.get('h') ?? '${PGHOST:-}'), variables)
  const ports = valuesOf(url?.port || (given.get('port') ?? given.get('p') ?? `\${PGPORT:-${port}}`), variables)
  if (hosts === undefined || ports === undefined) return 'unknown'
  return hosts.every((host) => LOCAL.test(host)) && ports.every((each) => each === String(port)) ? 'this' : 'another'
}

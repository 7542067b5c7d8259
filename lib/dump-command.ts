import type { Command } from './shell-commands.ts'

/** Values that variables get in a script, by name; more than one where it sets them again. */
export type Variables = ReadonlyMap<string, ReadonlySet<string>>

/** `this`: all of the database, and of no other. `part`: some of its tables, or its schema alone. */
export type Dumped = 'this' | 'part' | 'another' | 'unknown'

const LOCAL = /^(?:|localhost|127\.0\.0\.1|::1|\/.*)$/
const TAKES = 'defFjnNtTZEhpSU'
const LONG_TAKES =
  /^(?:dbname|host|port|username|role|superuser|file|format|jobs|compress|encoding|schema|table|extension|exclude-.*|section|snapshot|filter|lock-wait-timeout|rows-per-insert)$/
/** A variable with more values than these has none that is known. */
const MOST_VALUES = 4
const PARTIAL =
  /^(?:n|N|t|T|a|s|schema|exclude-schema|table|exclude-table|table-data|exclude-table-data|data-only|schema-only|filter|section)$/

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

/** What a pg_dump command dumps, for a database of the server on this host that listens on this port. */
export function dumpedBy(command: Command, variables: Variables, database: string, port: number): Dumped {
  const options = new Map<string, string>()
  const rest: string[] = []
  const words = command.words.slice(1)
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(word)
    const short = /^-(\w)(.*)$/s.exec(word)
    if (long !== null) options.set(long[1]!, long[2] ?? (LONG_TAKES.test(long[1]!) ? (words.shift() ?? '') : ''))
    else if (short !== null) options.set(short[1]!, TAKES.includes(short[1]!) ? short[2]! || (words.shift() ?? '') : '')
    else rest.push(word)
  }
  const own: Variables = new Map([...variables, ...command.assigned.map(([name, value]) => [name, new Set([value])] as const)])
  const given = options.get('dbname') ?? options.get('d') ?? rest[0] ?? '$PGDATABASE'
  const url = /^postgres(?:ql)?:\/\/(?:[^/@]*@)?([^/:?]*)(?::(\d+))?\/([\w-]+)/.exec(given)
  const names = url === null ? valuesOf(given, own) : [url[3]!]
  const hosts = url === null ? valuesOf(options.get('host') ?? options.get('h') ?? '${PGHOST:-}', own) : [url[1]!]
  const ports =
    url === null ? valuesOf(options.get('port') ?? options.get('p') ?? `\${PGPORT:-${port}}`, own) : [url[2] ?? String(port)]
  if (names === undefined) return 'unknown'
  if (!names.includes(database)) return 'another'
  if (names.some((name) => name !== database) || hosts === undefined || ports === undefined) return 'unknown'
  if (!hosts.every((host) => LOCAL.test(host)) || !ports.every((each) => each === String(port))) return 'another'
  return [...options.keys()].some((option) => PARTIAL.test(option)) ? 'part' : 'this'
}

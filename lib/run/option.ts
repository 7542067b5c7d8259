import { UsageError } from './usage.ts'

/** One option of a verb, declared once: help, parsing, checks, completion and the library's types come from it. */
export interface Option<Value = unknown> {
  kind: 'flag' | 'text' | 'texts' | 'integer'
  /** What it does, in a sentence or two. */
  help: string
  /** What stands for its value in help; a flag has none. */
  placeholder?: string
  /** What keeps a value from being right: what it needs, with an example. */
  needs?: (value: string) => string | undefined
  /** Of an integer. */
  range?: readonly [least: number, most: number]
  /** What a program that calls the verb would give. */
  readonly value?: Value
}

/** By their names in a program; on the command line `fromBackup` is `--from-backup`. */
export type Options = Readonly<Record<string, Option>>

/** What a program gives for declared options: all may be left out. */
export type ValuesOf<O extends Options> = {
  -readonly [Name in keyof O]?: (O[Name] extends Option<infer Value> ? Value : never) | undefined
}

export const flag = (help: string): Option<boolean> => ({ kind: 'flag', help })

export const text = (placeholder: string, help: string, needs?: Option['needs']): Option<string> => ({
  kind: 'text',
  placeholder,
  help,
  ...(needs === undefined ? {} : { needs }),
})

/** May be given more than once. */
export const texts = (placeholder: string, help: string, needs?: Option['needs']): Option<readonly string[]> => ({
  ...(text(placeholder, help, needs) as Option<never>),
  kind: 'texts',
})

export const integer = (placeholder: string, range: readonly [number, number], help: string): Option<number> => ({
  kind: 'integer',
  placeholder,
  range,
  help,
})

/** `--from-backup`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The options of node's parseArgs. */
export function parseConfig(options: Options): Record<string, { type: 'boolean' | 'string'; multiple: boolean }> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [
      flagOf(name).slice(2),
      { type: kind === 'flag' ? 'boolean' : 'string', multiple: kind === 'texts' } as const,
    ]),
  )
}

/** What parseArgs found, under the names of a program. Throws a UsageError for a value that its option doesn't take. */
export function valuesOf<O extends Options>(options: O, found: Readonly<Record<string, unknown>>): ValuesOf<O> {
  const values = Object.entries(options).flatMap(([name, { kind }]) => {
    const value = found[flagOf(name).slice(2)]
    if (value === undefined) return []
    return [[name, kind === 'integer' ? integerOf(value as string) : value]]
  })
  return checkValues(options, Object.fromEntries(values) as ValuesOf<O>)
}

const integerOf = (typed: string) => (/^\d+$/.test(typed) ? Number(typed) : typed)

/** The same values. Throws a UsageError for one that its option doesn't take. */
export function checkValues<O extends Options, V extends ValuesOf<O>>(options: O, values: V): V {
  for (const [name, { kind, range, needs }] of Object.entries(options)) {
    const value: unknown = (values as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) continue
    const wrong = (what: string) => new UsageError(`${flagOf(name)} ${what}, not ${JSON.stringify(value)}`)
    if (kind === 'integer') {
      const [least, most] = range ?? [0, Number.MAX_SAFE_INTEGER]
      if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
        throw wrong(`takes an integer from ${least} to ${most}`)
    }
    if (kind === 'text' || kind === 'texts')
      for (const one of kind === 'texts' ? (value as readonly string[]) : [value as string]) {
        const need = needs?.(one) ?? (one === '' ? 'a value' : undefined)
        if (need !== undefined) throw new UsageError(`${flagOf(name)} needs ${need}, not ${JSON.stringify(one)}`)
      }
  }
  return values
}

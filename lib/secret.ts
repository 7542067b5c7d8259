import { inspect } from 'node:util'

const SHOWN = '••••'

/** A value that only `reveal()` gives out: string conversion, JSON, templates and inspection all show ••••. */
export class Secret {
  readonly #value: string
  /** What it is, for messages: a field path such as `projects.onquota.database.password`. */
  readonly name: string

  constructor(value: string, name: string) {
    this.#value = value
    this.name = name
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  [Symbol.toPrimitive](): string {
    return SHOWN
  }

  [inspect.custom](): string {
    return `Secret(${this.name} ${SHOWN})`
  }
}

/**
 * Takes known secrets out of text, in each form that this library itself writes them: plain, quoted for a shell or for SQL,
 * percent-encoded, in a JSON string or a .env file, in base64.
 */
export class Masker {
  readonly #forms = new Set<string>()
  #pattern: RegExp | undefined

  add(...secrets: Secret[]): this {
    for (const secret of secrets) for (const form of writtenForms(secret.reveal())) this.#forms.add(form)
    this.#pattern = undefined
    return this
  }

  /** Longest forms first, so that no tail of a longer one is left standing. */
  text(text: string): string {
    if (this.#forms.size === 0) return text
    this.#pattern ??= new RegExp(
      [...this.#forms]
        .toSorted((a, b) => b.length - a.length)
        .map((form) => RegExp.escape(form))
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, SHOWN)
  }

  /** The same for every string in a JSON value, keys included. */
  json<T>(value: T): T {
    if (typeof value === 'string') return this.text(value) as T
    if (Array.isArray(value)) return value.map((item) => this.json<unknown>(item)) as T
    if (value instanceof Secret) return SHOWN as T
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json<unknown>(item)])) as T
    }
    return value
  }
}

function writtenForms(value: string): string[] {
  if (value === '') return []
  const lines = value.includes('\n') ? value.split('\n').filter((line) => line.length >= 8) : []
  const plain = [value, value.trim(), ...lines].filter((form) => form !== '')
  return plain.flatMap((form) => [
    form,
    shellQuoted(form),
    // A file's content that holds a quoted value is quoted once more on its way to the host.
    shellQuoted(shellQuoted(form)),
    form.replaceAll("'", "''"),
    form.replaceAll('\\', '\\\\').replaceAll("'", "''"),
    encodeURIComponent(form),
    percentEncoded(form),
    JSON.stringify(form).slice(1, -1),
    dotenvQuoted(form),
    shellQuoted(dotenvQuoted(form)),
    Buffer.from(form).toString('base64'),
  ])
}

const shellQuoted = (form: string) => form.replaceAll("'", `'\\''`)

/** Between double quotes in a .env file. */
export const dotenvQuoted = (form: string): string => form.replace(/["\\$`]/g, '\\$&')

/** Percent-encodes everything but RFC 3986's unreserved characters: what the password part of a URL needs. */
export function percentEncoded(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

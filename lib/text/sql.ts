import { Secret } from './secret.ts'

/** One SQL statement, with the secrets that stand in it. Made by `sql` only. */
export class Sql {
  readonly text: string
  readonly secrets: readonly Secret[]

  constructor(text: string, secrets: readonly Secret[] = []) {
    this.text = text
    this.secrets = secrets
  }

  static join(parts: readonly Sql[], separator: string): Sql {
    return new Sql(
      parts.map((part) => part.text).join(separator),
      parts.flatMap((part) => part.secrets),
    )
  }
}

/** SQL in which every interpolated value is one literal (an array: a list of them), and Sql is spliced in as it is. */
export function sql(
  strings: TemplateStringsArray,
  ...values: (string | number | boolean | Secret | Sql | readonly string[])[]
): Sql {
  const secrets: Secret[] = []
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    if (value instanceof Secret) secrets.push(value)
    if (value instanceof Sql) secrets.push(...value.secrets)
    text += written(value) + (strings[index + 1] ?? '')
  })
  return new Sql(text, secrets)
}

function written(value: string | number | boolean | Secret | Sql | readonly string[]): string {
  if (value instanceof Sql) return value.text
  if (value instanceof Secret) return literal(value.reveal())
  if (Array.isArray(value)) return value.map((item: string) => literal(item)).join(', ')
  return typeof value === 'string' ? literal(value) : String(value)
}

/** A string literal. Source: PostgreSQL documentation, Lexical Structure, 4.1.2.1 and 4.1.2.2. */
export function literal(value: string): string {
  if (value.includes('\0')) throw new TypeError('sql: a text cannot hold a NUL byte')
  const doubled = value.replaceAll("'", "''")
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** A quoted identifier of at most 63 bytes, which PostgreSQL would otherwise cut silently. */
export function id(name: string): Sql {
  if (name === '' || name.includes('\0')) throw new TypeError('sql: not a name that PostgreSQL can hold')
  if (Buffer.byteLength(name) > 63) throw new TypeError(`sql: the name ${name} is longer than PostgreSQL's 63 bytes`)
  return new Sql(`"${name.replaceAll('"', '""')}"`)
}

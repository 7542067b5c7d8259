import { Text, interleaved } from './secret.ts'

/** An SQL statement, or a part of one. Made by `sql`, so that every value in it is a literal. */
export class Sql extends Text {
  readonly language = 'sql'
}

/** SQL in which every interpolated value is one literal (an array: a list of them), and Sql is spliced in as it is. */
export function sql(strings: TemplateStringsArray, ...values: (string | number | boolean | Text | readonly string[])[]): Sql {
  return interleaved(strings, values.map(written)).as(Sql)
}

function written(value: string | number | boolean | Text | readonly string[]): Text {
  if (value instanceof Text) return value instanceof Sql ? value : value.map(literal)
  if (Array.isArray(value)) return new Text(value.map((item: string) => literal(item)).join(', '))
  return new Text(typeof value === 'string' ? literal(value) : String(value))
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

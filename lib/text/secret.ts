import { inspect } from 'node:util'

/** What stands in the place of a secret. */
export const SHOWN = '••••'

type Kind<T extends Text> = new (value: string, secrets?: readonly Secret[], text?: string) => T

/**
 * Text that knows the secrets in it: a script, a statement, a file's content. `text` may be shown: each secret in it is ••••, and so it is in
 * string conversion, JSON and inspection. Only `reveal()` gives all of it, at the edge: a connection's stdin, a login, a comparison.
 */
export class Text {
  readonly text: string
  readonly #value: string
  readonly #secrets: readonly Secret[]

  constructor(value: string, secrets: readonly Secret[] = [], text = value) {
    this.#value = value
    this.#secrets = secrets
    this.text = text
  }

  get secrets(): readonly Secret[] {
    return this.#secrets
  }

  reveal(): string {
    return this.#value
  }

  /** The same written in another way: quoted, encoded, trimmed. */
  map(write: (text: string) => string): Text {
    const value = write(this.#value)
    if (this.secrets.length === 0) return new Text(value)
    return new Text(value, this.secrets, this.text === SHOWN ? SHOWN : write(this.text))
  }

  /** The same as a text of another kind, as it stands. */
  as<T extends Text>(kind: Kind<T>): T {
    return new kind(this.#value, this.secrets, this.text)
  }

  static of(value: unknown): Text {
    return value instanceof Text ? value : new Text(String(value))
  }

  static join<T extends Text>(this: Kind<T>, parts: readonly T[], separator = '\n'): T {
    return joined(parts, separator).as(this)
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }

  [inspect.custom](): string {
    return this.text
  }
}

/** Strings and texts as one, each as it stands. */
export function joined(parts: readonly (string | Text)[], separator: string): Text {
  const write = (give: (part: Text) => string) =>
    parts.map((part) => (typeof part === 'string' ? part : give(part))).join(separator)
  const secrets = parts.flatMap((part) => (typeof part === 'string' ? [] : part.secrets))
  const value = write((part) => part.reveal())
  return secrets.length === 0
    ? new Text(value)
    : new Text(
        value,
        secrets,
        write((part) => part.text),
      )
}

/** A template's strings with these parts between them. */
export const interleaved = (strings: readonly string[], parts: readonly Text[]): Text =>
  joined(
    strings.flatMap((string, index) => [string, ...parts.slice(index, index + 1)]),
    '',
  )

/** A text that is secret as a whole. */
export class Secret extends Text {
  /** What it is, for messages: a field path such as `projects.onquota.database.password`. */
  readonly name: string

  constructor(value: string, name: string) {
    super(value, [], SHOWN)
    this.name = name
  }

  override get secrets(): readonly Secret[] {
    return [this]
  }

  override [inspect.custom](): string {
    return `Secret(${this.name} ${SHOWN})`
  }
}

import { inspect } from 'node:util'
import { SHOWN } from './shown.ts'

export { Masker } from './masker.ts'
export { percentEncoded } from './percent-encoded.ts'

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

/** Between double quotes in a .env file. */
export const dotenvQuoted = (form: string): string => form.replace(/["\\$`]/g, '\\$&')

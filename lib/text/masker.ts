import { encodedForms, formsOf, passwordEnds } from './secret-forms.ts'
import type { Around, Form } from './secret-forms.ts'
import { SHOWN } from './secret.ts'
import type { Text } from './secret.ts'

const AROUND: Readonly<Record<Around, [before: string, after: string]>> = {
  anything: ['', ''],
  word: [String.raw`(?<![\p{L}\p{N}_])`, String.raw`(?![\p{L}\p{N}_])`],
  quotes: ['(?<=["\'`:=])', '(?=["\'`@])'],
}

/** Fields of reports and events that hold a name or a state, never text that somebody wrote. */
const NAMES = new Set([
  'project',
  'step',
  'status',
  'host',
  'name',
  'kind',
  'key',
  'type',
  'next',
  'grade',
  'result',
  'stage',
  'zone',
])

/** A longer text is taken apart at the ends of its lines, so that only a piece that holds a secret costs more than a look. */
const PIECE = 1024

interface Known extends Form {
  source: string
  expression?: RegExp
}

/**
 * Takes known secrets out of text, however they are written there (see secretPattern), with the parts of a password that a parser of URLs
 * leaves, and base64 of anything that holds one.
 *
 * A form of 4 to 7 characters is taken out as a word of its own only, a shorter one only in quotes or as the password of a URL: elsewhere
 * the same letters mean something else, and what is left of the text would show which.
 */
export class Masker {
  readonly #values = new Set<string>()
  readonly #known = new Map<string, Known>()
  readonly #encoded = new Set<string>()
  readonly #allEnds = new Set<string>()
  /** Any core, in small letters: whether any secret can be in a text at all. */
  #cores: RegExp | undefined
  #byCore = new Map<string, Known[]>()
  /** Lengths of cores. */
  #lengths: number[] = []
  /** Those that have no core. */
  #odd: RegExp | undefined
  #base64: RegExp | undefined
  /** Ends of passwords, by their length, the longest first. */
  #ends: [number, Set<string>][] = []
  #isCompiled = false

  /** The secrets in these texts. */
  add(...texts: Text[]): this {
    for (const secret of texts.flatMap(({ secrets }) => secrets)) {
      const value = secret.reveal()
      if (this.#values.has(value)) continue
      this.#values.add(value)
      for (const form of formsOf(value)) {
        const [before, after] = AROUND[form.around]
        const source = `${before}${form.pattern}${after}`
        if (!this.#known.has(source)) this.#known.set(source, { ...form, source })
      }
      for (const form of encodedForms(value)) this.#encoded.add(form)
      for (const end of passwordEnds(value)) this.#allEnds.add(end)
      this.#isCompiled = false
    }
    return this
  }

  /** The text without them; it takes linear time. */
  text(text: string): string {
    if (this.#known.size === 0) return text
    if (!this.#isCompiled) this.#compile()
    if (text.length <= PIECE) return this.#piece(text)
    const pieces: string[] = []
    for (let start = 0; start < text.length;) {
      const end = text.indexOf('\n', start + PIECE)
      pieces.push(this.#piece(text.slice(start, end < 0 ? undefined : end)))
      start = end < 0 ? text.length : end
    }
    return pieces.join('')
  }

  /** The same for every text in a report or an event. Keys, names, states and numbers stay, whatever the secrets are. */
  json<T>(value: T): T {
    if (typeof value === 'string') return this.text(value) as T
    if (Array.isArray(value)) return value.map((item) => this.json<unknown>(item)) as T
    if (value === null || typeof value !== 'object') return value
    // A Secret among them.
    if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON() as T
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, NAMES.has(key) ? (item as unknown) : this.json<unknown>(item)]),
    ) as T
  }

  /** The same for an error, in place: its message, its stack, and the errors that caused it. */
  error<T>(error: T): T {
    if (!(error instanceof Error)) return (typeof error === 'string' ? this.text(error) : error) as T
    for (const name of ['message', 'stack'] as const)
      if (error[name] !== undefined)
        Object.defineProperty(error, name, { value: this.text(error[name]), configurable: true, writable: true })
    if (error.cause !== undefined) error.cause = this.error(error.cause)
    return error
  }

  #compile(): void {
    const forms = [...this.#known.values()].toSorted(longestFirst)
    const coreless = forms.filter(({ core }) => core === '')
    this.#byCore = Map.groupBy(
      forms.filter(({ core }) => core !== ''),
      ({ core }) => core,
    )
    const cores = [...this.#byCore.keys()]
    this.#lengths = [...new Set(cores.map((core) => core.length))]
    this.#cores = oneOf(cores, 'g')
    this.#odd = oneOf(
      coreless.map(({ source }) => source),
      'giu',
    )
    this.#base64 = oneOf([...this.#encoded].map((form) => RegExp.escape(form)))
    const byLength = Map.groupBy(this.#allEnds, (end) => end.length)
    this.#ends = [...byLength]
      .map(([length, ends]): [number, Set<string>] => [length, new Set(ends)])
      .toSorted(([a], [b]) => b - a)
    this.#isCompiled = true
  }

  #piece(text: string): string {
    const isEncoded = (part: string) => this.#base64?.test(part) === true
    let left = isEncoded(text) ? text.replace(BASE64, (word) => (isEncoded(word) ? SHOWN : word)) : text
    for (const known of this.#candidates(left.toLowerCase()))
      left = left.replace((known.expression ??= new RegExp(known.source, 'giu')), SHOWN)
    if (this.#odd !== undefined) left = left.replace(this.#odd, SHOWN)
    return this.#ends.length > 0 && left.includes('@') ? this.#withoutEnds(left) : left
  }

  /** What stands before an `@`, where a parser has taken a part of the password for the host. */
  #withoutEnds(text: string): string {
    let left = ''
    let kept = 0
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
      const found = this.#ends.find(
        ([length, ends]) => at - length >= kept && ends.has(text.slice(at - length, at)) && isEdge(text, at - length),
      )
      if (found === undefined) continue
      left += text.slice(kept, at - found[0]) + SHOWN
      kept = at
    }
    return left + text.slice(kept)
  }

  /** The forms whose core is there, longest first, so that no tail of a longer one is left standing. */
  #candidates(lower: string): Known[] {
    const found = new Set<Known>()
    const cores = this.#cores
    if (cores === undefined) return []
    cores.lastIndex = 0
    for (let hit = cores.exec(lower); hit !== null; hit = cores.exec(lower)) {
      // Another core may overlap this one, within the same word.
      let [start, end] = [hit.index, cores.lastIndex]
      while (isWord(lower.charCodeAt(start - 1))) start--
      while (isWord(lower.charCodeAt(end))) end++
      for (let at = start; at < end; at++)
        for (const length of this.#lengths)
          for (const known of this.#byCore.get(lower.slice(at, at + length)) ?? []) found.add(known)
      cores.lastIndex = end
    }
    return [...found].toSorted(longestFirst)
  }
}

const longestFirst = (a: Form, b: Form) => b.pattern.length - a.pattern.length

/** No word goes on there. */
const isEdge = (text: string, at: number) =>
  !/[\p{L}\p{N}_]$/u.test(text.slice(Math.max(0, at - 2), at)) || /^[%@]/.test(text.slice(at, at + 1))

/** Of a small letter, a digit or _. */
const isWord = (code: number) => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95

/** What may be a text in base64, of either alphabet. */
const BASE64 = /[A-Za-z0-9+/_-]{6,}={0,2}/g

const oneOf = (patterns: readonly string[], flags = '') =>
  patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), flags)

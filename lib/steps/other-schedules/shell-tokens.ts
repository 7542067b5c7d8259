/** What stands in `$(…)` is kept for later. Text that makes us look at its characters too often is not a script that a person wrote. */
export interface Reading {
  inner: string[]
  left: number
}

function spend(reading: Reading, characters: number): void {
  reading.left -= characters
  if (reading.left < 0) throw new TooIntricateError()
}

export class TooIntricateError extends Error {
  override name = 'TooIntricateError'
}

/** A redirection's target is the next word. A `document` is only announced in the command, and its text comes as `input` after the line. */
export type Token =
  | { kind: 'word' | 'document' | 'input' | 'end'; text: string }
  | { kind: 'redirect'; text: string; output: boolean }

/** What stands in `$(…)` stays in its word as it is, and goes to `inner` as well. */
export function* tokens(source: string, reading: Reading): Generator<Token> {
  const text = source.replace(/\\\r?\n/g, ' ')
  const documents: Document[] = []
  let at = 0
  let word: string | undefined
  while (at < text.length) {
    const rest = text.slice(at, at + 4)
    const character = rest[0]!
    const redirect =
      word === undefined || /^\d$/.test(word)
        ? /^(?:&>>?|[<>]\(|<<<|<<-?|>>|>\||[<>]&|[<>])/.exec(rest)?.[0]
        : /^(?:<<<|<<-?|>>|>\||[<>]&|[<>])/.exec(rest)?.[0]
    if (character === '\n' || /^[;&|()]/.test(character)) {
      if (redirect === undefined) {
        if (word !== undefined) yield { kind: 'word', text: word }
        word = undefined
        const operator = /^(?:\|&|\|\||&&|.)/s.exec(rest)![0]
        yield { kind: 'end', text: operator }
        at += operator.length
        if (character === '\n') while (documents.length > 0) at = yield* document(text, at, documents.shift()!, reading)
        continue
      }
    }
    if (redirect !== undefined) {
      const isNumbered: boolean = word !== undefined && /^\d$/.test(word)
      if (word !== undefined && !isNumbered) yield { kind: 'word', text: word }
      const output = redirect.includes('>') && (!isNumbered || word === '1')
      word = undefined
      at += redirect.length
      if (redirect.endsWith('(')) {
        yield { kind: 'end', text: redirect }
        continue
      }
      if (/^<<-?$/.test(redirect)) {
        const name = /^\s*\\?(["']?)([\w.-]+)\1/.exec(text.slice(at, at + 80))
        if (name !== null) {
          documents.push({ name: name[2]!, isPlain: /["'\\]/.test(name[0]) })
          yield { kind: 'document', text: name[2]! }
          at += name[0].length
        }
        continue
      }
      yield { kind: 'redirect', text: redirect, output }
      continue
    }
    if (/\s/.test(character)) {
      if (word !== undefined) yield { kind: 'word', text: word }
      word = undefined
      at++
      continue
    }
    if (character === '#' && word === undefined) {
      at = ends(text, '\n', at)
      continue
    }
    const [piece, next] = part(text, at, reading)
    word = (word ?? '') + piece
    at = next
  }
  if (word !== undefined) yield { kind: 'word', text: word }
}

/** One quoted or bare piece of a word, and where it ends. */
function part(text: string, at: number, reading: Reading): [string, number] {
  const character = text[at]!
  if (character === '\\') return [text[at + 1] ?? '', at + 2]
  if (character === "'") {
    const close = ends(text, "'", at + 1)
    return [text.slice(at + 1, close), close + 1]
  }
  if (character === '`') {
    const close = ends(text, '`', at + 1)
    reading.inner.push(text.slice(at + 1, close))
    return [`$(${text.slice(at + 1, close)})`, close + 1]
  }
  if (text.startsWith('$(', at)) {
    const close = closing(text, at + 1)
    spend(reading, close - at)
    const inner = text.slice(at + 2, close)
    if (inner.startsWith('(')) substitutions(inner, reading)
    else reading.inner.push(inner)
    return [`$(${inner})`, close + 1]
  }
  if (text.startsWith('${', at)) {
    const close = ends(text, '}', at)
    // Where such a word ends isn't known.
    if (/[`'"\\]|\$\(|[<>]\(/.test(text.slice(at, close))) throw new TooIntricateError()
    return [text.slice(at, close + 1), close + 1]
  }
  if (character !== '"') return [character, at + 1]
  let word = ''
  let here = at + 1
  while (here < text.length && text[here] !== '"') {
    const [piece, next] = text[here] === "'" ? ["'", here + 1] : part(text, here, reading)
    word += piece
    here = next
  }
  return [word, here + 1]
}

/** Hands over what stands in the `$(…)` and backquotes of a text that is no shell text. */
function substitutions(text: string, reading: Reading): void {
  for (let at = 0; at < text.length;) {
    const isOne = text[at] === '`' || text.startsWith('$(', at) || text.startsWith('${', at)
    at = isOne ? part(text, at, reading)[1] : at + (text[at] === '\\' ? 2 : 1)
  }
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === "'") at = ends(text, "'", at + 1)
    else if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at
  }
  return text.length
}

function ends(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from)
  return at < 0 ? text.length : at
}

interface Document {
  name: string
  /** Its name is quoted: nothing in it is a substitution. */
  isPlain: boolean
}

/** A here-document, and where the text goes on after it. */
function* document(text: string, from: number, { name, isPlain }: Document, reading: Reading): Generator<Token, number> {
  let at = from
  let after = text.length
  for (let end = 0; at < text.length; at = end + 1) {
    end = ends(text, '\n', at)
    after = end + 1
    if (text.slice(at, end).trim() === name) break
  }
  const content = text.slice(from, at)
  if (!isPlain) substitutions(content, reading)
  yield { kind: 'input', text: content }
  return after
}

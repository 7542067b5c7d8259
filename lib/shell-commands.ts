/** A simple command of a shell script: its words without their quotes, `$NAME` as it stands, and the variables set in front of it. */
export interface Command {
  words: string[]
  assigned: [name: string, value: string][]
}

const KEYWORDS = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'while',
  'until',
  'do',
  'done',
  'esac',
  '!',
  '{',
  '}',
  'time',
  'function',
  ';;',
])

/**
 * The simple commands of shell text, those within `$(…)` and backquotes included. An estimate that never runs anything: it knows quotes,
 * comments, redirections and here-documents, but not `case` patterns, arrays or `eval`.
 */
export function shellCommands(text: string, depth = 0): Command[] {
  const commands: Command[] = []
  const reading: Reading = { inner: [], left: 50 * text.length + 10_000 }
  let command: Command = { words: [], assigned: [] }
  let skip = false
  const end = () => {
    if (command.words.length > 0 || command.assigned.length > 0) commands.push(command)
    command = { words: [], assigned: [] }
    skip = false
  }
  const add = (word: string) => {
    if (skip) {
      skip = false
      return
    }
    if (command.words.length === 0) {
      const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(word)
      if (assignment !== null) {
        command.assigned.push([assignment[1]!, assignment[2]!])
        return
      }
      if (KEYWORDS.has(word)) return
    }
    command.words.push(word)
  }
  for (const token of tokens(text, reading)) {
    if (token.kind === 'word') add(token.text)
    else if (token.kind === 'redirect') skip = true
    else end()
  }
  end()
  return depth > 4 ? commands : [...commands, ...reading.inner.flatMap((each) => shellCommands(each, depth + 1))]
}

/** What stands in `$(…)` is kept for later. Text that makes us look at its characters too often is not a script that a person wrote. */
interface Reading {
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

type Token = { kind: 'word'; text: string } | { kind: 'redirect' } | { kind: 'end' }

/** What stands in `$(…)` is left as `$()` in its word. */
function* tokens(source: string, reading: Reading): Generator<Token> {
  const text = source.replace(/\\\r?\n/g, ' ')
  const documents: string[] = []
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
        yield { kind: 'end' }
        at++
        if (character === '\n') while (documents.length > 0) at = afterDocument(text, at, documents.shift()!)
        continue
      }
    }
    if (redirect !== undefined) {
      if (word !== undefined && !/^\d$/.test(word)) yield { kind: 'word', text: word }
      word = undefined
      at += redirect.length
      if (redirect.endsWith('(')) {
        yield { kind: 'end' }
        continue
      }
      if (/^<<-?$/.test(redirect)) {
        const name = /^\s*\\?(["']?)([\w.-]+)\1/.exec(text.slice(at, at + 80))
        if (name !== null) {
          documents.push(name[2]!)
          at += name[0].length
        }
        continue
      }
      yield { kind: 'redirect' }
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
    return ['$()', close + 1]
  }
  if (text.startsWith('$(', at)) {
    const close = closing(text, at + 1)
    spend(reading, close - at)
    const isArithmetic = text[at + 2] === '('
    if (!isArithmetic) reading.inner.push(text.slice(at + 2, close))
    return ['$()', close + 1]
  }
  if (text.startsWith('${', at)) {
    const close = ends(text, '}', at)
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

function afterDocument(text: string, from: number, name: string): number {
  for (let at = from; at < text.length;) {
    const end = ends(text, '\n', at)
    if (text.slice(at, end).trim() === name) return end + 1
    at = end + 1
  }
  return text.length
}

/** Where a JSON text is wrong: 1-based line and column. What stands there isn't told: it may be a secret. */
export class JsonError extends Error {
  override name = 'JsonError'
  readonly line: number
  readonly column: number

  constructor(text: string, at: number, message: string) {
    super(message)
    const lines = text.slice(0, at).split('\n')
    this.line = lines.length
    this.column = lines.at(-1)!.length + 1
  }
}

const MAX_DEPTH = 100
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/**
 * JSON.parse, but an object that has a name twice is refused, since one of the two would be lost silently, and errors quote nothing.
 * Throws a JsonError. Source: RFC 8259.
 */
export function parseJson(text: string): unknown {
  let at = 0
  const fail = (message: string, where = at): never => {
    throw new JsonError(text, where, message)
  }
  const blanks = () => {
    while (/[ \t\n\r]/.test(text[at] ?? '')) at++
    if (text.startsWith('//', at) || text.startsWith('/*', at)) fail('JSON has no comments; take it out')
  }
  const token = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const [match] = pattern.exec(text) ?? []
    at += match?.length ?? 0
    return match
  }
  const string = (): string | undefined => {
    const start = at
    const match = token(STRING)
    if (match !== undefined) return JSON.parse(match) as string
    return text[start] === '"'
      ? fail('a text that begins here has no end on its line, or a backslash that JSON does not know')
      : undefined
  }
  const list = (open: string, close: string, item: () => void): void => {
    at++
    blanks()
    if (text[at] === close) {
      at++
      return
    }
    for (;;) {
      item()
      blanks()
      const next = text[at++]
      if (next === close) return
      if (next !== ',') fail(`expected a comma or ${close}, to go on with or to end what ${open} began`, at - 1)
      blanks()
      if (text[at] === close) fail(`expected something after the comma; take the comma away before ${close}`)
    }
  }
  const value = (path: string[]): void => {
    blanks()
    if (path.length > MAX_DEPTH) fail('goes too deep')
    if (text[at] === '{') {
      const seen = new Map<string, number>()
      list('{', '}', () => {
        const start = at
        const name = string() ?? fail('expected a name in double quotes')
        const before = seen.get(name)
        if (before !== undefined)
          fail(
            `${[...path, name].join('.')} stands there twice, first in line ${new JsonError(text, before, '').line}; one of them would be lost`,
            start,
          )
        if (name === '__proto__') fail('__proto__ is not a name that can stand here', start)
        seen.set(name, start)
        blanks()
        if (text[at++] !== ':') fail('expected a colon after the name', at - 1)
        value([...path, name])
      })
      return
    }
    if (text[at] === '[') list('[', ']', () => value([...path, '[]']))
    else if (string() === undefined && token(NUMBER) === undefined && token(WORD) === undefined)
      fail('expected a value: a text in double quotes, a number, true, false, null, { or [')
  }
  value([])
  blanks()
  if (at < text.length) fail('expected the end: something stands after the last bracket')
  return JSON.parse(text)
}

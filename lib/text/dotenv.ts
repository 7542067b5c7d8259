import { Text, joined } from './secret.ts'

/**
 * Sets variables in the text of a .env file. A line that defines one keeps its place, its `export` and its comment; one that is missing is added at the
 * end; everything else stays as it is, to the byte.
 *
 * @returns the new text, and the names whose value was another or missing.
 * @throws TypeError for a value with a line break, which readers of .env files don't agree on.
 */
export function setVariables(
  text: string,
  variables: Readonly<Record<string, string | Text>>,
): { text: Text; changed: string[] } {
  const values = new Map(Object.entries(variables).map(([name, value]) => [name, Text.of(value)]))
  for (const [name, value] of values)
    if (/[\r\n]/.test(value.reveal())) throw new TypeError(`${name}: a .env file cannot hold a value with a line break`)
  const changed = new Set<string>()
  const seen = new Set<string>()
  const lines = text.split('\n').map((line): string | Text => {
    const match = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)([ \t]*=[ \t]*)(.*?)(\r?)$/s.exec(line)
    const [, before = '', name = '', equals = '', value = '', end = ''] = match ?? []
    const wanted = values.get(name)
    if (match === null || wanted === undefined) return line
    seen.add(name)
    const { text: found, rest } = parsed(value, equals)
    if (found === wanted.reveal()) return line
    changed.add(name)
    return joined([before + name + equals, wanted.map(quoted), rest + end], '')
  })
  const added = [...values].filter(([name]) => !seen.has(name))
  if (added.length > 0) {
    const newline = text.includes('\r\n') ? '\r' : ''
    if (lines.at(-1) === '') lines.pop()
    else lines.push(joined([lines.pop() ?? '', newline], ''))
    for (const [name, value] of added) {
      changed.add(name)
      lines.push(joined([`${name}=`, value.map(quoted), newline], ''))
    }
    lines.push('')
  }
  return { text: joined(lines, '\n'), changed: [...changed] }
}

/** Whether the text of a .env file gives the variable a value. */
export const definesVariable = (text: string, name: string): boolean =>
  new RegExp(`^\\s*(?:export\\s+)?${RegExp.escape(name)}[ \\t]*=`, 'm').test(text)

/** A value without its quotes, and what follows it on its line: white space and a comment. */
function parsed(value: string, equals: string): { text: string; rest: string } {
  if (value.startsWith('#') && /[ \t]$/.test(equals)) return { text: '', rest: ` ${value}` }
  const [, single, afterSingle = ''] = /^'([^']*)'(\s*(?:#.*)?)$/s.exec(value) ?? []
  if (single !== undefined) return { text: single, rest: afterSingle }
  const [, double, afterDouble = ''] = /^"((?:[^"\\]|\\.)*)"(\s*(?:#.*)?)$/s.exec(value) ?? []
  if (double !== undefined) return { text: double.replace(/\\(["\\$`])/g, '$1'), rest: afterDouble }
  const [, text = '', rest = ''] = /^(.*?)(\s+#.*|\s*)$/s.exec(value) ?? []
  return { text, rest }
}

/** Bare where no reader of .env files sees anything special in it; single quotes, where nothing is expanded; else double ones. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_/.:@%+,=?&-]*$/.test(value)) return value
  return value.includes("'") ? `"${value.replace(/["\\$`]/g, '\\$&')}"` : `'${value}'`
}

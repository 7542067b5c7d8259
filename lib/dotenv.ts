/**
 * Sets variables in the text of a .env file. A line that defines one keeps its place and its `export`; one that is missing is added at the
 * end; everything else stays as it is, to the byte.
 *
 * @returns the new text, and the names whose value was another or missing.
 */
export function setVariables(text: string, variables: Readonly<Record<string, string>>): { text: string; changed: string[] } {
  const changed = new Set<string>()
  const seen = new Set<string>()
  const lines = text.split('\n').map((line) => {
    const match = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=\s*)(.*?)(\r?)$/.exec(line)
    const [, before = '', name = '', equals = '', value = '', end = ''] = match ?? []
    const wanted = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (match === null || wanted === undefined) return line
    seen.add(name)
    if (unquoted(value) === wanted) return line
    changed.add(name)
    return before + name + equals + quoted(wanted) + end
  })
  const added = Object.entries(variables).filter(([name]) => !seen.has(name))
  if (added.length > 0) {
    const newline = text.includes('\r\n') ? '\r' : ''
    if (lines.at(-1) === '') lines.pop()
    for (const [name, value] of added) {
      changed.add(name)
      lines.push(`${name}=${quoted(value)}${newline}`)
    }
    lines.push('')
  }
  return { text: lines.join('\n'), changed: [...changed] }
}

function unquoted(value: string): string {
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(value)
  if (single !== null) return single[1] ?? ''
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(value)
  if (double !== null) return (double[1] ?? '').replace(/\\(["\\$`])/g, '$1')
  return value.replace(/\s+#.*$/, '').trimEnd()
}

/** Bare where no reader of .env files sees anything special in it; single quotes, where nothing is expanded; else double ones. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_/.:@%+,=?&-]*$/.test(value)) return value
  return value.includes("'") ? `"${value.replace(/["\\$`]/g, '\\$&')}"` : `'${value}'`
}

import { clean, oneLine } from '../../format/wrap.ts'

/** Text within a line or a table's cell: shown as it is, whatever it holds. An underscore inside a word means nothing and stays readable. */
export function inline(text: string): string {
  return oneLine(text)
    .replace(/[\\`*[\]<|~$]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
    .replace(/\s+/g, ' ')
}

/** Text as it is, in a block that none of its lines can end. */
export function fenced(text: string): string[] {
  const body = clean(text).trimEnd()
  const longest = Math.max(2, ...(body.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, body, fence]
}

/** A table; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(inline).join(' | ')} |`
  return [row(head), `|${head.map(() => '---|').join('')}`, ...rows.map(row)]
}

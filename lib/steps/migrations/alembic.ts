import { lastLines } from '../../text/lines.ts'

/** A revision as the code declares it; `down` holds its predecessors, several for a merge. */
export interface Revision {
  id: string
  down: string[]
}

/**
 * Revisions from the `revision` and `down_revision` lines of version files, without starting Python. Null when a line isn't in the usual
 * form, where only Alembic itself can tell. Source: Alembic's own script.py.mako.
 *
 * @param lines `path:revision = "022"`, both lines of each file.
 */
export function parseRevisions(lines: string): Revision[] | null {
  const files = new Map<string, { id?: string; down?: string[] }>()
  for (const line of lines.split('\n').filter((each) => each !== '')) {
    const match = /^(.+?\.py):(revision|down_revision)\b[^=]*=\s*(.+?)\s*(?:#.*)?$/.exec(line)
    const [, path = '', name, value = ''] = match ?? []
    const names = literalNames(value)
    if (names === undefined || (name === 'revision' && names.length !== 1)) return null
    files.set(path, { ...files.get(path), ...(name === 'revision' ? { id: names[0] ?? '' } : { down: names }) })
  }
  const revisions = [...files.values()].flatMap(({ id, down }) => (id === undefined || down === undefined ? [] : [{ id, down }]))
  return revisions.length === files.size ? revisions : null
}

/** None, a string, or a tuple or list of strings; undefined for any other Python. */
function literalNames(value: string): string[] | undefined {
  if (value === 'None') return []
  const inner = /^[([](.*?),?\s*[)\]]$/.exec(value)?.[1] ?? value
  const names = inner.split(',').map((part) => /^\s*(["'])([^"'\\]+)\1\s*$/.exec(part)?.[2])
  return names.every((name) => name !== undefined) ? names : undefined
}

/** `alembic history` output, `001 -> 002 (head), title`, for version files that are not in the usual form; what a revision depends on stands in brackets before the arrow. */
export function parseHistory(output: string): Revision[] {
  return [...output.matchAll(/^(\S.*?)(?: \([^)]*\))? -> ([^\s,]+)(?: \([^)]*\))*,/gm)].map(([, down = '', id = '']) => ({
    id,
    down: down === '<base>' ? [] : down.split(/,\s*/),
  }))
}

/** Revisions that no other names as its predecessor, sorted. */
export function heads(revisions: readonly Revision[]): string[] {
  const named = new Set(revisions.flatMap((revision) => revision.down))
  return revisions
    .map((revision) => revision.id)
    .filter((id) => !named.has(id))
    .toSorted()
}

/** How many revisions an upgrade from `current` (empty: from nothing) to all heads would run. */
export function pending(revisions: readonly Revision[], current: readonly string[]): number {
  const byId = new Map(revisions.map((revision) => [revision.id, revision]))
  const done = new Set<string>()
  const visit = (ids: readonly string[]) => {
    for (const id of ids) {
      if (done.has(id)) continue
      done.add(id)
      visit(byId.get(id)?.down ?? [])
    }
  }
  visit(current)
  return revisions.filter((revision) => !done.has(revision.id)).length
}

/**
 * The cause in Alembic's stderr: the revision that was running, and the lines that name an error. The very last lines are SQLAlchemy's SQL
 * and a link to its documentation, and what stands above is Python's stack.
 */
export function alembicCause(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trimEnd())
  const running = lines.findLast((line) => line.includes('Running upgrade'))
  const errors = lines.filter(
    (line) => /^(?:\w+\.)*\w*(?:Error|Exception|Undefined\w*|FAILED)\b.*/.test(line) || /^(?:DETAIL|HINT):/.test(line),
  )
  const named = [...new Set(errors)].slice(-4)
  return named.length === 0 ? lastLines(stderr) : [...(running === undefined ? [] : [running]), ...named].join('\n')
}

import { heads } from '../../steps/migrations/alembic.ts'
import { shownLoose } from '../../steps/common/loose.ts'
import type { Context } from '../../steps/common/context.ts'
import { comparedTables, declaredTables } from '../../steps/migrations/tables.ts'
import type { Found } from './facts.ts'
import { sinceBackup } from './contents.ts'
import type { Problem, ProjectStatus } from './types.ts'

const NAMED = 3

/** Tables and head against the inventory and the code on the host. */
export function databaseState({ project }: Context, found: Found, problems: Problem[]): ProjectStatus['database'] {
  const { database, migrations } = project
  const value = <T>(seen: { value: T } | { error: string } | undefined) =>
    seen !== undefined && 'value' in seen ? seen.value : null
  const [tables, revisions, code] = [value(found.tables), value(found.current), value(found.code)]
  const declared = declaredTables(migrations)
  const { missing, extra } =
    declared === undefined || tables === null ? { missing: [], extra: [] } : comparedTables(declared, tables)
  const unchecked =
    code === null
      ? null
      : code.refused !== undefined
        ? `${shownLoose(code.refused)}, so others than ${code.user} could change the code`
        : code.denied !== undefined
          ? `${code.user} may not use ${code.denied}`
          : (code.unchecked ?? null)
  const state = {
    name: database.name,
    bytes: value(found.bytes),
    tables: tables === null ? null : Object.keys(value(found.objects)?.['tables'] ?? {}).length,
    declaredTables: declared?.names.length ?? null,
    missingTables: missing,
    extraTables: extra,
    revisions,
    heads: code === null || unchecked !== null ? null : heads(code.revisions),
    codeNotChecked: unchecked,
    sinceBackup: null as ProjectStatus['database']['sinceBackup'],
  }
  const unread = [found.tables, found.objects, found.rows, found.heads, found.bytes, found.current].find(
    (seen) => seen !== undefined && 'error' in seen,
  )
  if (unread !== undefined && 'error' in unread)
    problems.push({
      kind: 'database',
      text: `${database.name} could not be looked at: ${unread.error}`,
      next: ['verify', project.name],
      unseen: true,
    })
  else if (tables === null)
    problems.push({
      kind: 'database',
      text: `the database ${database.name} is not there`,
      next: ['provision', project.name, '--check'],
    })
  else {
    tablesProblems(project.name, state, problems)
    if (migrations !== undefined) headProblems(project.name, migrations, state, found, problems)
    state.sinceBackup = sinceBackup(project, found, problems)
  }
  return state
}

function tablesProblems(
  project: string,
  { missingTables: missing, extraTables: extra }: ProjectStatus['database'],
  problems: Problem[],
): void {
  const [one] = missing
  if (one !== undefined) {
    const [are, next] = missing.length === 1 ? ['is', ['restore', project, '--table', one]] : ['are', ['verify', project]]
    problems.push({
      kind: 'tables',
      text: `${plural(missing.length, 'table')} of the inventory ${are} missing: ${some(missing)}`,
      next,
    })
  }
  if (extra.length > 0)
    problems.push({
      kind: 'tables',
      text: `${plural(extra.length, 'table')} not in the inventory: ${some(extra)}`,
      next: ['verify', project],
    })
}

function headProblems(
  project: string,
  { directory, head }: { directory: string; head?: string | undefined },
  { revisions, heads: ends, codeNotChecked }: ProjectStatus['database'],
  { code }: Found,
  problems: Problem[],
): void {
  const next = ['provision', project, '--check']
  if (code !== undefined && 'error' in code) {
    problems.push({ kind: 'head', text: `the migrations in ${directory} could not be read: ${code.error}`, next, unseen: true })
    return
  }
  const wanted = head === undefined ? ends : [head]
  // Only Alembic could tell the code's heads, and is not asked here: the inventory's is what there is to compare with.
  if (codeNotChecked !== null) {
    if (head !== undefined && !same(revisions ?? [], [head]))
      problems.push({
        kind: 'head',
        text: `the database is at ${revisions?.join(', ') || 'no revision'}, the inventory says ${head}; the code is not checked`,
        next,
      })
    return
  }
  if (ends === null) problems.push({ kind: 'head', text: `there is no alembic.ini in ${directory}`, next })
  else if (!same(ends, wanted ?? []))
    problems.push({ kind: 'head', text: `the code ends at ${ends.join(', ') || 'nothing'}, the inventory says ${head}`, next })
  else if (!same(revisions ?? [], ends))
    problems.push({
      kind: 'head',
      text: `the database is at ${revisions?.join(', ') || 'no revision'}, the code at ${ends.join(', ') || 'none'}`,
      next,
    })
}

const same = (one: readonly string[], other: readonly string[]) => one.toSorted().join('\n') === other.toSorted().join('\n')
const plural = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`
const some = (names: readonly string[]) =>
  `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`

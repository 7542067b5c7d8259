import { compareContents } from '../../steps/contents/compare.ts'
import type { Difference } from '../../steps/contents/compare.ts'
import { nextOf, sentenceOf, sentencesOf } from '../../steps/contents/sentences.ts'
import type { Project } from '../../inventory/index.ts'
import { declaredTables } from '../../steps/migrations/tables.ts'
import type { Found } from './facts.ts'
import type { Problem, ProjectStatus } from './types.ts'

/** The live database against the newest backup's manifest, rows by estimate: a problem for each kind of difference. */
export function sinceBackup(project: Project, found: Found, problems: Problem[]): ProjectStatus['database']['sinceBackup'] {
  const { name: database, owner } = project.database
  const { manifest, objects, rows, heads, ledger } = found
  if (manifest === undefined || [objects, rows, heads, ledger].some((seen) => seen !== undefined && 'error' in seen)) return null
  if ('error' in manifest) {
    const text = `the newest backup's manifest on the host could not be read: ${manifest.error}`
    problems.push({ kind: 'tables', text, next: ['verify', project.name], unseen: true })
    return null
  }
  const value = <T>(seen: { value: T } | { error: string } | undefined) =>
    seen !== undefined && 'value' in seen ? seen.value : null
  const [there, counts] = [value(objects), value(rows)]
  if (manifest.value === null || there === null || counts === null) return null
  const compared = compareContents(
    manifest.value,
    { objects: there, rows: counts, heads: value(heads), counted: new Map() },
    { owner, declared: declaredTables(project.migrations)?.names ?? [], ledger: value(ledger) },
  )
  const { backup, unfit, differences } = compared
  if (unfit !== null) problems.push({ kind: 'copies', text: unfit, next: ['backup', project.name] })
  const isAtAnotherHead = compared.heads !== null
  if (!isAtAnotherHead)
    for (const some of grouped(differences)) {
      const text = `${some[0]!.kind === 'missing' ? `missing, though ${backup} has it` : `compared with ${backup}`}: ${sentencesOf(some)}`
      problems.push({ kind: 'tables', text, next: nextOf(some[0]!, project.name, database) })
    }
  return { backup, isAtAnotherHead, differences: differences.map(sentenceOf) }
}

/** Missing tables, other missing things, owners, rows; those that there are. */
function grouped(differences: readonly Difference[]): Difference[][] {
  const groups = Map.groupBy(differences, (one) => (one.kind === 'missing' && one.things === 'tables' ? 'tables' : one.kind))
  return ['tables', 'missing', 'owner', 'rows'].flatMap((kind) => {
    const group = groups.get(kind as Difference['kind'] | 'tables')
    return group === undefined ? [] : [group]
  })
}

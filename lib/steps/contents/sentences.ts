import { printable } from '../common/granted.ts'
import type { Difference } from './compare.ts'
import { plainName } from './names.ts'

const ONE: Readonly<Record<string, string>> = {
  tables: 'table',
  views: 'view',
  materializedViews: 'materialized view',
  foreignTables: 'foreign table',
  sequences: 'sequence',
  ownSequences: 'sequence',
  functions: 'function',
  types: 'type',
  schemas: 'schema',
  constraints: 'constraint',
  indexes: 'index',
  triggers: 'trigger',
  policies: 'policy',
}

const named = (name: string) => printable(plainName(name))

/** `table clients`, `constraint contacts_client_id_fkey of contacts`, `owner of table clients`, `rows of clients`. */
export function subjectOf(one: Difference): string {
  if (one.kind === 'rows') return `rows of ${named(one.name)}`
  const thing = `${ONE[one.things] ?? printable(one.things)} ${named(one.name)}`
  return one.kind === 'owner' ? `owner of ${thing}` : `${thing}${one.of === null ? '' : ` of ${named(one.of)}`}`
}

/** One difference as a sentence's part: what is, and what the backup has. */
export function sentenceOf(one: Difference): string {
  if (one.kind === 'missing') return `${subjectOf(one)}${one.rows === null ? '' : ` (${rowsOf(one.rows)})`}`
  if (one.kind === 'owner') return `${subjectOf(one)} is ${printable(one.is)}, it was ${printable(one.was)}`
  return `${named(one.name)} has ${one.isCounted ? '' : 'about '}${rowsOf(one.has)}, it had ${one.had}`
}

/** The first of some differences, the others counted. */
export function sentencesOf(some: readonly Difference[], most = 3): string {
  const more = some.length > most ? ` and ${some.length - most} more` : ''
  return `${some.slice(0, most).map(sentenceOf).join('; ')}${more}`
}

export const rowsOf = (n: number) => `${n} row${n === 1 ? '' : 's'}`

/** The command that brings it back, or shows more: a task and its arguments. */
export function nextOf(one: Difference, project: string, database: string): string[] {
  if (one.kind === 'owner') return ['provision', project, '--check']
  const table = one.kind === 'rows' || one.things === 'tables' ? one.name : (one.after ?? one.of)
  // A side database has all that isn't a table's.
  return table === null ? ['restore', project, '--into', `${database}_copy`] : ['restore', project, '--table', plainName(table)]
}

import { duration } from '../../format/units.ts'
import type { RestoreProof } from './proof.ts'

/** What it proved, a line each: the copy first, then `equal …`, `3 h old (RPO)`, `back in 12 s (RTO)`. */
export function proofLines(proof: RestoreProof): string[] {
  return [
    proof.name,
    proof.contents === 'equal'
      ? 'equal to its manifest in every table, row count and sequence'
      : 'hash proven, contents not, since no private key was given',
    ...(proof.login === true ? ['the application logged in and read every table that it may read'] : []),
    `${duration(proof.ageSeconds)} old (RPO)`,
    `back in ${duration(proof.seconds['total'] ?? 0)} (RTO)`,
    ...(proof.expectedSeconds === null ? [] : [`today's database would take about ${duration(proof.expectedSeconds)}`]),
    ...(proof.kept === '' ? [] : [`what was there is kept as ${proof.kept}`]),
    ...(proof.kind === 'drill' ? groundOf(proof.leanedOn) : []),
    ...(proof.without == null || proof.without.length === 0
      ? []
      : [`without ${proof.without.join(', ')}, which may be in one named database only`]),
    ...refusedNotes(proof.refusedIndexes ?? []),
    ...(proof.kind === 'into' ? (proof.sql ?? []).map(({ command }) => `for you, once you have read it: ${command}`) : []),
    ...(proof.kind === 'table' ? [`in the schema ${proof.database}`, ...sqlNotes(proof)] : []),
  ]
}

const SHOWN = 5

/** Whether a drill was done as on an empty server. */
function groundOf(leanedOn: readonly string[] | null | undefined): string[] {
  if (leanedOn == null) return []
  if (leanedOn.length === 0) return ['as on an empty server']
  const more = leanedOn.length > SHOWN ? ` and ${leanedOn.length - SHOWN} more` : ''
  return [`leaning on what is there already: ${leanedOn.slice(0, SHOWN).join(', ')}${more}`]
}

function refusedNotes(refused: readonly { index: string; table: string; reason: string }[]): string[] {
  if (refused.length === 0) return []
  const names = refused.slice(0, SHOWN).map(({ index, table, reason }) => `${index} on ${table} (${reason})`)
  const more = refused.length > SHOWN ? ` and ${refused.length - SHOWN} more` : ''
  const count = refused.length === 1 ? '1 index' : `${refused.length} indexes`
  return [`without ${count} that PostgreSQL refused to build: ${names.join(', ')}${more}`]
}

function sqlNotes({ dropped, sql = [] }: RestoreProof): string[] {
  const what =
    dropped === true
      ? 'the live table is gone: this brings it back with keys, indexes, triggers, policies and grants'
      : 'the live table is not touched: this adds the rows that it lacks'
  return sql.map(({ command }, at) => `${at === 0 ? `${what}, on the host` : 'then'}: ${command}`)
}

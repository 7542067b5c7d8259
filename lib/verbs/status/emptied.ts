import type { Answer } from '../../engine/answer.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import { emptied } from '../../steps/contents/emptied.ts'
import type { Filled } from '../../steps/contents/emptied.ts'
import type { Problem } from './types.ts'

/** What the step `data` finds, as a problem. */
export function emptiedProblem(
  { name, database }: { name: string; database: { name: string } },
  { live, ledger }: { live?: Answer<Filled>; ledger?: Answer<Ledger | null> },
  problems: Problem[],
): void {
  if (live === undefined || ledger === undefined || 'error' in live || 'error' in ledger) return
  const found = emptied({ name, database: database.name }, live.value, ledger.value)
  if (found !== undefined)
    problems.unshift({
      kind: 'database',
      text: `the database ${database.name} has ${found.from}; its backups do: ${found.to}`,
      next: found.next,
    })
}

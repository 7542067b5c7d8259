import type { ReportedChange, StepReport } from '../../engine/plan.ts'
import { showChange } from '../../run/report/values.ts'
import type { Kind, Problem } from './types.ts'

/** What a step's differences are about; all else is about the nightly run. */
const KINDS: Readonly<Record<string, Kind>> = {
  server: 'database',
  hba: 'database',
  role: 'database',
  database: 'database',
  extension: 'database',
  schema: 'database',
  readers: 'database',
  ownership: 'database',
  privileges: 'database',
  'env-file': 'database',
  data: 'database',
  migrations: 'head',
  tables: 'tables',
  contents: 'tables',
  cron: 'schedule',
  'other-schedules': 'schedule',
  ledger: 'copies',
  'box-copy': 'copies',
  'first-backup': 'newest',
  'fresh-backup': 'newest',
  'first-drill': 'proof',
}

/** The most pressing first. */
const ORDER: readonly Kind[] = ['database', 'tables', 'head', 'run', 'schedule', 'newest', 'size', 'copies', 'proof', 'space']

export const byUrgency = (one: Problem, other: Problem): number => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind)

/** What the steps of a project, and of its host, found, as problems. A step that waits says nothing: what it waits for does. */
export function problemsOf(project: string, reports: readonly StepReport[]): Problem[] {
  return reports
    .filter((report) => report.project === project || report.project === null)
    .flatMap((report) => stepProblems(project, report))
}

function stepProblems(project: string, { step, status, changes, error, next, reason, ...report }: StepReport): Problem[] {
  const common = { kind: KINDS[step] ?? 'run', ...(report.project === null ? { shared: true as const } : {}) }
  // Another run was changing the host.
  const isUnread = status === 'unknown' && report.project === null
  if (status === 'failed' || isUnread)
    return [
      { ...common, text: `${step}: ${error ?? reason ?? 'no reason given'}`, next: next ?? ['verify', project], unseen: true },
    ]
  return changes.map((change) => ({ ...common, text: change.text ?? showChange(change), next: nextOf(project, change) }))
}

/** What a run would change is shown by one that only looks. */
function nextOf(project: string, { next, manual }: ReportedChange): string[] {
  return next ?? (manual === true ? ['verify', project] : ['provision', project])
}

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
  'last-run': 'run',
}

/** The most pressing first. */
const ORDER: readonly Kind[] = ['database', 'tables', 'head', 'run', 'schedule', 'newest', 'size', 'copies', 'proof', 'space']

export const byUrgency = (one: Problem, other: Problem): number => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind)

/** What the steps of a project, and of its host, found, as problems. A step that waits says nothing: what it waits for does. */
export function problemsOf(project: string, reports: readonly StepReport[]): Problem[] {
  const own = reports.filter((report) => report.project === project || report.project === null)
  return [...unseenProblems(project, own), ...own.flatMap((report) => changeProblems(project, report))]
}

const commonOf = ({ step, project }: StepReport) => ({
  kind: KINDS[step] ?? 'run',
  ...(project === null ? { shared: true as const } : {}),
})

/** What could not be read; steps with the same reason together. Of a host that another run was changing nothing is sure. */
function unseenProblems(project: string, reports: readonly StepReport[]): Problem[] {
  const unseen = reports.filter((one) => one.status === 'failed' || (one.status === 'unknown' && one.project === null))
  const reasonOf = ({ error, reason }: StepReport) => error ?? reason ?? 'no reason given'
  return [...Map.groupBy(unseen, reasonOf)].map(([reason, some]) => ({
    ...commonOf(some[0]!),
    text: `${some.map(({ step }) => step).join(', ')}: ${reason}`,
    next: some[0]!.next ?? [some[0]!.step === 'box-copy' ? 'box' : 'verify', project],
    unseen: true,
  }))
}

function changeProblems(project: string, report: StepReport): Problem[] {
  if (report.status === 'failed') return []
  return report.changes.map((change) => ({
    ...commonOf(report),
    text: change.text ?? showChange(change),
    next: nextOf(project, change),
  }))
}

/** What a run would change is shown by one that only looks. */
function nextOf(project: string, { next, manual }: ReportedChange): string[] {
  return next ?? (manual === true ? ['verify', project] : ['provision', project])
}

import { valueOf } from '../../engine/answer.ts'
import type { StepReport } from '../../engine/plan.ts'
import type { Context } from '../../steps/common/context.ts'
import { backupState } from './backup.ts'
import { databaseState } from './database.ts'
import type { Found } from './facts.ts'
import { problemsOf } from './problems.ts'
import type { Looked } from './space.ts'
import type { Problem } from './types.ts'

/**
 * How a project stands: what the steps of the recipe and the proofs found, and figures beside it. Space is evaluated later, over all projects:
 * see `judgeSpace`. Pure.
 */
export function evaluate(
  context: Context,
  { found, reports }: { found: Found; reports: readonly StepReport[] },
  now: Date,
): Looked {
  const { host, project } = context
  const { name, database } = project
  const figures: Problem[] = []
  const own = reports.filter((report) => report.project === name)
  const { look } = found
  const backup = look === undefined ? null : backupState(context, { ...found, look, told: own }, now, figures)
  const status = {
    database: databaseState(context, found),
    backup,
    problems: problemsOf(name, reports),
    notChecked: [
      ...own.flatMap(({ notChecked = [] }) => notChecked),
      `the login of ${database.owner}`,
      ...database.readers.map((reader) => `that ${reader.name} can't write`),
    ],
  }
  const document = valueOf(look) ?? undefined
  return { host: host.name, project, status, figures, document }
}

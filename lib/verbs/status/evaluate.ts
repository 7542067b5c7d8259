import { emptiedProblem } from './emptied.ts'
import type { Context } from '../../steps/common/context.ts'
import { backupState } from './backup.ts'
import { databaseState } from './database.ts'
import type { Found } from './facts.ts'
import type { Problem, ProjectStatus } from './types.ts'

/** How a project stands by what its host, and the boxes through it, said. Space is judged later, over all projects: see `judgeSpace`. Pure. */
export function judge(context: Context, found: Found, now: Date): ProjectStatus {
  const problems: Problem[] = []
  const database = databaseState(context, found, problems)
  const backup = found.look === undefined ? null : backupState(context, { ...found, look: found.look }, now, problems)
  emptiedProblem(context.project, found, problems)
  return { database, backup, problems }
}

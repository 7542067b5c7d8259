import type { Json } from '../../engine/step.ts'
import type { Context } from '../../steps/common/context.ts'
import { cronChanges } from '../../steps/backup/cron.ts'
import { printable } from '../../steps/common/granted.ts'
import type { Found } from './facts.ts'
import type { Problem } from './types.ts'

/** Whether the declared schedule is the one that cron has and runs; says so where it isn't. */
export function scheduleProblems({ project }: Context, { cronFile, cronDaemon }: Found, problems: Problem[]): boolean {
  if (project.backup === undefined || cronFile === undefined || cronDaemon === undefined) return true
  const unread = [cronFile, cronDaemon].find((seen) => 'error' in seen)
  if (unread !== undefined && 'error' in unread) {
    const text = `the schedule could not be looked at: ${unread.error}`
    problems.push({ kind: 'schedule', text, next: ['verify', project.name], unseen: true })
    return false
  }
  if ('error' in cronFile || 'error' in cronDaemon) return false
  const changes = cronChanges(project.name, project.backup, cronFile.value, cronDaemon.value)
  for (const { what, from, to, run } of changes) {
    const text =
      run === undefined
        ? `no backup runs by itself: ${what} ${shown(from)}`
        : `the schedule is not the declared one: ${what} ${from === null ? 'is missing' : shown(from)} → ${shown(to)}`
    problems.push({ kind: 'schedule', text, next: run === undefined ? ['verify', project.name] : ['provision', project.name] })
  }
  return changes.length === 0
}

const shown = (value: Json) => printable(typeof value === 'string' ? value : JSON.stringify(value))

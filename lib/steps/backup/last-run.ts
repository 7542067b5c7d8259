import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { duration } from '../../format/units.ts'
import { dateOf } from './document.ts'
import { backupStatusFact } from './first-backup.ts'

/** The last run of the script did not fail, by what it wrote down itself: nobody else knows. */
export function lastRunStep(project: string, now: () => Date = () => new Date()): Step {
  return step({
    project,
    name: 'last-run',
    needs: ['script', 'config'],
    facts: { status: backupStatusFact(project) },
    plan({ status }) {
      if (status === null || status.ok) return []
      const { stage, error, finishedAt } = status
      const at = dateOf(finishedAt)
      const when = at === undefined ? '' : `, ${duration((now().getTime() - at.getTime()) / 1000, 1)} ago`
      const why = error ?? 'no reason given'
      return [
        {
          what: `last backup run of ${project}`,
          from: `failed at ${stage}: ${why}`,
          to: 'ok',
          text: `the last run failed at ${stage}${when}: ${why}`,
          help: 'look into the log in /var/log/postgres-backup, then run it again',
          next: ['backup', project],
        },
      ]
    },
  })
}

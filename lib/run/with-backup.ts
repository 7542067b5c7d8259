import type { StepReport } from '../engine/plan.ts'
import type { HostResult } from './fleet.ts'
import type { Connection } from '../host/connection.ts'
import type { Backup } from '../inventory/index.ts'
import type { Group } from './run.ts'
import type { Context } from '../steps/common/context.ts'

export interface BackedUp {
  context: Context
  backup: Backup
}

/** The group's projects that have backups. */
export function withBackup({ projects }: Pick<Group, 'projects'>): BackedUp[] {
  return projects.flatMap((context) =>
    context.project.backup === undefined ? [] : [{ context, backup: context.project.backup }],
  )
}

/** Does `work` for each of them, one after the other over one connection, and tells each report, masked, as it comes. */
export async function forEachBackup(
  group: Group,
  work: (connection: Connection, one: BackedUp) => Promise<StepReport[]>,
): Promise<HostResult> {
  const connection = await group.connect()
  const steps: StepReport[] = []
  for (const one of withBackup(group)) {
    for (const found of await work(connection, one)) {
      const report = group.masker.json(found)
      group.emit({ type: 'step', report })
      steps.push(report)
    }
  }
  return { steps, roundTrips: connection.roundTrips }
}

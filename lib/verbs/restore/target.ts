import { UsageError } from '../../run/usage.ts'
import { hostOf } from '../../inventory/index.ts'
import type { Inventory, Project } from '../../inventory/index.ts'
import { cluster } from '../../inventory/machines.ts'

/** Throws a UsageError where the inventory gives the database to another project on that host. */
export function checkTarget(inventory: Inventory, project: Project | undefined, database: string | undefined): void {
  if (project === undefined || database === undefined) return
  const here = cluster(hostOf(inventory, project))
  const owner = Object.values(inventory.projects).find(
    (other) => other.name !== project.name && other.database.name === database && cluster(hostOf(inventory, other)) === here,
  )
  if (owner !== undefined)
    throw new UsageError(
      `--into ${database}: that is the database of projects.${owner.name} on ${owner.host}; a backup of ${project.name} needs another name`,
    )
}

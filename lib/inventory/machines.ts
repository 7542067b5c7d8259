import type { Box, Host, Inventory, Project } from './types.ts'

/** The project's host. Throws when the inventory doesn't have it, which loading refuses. */
export function hostOf(inventory: Pick<Inventory, 'hosts'>, project: Project): Host {
  const host = own(inventory.hosts, project.host)
  if (host === undefined) throw new Error(`projects.${project.name}.host: there is no host ${project.host}`)
  return host
}

/** The box that the project's backups go to; undefined where it has none. */
export function boxOf(inventory: Pick<Inventory, 'boxes'>, project: Project): Box | undefined {
  return project.backup && own(inventory.boxes, project.backup.box)
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The same for two entries that lead to one machine under two names. */
export function machine(host: Host): string {
  return `${host.address.toLowerCase()}:${host.port ?? 22}`
}

/** The same for two entries that lead to one account on one box. */
export function account(box: Box): string {
  return `${box.user}@${box.address.toLowerCase()}:${box.port}`
}

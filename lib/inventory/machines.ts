import { normalAddress } from './address.ts'
import { InventoryError } from './error.ts'
import { suggestion } from './suggest.ts'
import type { Box, Destination, Host, Inventory, Project } from './types.ts'

/** The project's host. Throws when the inventory doesn't have it, which loading refuses. */
export function hostOf(inventory: Pick<Inventory, 'hosts'>, project: Project): Host {
  const host = own(inventory.hosts, project.host)
  if (host === undefined) throw new Error(`projects.${project.name}.host: there is no host ${project.host}`)
  return host
}

/** The host of this name. Throws an InventoryError for a name that isn't there. */
export function namedHost(inventory: Pick<Inventory, 'hosts' | 'file'>, name: string): Host {
  const host = own(inventory.hosts, name)
  if (host !== undefined) return host
  throw new InventoryError(inventory.file, [
    `there is no host ${JSON.stringify(name)}; ${suggestion(name, Object.keys(inventory.hosts))}`,
  ])
}

/** All boxes that the project's backups go to, each with the project's folder there. */
export function boxesOf(project: Project): readonly Destination[] {
  return project.backup?.boxes ?? []
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The same for two entries that lead to one machine under two names, as far as names and addresses tell. */
export function machine(host: Host): string {
  return place(host.address, host.port ?? 22)
}

/** The same for two entries of one PostgreSQL cluster: a machine may have several. */
export function cluster(host: Host): string {
  return `${machine(host)} ${host.postgresql.port}`
}

/** The same for two entries that lead to one account on one box. */
export function account(box: Box): string {
  return `${box.user}@${place(box.address, box.port)}`
}

function place(address: string, port: number): string {
  const name = normalAddress(address)
  return `${name.includes(':') ? `[${name}]` : name}:${port}`
}

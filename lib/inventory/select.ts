import { InventoryError } from './error.ts'
import { hostOf } from './machines.ts'
import { suggestion } from './suggest.ts'
import type { Host, Inventory, Project } from './types.ts'

export interface Selection {
  /** Names; none means all. */
  projects?: readonly string[]
  /** Only the projects of this host. */
  host?: string
}

export interface Selected {
  host: Host
  projects: Project[]
}

/** The projects asked for, by host, both in the inventory's order. Throws an InventoryError for a name that isn't there, and for nothing at all. */
export function select(inventory: Inventory, { projects: names = [], host: only }: Selection = {}): Selected[] {
  const projects = Object.values(inventory.projects)
  const problems: string[] = []
  for (const name of new Set(names)) {
    const project = projects.find((each) => each.name === name)
    if (project === undefined)
      problems.push(`there is no project ${JSON.stringify(name)}; ${suggestion(name, Object.keys(inventory.projects))}`)
    else if (only !== undefined && Object.hasOwn(inventory.hosts, only) && project.host !== only)
      problems.push(`the project ${name} is on ${project.host}, not on ${only}`)
  }
  if (only !== undefined && !Object.hasOwn(inventory.hosts, only)) {
    problems.push(`there is no host ${JSON.stringify(only)}; ${suggestion(only, Object.keys(inventory.hosts))}`)
  } else if (projects.length === 0) {
    problems.push('has no project yet; add one below projects')
  } else if (only !== undefined && !projects.some(({ host }) => host === only)) {
    problems.push(`no project is on the host ${only}`)
  }
  if (problems.length > 0) throw new InventoryError(inventory.file, problems)
  const wanted = projects.filter(
    ({ name, host }) => (names.length === 0 || names.includes(name)) && (only === undefined || host === only),
  )
  return Object.values(inventory.hosts)
    .map((host) => ({ host, projects: wanted.filter((project) => hostOf(inventory, project) === host) }))
    .filter((group) => group.projects.length > 0)
}

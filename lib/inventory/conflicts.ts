import { fileName } from './backup-name.ts'
import { boxConflicts } from './box-conflicts.ts'
import { cluster, machine } from './machines.ts'
import type { Host, Inventory, Project } from './types.ts'

/** What only one project may have: where, which, and how messages name it. */
interface Claim {
  /** The machine or the cluster. */
  place: string
  thing: string
  field: string
  what: string
  /** Only between clusters: within one, another claim says it. */
  between?: true
}

/** A project with its host; `index` is its place in the inventory. */
interface Placed {
  project: Project
  host: Host
}

/**
 * Projects that would write to each other's database, role, file or folder: a line for each, with both names. Each is compared with the
 * first one that has the same, so that time and lines grow with the projects, not with their pairs.
 */
export function conflicts(inventory: Inventory): string[] {
  const placed = Object.values(inventory.projects).flatMap((project): Placed[] => {
    const host = Object.hasOwn(inventory.hosts, project.host) ? inventory.hosts[project.host] : undefined
    return host === undefined ? [] : [{ project, host }]
  })
  return [...claimed(placed), ...readers(placed), ...boxConflicts(Object.values(inventory.projects))]
}

function claimed(placed: readonly Placed[]): string[] {
  const first = new Map<string, Placed>()
  return placed.flatMap((one) =>
    claimsOf(one).flatMap(({ place, thing, field, what, between }) => {
      const key = `${place}\0${thing}`
      const before = first.get(key)
      if (before === undefined) first.set(key, one)
      if (before === undefined || (between && cluster(before.host) === cluster(one.host))) return []
      return [conflict(before, one, field, what)]
    }),
  )
}

function claimsOf({ project, host }: Placed): Claim[] {
  const { database, envFile, backup } = project
  const [here, server] = [machine(host), cluster(host)]
  return [
    { place: server, thing: `database ${database.name}`, field: 'database.name', what: `the database ${database.name}` },
    {
      place: server,
      thing: `owner ${database.owner}`,
      field: 'database.owner',
      what: `the role ${database.owner} as owner`,
    },
    ...(envFile === undefined
      ? []
      : [{ place: here, thing: `file ${envFile.path}`, field: 'envFile.path', what: `the file ${envFile.path}` }]),
    // Backups are named after the database, in one folder of the machine. Within a cluster the database itself is the conflict.
    ...(backup === undefined
      ? []
      : [
          {
            place: here,
            thing: `backups ${database.name}`,
            field: 'database.name',
            what: `the files /var/backups/postgres/backup_${fileName(database.name)}_*`,
            between: true as const,
          },
        ]),
  ]
}

/** A read-only role may read several databases, if all entries have its password from one place; it never owns one. */
function readers(placed: readonly Placed[]): string[] {
  const owners = new Map<string, Placed>()
  for (const one of placed) {
    const key = `${cluster(one.host)}\0${one.project.database.owner}`
    if (!owners.has(key)) owners.set(key, one)
  }
  const first = new Map<string, { password: string; one: Placed }>()
  return placed.flatMap((one) =>
    one.project.database.readers.flatMap(({ name, password }) => {
      const key = `${cluster(one.host)}\0${name}`
      const owner = owners.get(key)
      const problems: string[] = []
      if (owner !== undefined && owner.project !== one.project) {
        problems.push(
          `projects.${one.project.name}.database.readers: ${name} is the owner in projects.${owner.project.name}, ${placeOf(owner, one)}; a read-only role needs a name of its own`,
        )
      }
      const text = JSON.stringify(password)
      const before = first.get(key)
      if (before === undefined) first.set(key, { password: text, one })
      else if (before.password !== text && before.one.project !== one.project)
        problems.push(conflict(before.one, one, 'database.readers', `the role ${name}, with passwords from two places`))
      return problems
    }),
  )
}

/** In words: `on vps`, or `on vps and web, which are one host`. */
function placeOf(a: Placed, b: Placed): string {
  return a.host.name === b.host.name
    ? `on ${a.host.name}`
    : `on ${a.host.name} and ${b.host.name}, which are one host (${machine(a.host)})`
}

function conflict(a: Placed, b: Placed, field: string, what: string): string {
  return `projects.${b.project.name}.${field}: projects.${a.project.name} and projects.${b.project.name} share ${what}, ${placeOf(a, b)}; give each its own`
}

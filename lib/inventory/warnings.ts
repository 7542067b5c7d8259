import { CLOSE, clock, closeGroups, firstClose } from './close-starts.ts'
import { account, boxesOf, machine } from './machines.ts'
import type { Inventory, Project } from './types.ts'

/** How many names stand in a warning. */
const NAMED = 5

/** What runs the backups of several projects, or takes them: in words, `on vps` or `to box`. */
interface Place {
  where: string
  projects: Project[]
}

/**
 * Backups on one host or to one box that start within a quarter of an hour of each other on some day, if all clocks are of one zone: one
 * warning for each host, box and part of the day, with a count. Those that a host's warning names are not told again of their box.
 */
export function closeStarts(inventory: Inventory): string[] {
  const projects = Object.values(inventory.projects).filter(({ backup }) => backup !== undefined)
  const hosts = new Map<string, Place>()
  const boxes = new Map<string, Place>()
  for (const project of projects) {
    const host = inventory.hosts[project.host]!
    add(hosts, machine(host), `on ${host.name}`, project)
    for (const box of boxesOf(project)) add(boxes, account(box), `to ${box.name}`, project)
  }
  const told = new Map<Project, number[]>()
  let number = 0
  const onHosts = groupsOf(hosts)
  for (const { projects: some } of onHosts) {
    for (const project of some) told.set(project, [...(told.get(project) ?? []), number])
    number += 1
  }
  const isTold = (some: readonly Project[]) =>
    told.get(some[0]!)?.some((group) => some.every((project) => told.get(project)?.includes(group) === true)) === true
  return [...onHosts, ...groupsOf(boxes).filter((group) => !isTold(group.projects))].map(warning)
}

function add(places: Map<string, Place>, key: string, where: string, project: Project): void {
  const place = places.get(key) ?? { where, projects: [] }
  places.set(key, place)
  // Two of a project's boxes may be one.
  if (place.projects.at(-1) !== project) place.projects.push(project)
}

interface Group extends Place {
  /** Minutes after midnight, ascending. */
  minutes: number[]
}

function groupsOf(places: ReadonlyMap<string, Place>): Group[] {
  return [...places.values()].flatMap(({ where, projects }) => {
    const bySchedule = Map.groupBy(projects, (project) => project.backup!.schedule)
    const order = new Map(projects.map((project, index) => [project, index]))
    return closeGroups([...bySchedule].map(([schedule, some]) => ({ schedule, projects: some.length }))).map(
      ({ schedules, minutes }) => ({
        where,
        minutes,
        projects: schedules.flatMap((schedule) => bySchedule.get(schedule)!).toSorted((a, b) => order.get(a)! - order.get(b)!),
      }),
    )
  })
}

function warning({ where, projects, minutes }: Group): string {
  const [a, b] = projects
  if (projects.length === 2) {
    const times = firstClose(a!.backup!.schedule, b!.backup!.schedule)!
    return `the backups of ${a!.name} and ${b!.name} ${where} start at ${times[0]} and ${times[1]}, within ${CLOSE} minutes of each other: give projects.${b!.name}.backup.schedule another time`
  }
  const names = projects.slice(0, NAMED).map(({ name }) => name)
  const rest = projects.length - names.length
  const listed = rest > 0 ? `${names.join(', ')} and ${rest} more` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  const [from, to] = [clock(minutes[0]!), clock(minutes.at(-1)!)]
  const when = from === to ? `at ${from}` : `between ${from} and ${to}`
  return `${projects.length} backups ${where} start within ${CLOSE} minutes of another one, ${when}: ${listed}; give their backup.schedule times further apart`
}

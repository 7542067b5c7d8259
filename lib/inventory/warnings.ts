import { account, boxesOf, machine } from './machines.ts'
import { parseSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import type { Inventory, Project } from './types.ts'

/** Starts this close to each other, in minutes, are likely to overlap. */
const CLOSE = 15
const DAY = 24 * 60
/** How many names stand in a warning. */
const NAMED = 5

/** What runs the backups of several projects, or takes them: in words, `on vps` or `to box`. */
interface Place {
  where: string
  projects: Project[]
}

/**
 * Backups on one host or to one box that start within a quarter of an hour of another one, if all clocks are of one zone: one warning for
 * each host and box. What a host's warning names isn't repeated for its box.
 */
export function closeStarts(inventory: Inventory): string[] {
  const hosts = new Map<string, Place>()
  const boxes = new Map<string, Place>()
  for (const project of Object.values(inventory.projects).filter(({ backup }) => backup !== undefined)) {
    const host = inventory.hosts[project.host]!
    add(hosts, machine(host), `on ${host.name}`, project)
    for (const box of boxesOf(project)) add(boxes, account(box), `to ${box.name}`, project)
  }
  const onHosts = close(hosts)
  const toBoxes = close(boxes).filter(
    ({ projects }) => !onHosts.some((host) => projects.every((project) => host.projects.includes(project))),
  )
  return [...onHosts, ...toBoxes].map(warning)
}

function add(places: Map<string, Place>, key: string, where: string, project: Project): void {
  const place = places.get(key) ?? { where, projects: [] }
  places.set(key, place)
  // Two of a project's boxes may be one.
  if (place.projects.at(-1) !== project) place.projects.push(project)
}

/** The places with backups that start close to another project's, and those alone. */
function close(places: ReadonlyMap<string, Place>): Place[] {
  return [...places.values()].flatMap(({ where, projects }) => {
    const bySchedule = Map.groupBy(projects, (project) => project.backup!.schedule)
    const texts = closeSchedules([...bySchedule.keys()]).concat(
      [...bySchedule].flatMap(([text, some]) => (some.length > 1 ? [text] : [])),
    )
    const some = projects.filter((project) => texts.includes(project.backup!.schedule))
    return some.length === 0 ? [] : [{ where, projects: some }]
  })
}

/** Sorted by minute, only starts within the window are compared; those at the day's end with those at its beginning, too. */
function closeSchedules(texts: readonly string[]): string[] {
  const starts = texts
    .flatMap((text) => {
      const schedule = parseSchedule(text)
      return schedule.minutes.map((minute) => ({ text, minute, schedule }))
    })
    .toSorted((a, b) => a.minute - b.minute)
  const found = starts.flatMap((a, index) => {
    for (let step = 1; step < starts.length; step++) {
      const b = starts[(index + step) % starts.length]!
      if ((b.minute - a.minute + DAY) % DAY > CLOSE) break
      if (a.text !== b.text && shareDay(a.schedule, b.schedule)) return [a.text, b.text]
    }
    return []
  })
  return [...new Set(found)]
}

/** As far as the fields alone tell; of a day and the one after it, too. */
const shareDay = (a: Schedule, b: Schedule) =>
  (['days', 'months', 'weekdays'] as const).every((field) => a[field].some((value) => b[field].includes(value)))

function warning({ where, projects }: Place): string {
  const [a, b] = projects
  if (projects.length === 2)
    return `the backups of ${a!.name} and ${b!.name} ${where} start within ${CLOSE} minutes of each other: give projects.${b!.name}.backup.schedule another time`
  const names = projects.slice(0, NAMED).map(({ name }) => name)
  const rest = projects.length - names.length
  const listed = rest > 0 ? `${names.join(', ')} and ${rest} more` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return `${projects.length} backups ${where} start within ${CLOSE} minutes of another one: ${listed}; give their backup.schedule times further apart`
}

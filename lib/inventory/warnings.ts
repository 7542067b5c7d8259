import { account, boxesOf, machine } from './machines.ts'
import { calendar, parseSchedule } from './schedule.ts'
import type { Inventory, Project } from './types.ts'

/** Starts this close to each other, in minutes, are likely to overlap. */
const CLOSE = 15
const DAY = 24 * 60

/** Backups on one host or to one box that start within a quarter of an hour of each other on some day, if all clocks are of one zone. */
export function closeStarts(inventory: Inventory): string[] {
  const projects = Object.values(inventory.projects).filter(({ backup }) => backup !== undefined)
  return projects.flatMap((a, index) =>
    projects.slice(index + 1).flatMap((b) => {
      const place = shared(inventory, a, b)
      const times = place && firstClose(a.backup!.schedule, b.backup!.schedule)
      if (!place || !times) return []
      return [
        `the backups of ${a.name} and ${b.name} ${place} start at ${times[0]} and ${times[1]}, within ${CLOSE} minutes of each other: give projects.${b.name}.backup.schedule another time`,
      ]
    }),
  )
}

function shared(inventory: Inventory, a: Project, b: Project): string | undefined {
  const [hostA, hostB] = [inventory.hosts[a.host]!, inventory.hosts[b.host]!]
  if (machine(hostA) === machine(hostB)) return `on ${hostA.name}`
  const box = boxesOf(a).find((boxA) => boxesOf(b).some((boxB) => account(boxA) === account(boxB)))
  return box && `to ${box.name}`
}

/** Two times of day, one of each schedule, that come close on some day. */
function firstClose(a: string, b: string): [string, string] | undefined {
  const [timesA, timesB] = [parseSchedule(a).minutes, parseSchedule(b).minutes]
  for (const at of timesA) {
    for (const bt of timesB) {
      // -1, 0, 1: b's start may belong to the day before or after.
      const days = [-1, 0, 1].filter((day) => Math.abs(at - (bt + day * DAY)) <= CLOSE)
      if (days.some((day) => shareDay(a, b, day))) return [clock(at), clock(bt)]
    }
  }
  return undefined
}

function shareDay(a: string, b: string, offset: number): boolean {
  const [daysA, daysB] = [calendar(a), calendar(b)]
  return daysA.some((on, index) => on && daysB[(index + offset + daysB.length) % daysB.length] === true)
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

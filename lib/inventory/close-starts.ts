import { calendar, parseSchedule } from './schedule.ts'

/** Starts this close to each other, in minutes, are likely to overlap. */
export const CLOSE = 15
const DAY = 24 * 60

/** Schedules of which each has a start within CLOSE minutes of another project's. */
export interface CloseGroup {
  schedules: string[]
  /** When these starts are, ascending. */
  minutes: number[]
}

/** A time of day, and the schedules that start then on the same days. */
interface Start {
  minute: number
  /** The kind of days, by its index. */
  days: number
  schedules: string[]
  projects: number
  /** Union-find: the start that stands for its group. */
  leader: Start | undefined
}

/**
 * The groups of starts that are close to each other, on some day. `projects` is how many have that very schedule: two of them are a group of
 * their own. Time grows with the starts of distinct schedules, not with their pairs.
 */
export function closeGroups(schedules: readonly { schedule: string; projects: number }[]): CloseGroup[] {
  const kinds = [...new Set(schedules.map(({ schedule }) => daysOf(schedule)))]
  const starts = startsOf(schedules, new Map(kinds.map((kind, index) => [kind, index])))
  const days = new SharedDays(kinds)
  // Sorted by minute: only those within the window are compared; those of the day's end with those of its beginning, too.
  starts.forEach((a, index) => {
    for (let step = 1; step < starts.length; step++) {
      const b = starts[(index + step) % starts.length]!
      const later = index + step >= starts.length ? 1 : 0
      if (b.minute + later * DAY - a.minute > CLOSE) break
      if (days.share(a.days, b.days, later) && leaderOf(a) !== leaderOf(b)) leaderOf(b).leader = leaderOf(a)
    }
  })
  return [...Map.groupBy(starts, leaderOf).values()].flatMap((group) => {
    const names = [...new Set(group.flatMap((start) => start.schedules))]
    const isAlone = names.length === 1 && Math.max(...group.map(({ projects }) => projects)) === 1
    return isAlone ? [] : [{ schedules: names, minutes: group.map(({ minute }) => minute) }]
  })
}

function startsOf(schedules: readonly { schedule: string; projects: number }[], kinds: ReadonlyMap<string, number>): Start[] {
  const starts = new Map<string, Start>()
  for (const { schedule, projects } of schedules) {
    const days = kinds.get(daysOf(schedule))!
    for (const minute of parseSchedule(schedule).minutes) {
      const key = `${minute} ${days}`
      const start = starts.get(key) ?? { minute, days, schedules: [], projects: 0, leader: undefined }
      start.schedules.push(schedule)
      start.projects += projects
      starts.set(key, start)
    }
  }
  return [...starts.values()].toSorted((a, b) => a.minute - b.minute)
}

function leaderOf(start: Start): Start {
  let at = start
  while (at.leader !== undefined) {
    // Halves the way for the next one.
    if (at.leader.leader !== undefined) at.leader = at.leader.leader
    at = at.leader
  }
  return at
}

/** Day of the month, month and day of the week, as a schedule that starts once on each of its days. */
function daysOf(schedule: string): string {
  return `0 0 ${schedule.split(' ').slice(2).join(' ')}`
}

/** Whether two kinds of days have a day in common; each pair is looked at once. */
class SharedDays {
  readonly #kinds: readonly string[]
  /** 0: not looked at yet; 1: no; 2: yes. */
  readonly #known: Uint8Array

  constructor(kinds: readonly string[]) {
    this.#kinds = kinds
    this.#known = new Uint8Array(2 * kinds.length ** 2)
  }

  share(a: number, b: number, offset: 0 | 1): boolean {
    const at = (a * this.#kinds.length + b) * 2 + offset
    if (this.#known[at] === 0) this.#known[at] = shareDay(this.#kinds[a]!, this.#kinds[b]!, offset) ? 2 : 1
    return this.#known[at] === 2
  }
}

/** Two times of day, one of each schedule, that come close on some day. */
export function firstClose(a: string, b: string): [string, string] | undefined {
  const [timesA, timesB] = [parseSchedule(a).minutes, parseSchedule(b).minutes]
  for (const at of timesA) {
    for (const bt of timesB) {
      // -1, 0, 1: b's start may belong to the day before or after.
      const days = [-1, 0, 1].filter((day) => Math.abs(at - (bt + day * DAY)) <= CLOSE)
      if (days.some((day) => shareDay(daysOf(a), daysOf(b), day))) return [clock(at), clock(bt)]
    }
  }
  return undefined
}

/** Whether `a` has a day to which `b` has one `offset` days later. */
function shareDay(a: string, b: string, offset: number): boolean {
  const [daysA, daysB] = [calendar(a), calendar(b)]
  return daysA.some((on, index) => on && daysB[(index + offset + daysB.length) % daysB.length] === true)
}

/** `03:05`. */
export function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

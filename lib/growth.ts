const DAY = 86_400_000
/** Sizes older than this say little about the next months. */
const TREND_DAYS = 56
/** A trend needs sizes of so many days, over at least so many days. */
const LEAST_DAYS = 4
const LEAST_SPAN = 6
/** Nobody plans further than three years. */
const HORIZON = 1095
/** However old, the newest ones stay. */
const ALWAYS = 3

/** One copy of a backup. */
export interface Sample {
  at: Date
  bytes: number
}

/** How long copies stay: all for `days`, beyond that the newest of each of the last days, weeks and months. */
export interface Retention {
  days: number
  daily: number
  weekly: number
  monthly: number
}

/** The copies of one project in one place. */
export interface Series {
  samples: readonly Sample[]
  retention: Retention
}

/**
 * When a place with `free` bytes is full, from how the copies in it have grown and how long they stay; null when that is not within three
 * years, or too little is known: no project there has copies of four days over a week. Pure.
 */
export function fullOn(all: readonly Series[], free: number | null, now: Date): Date | null {
  if (free === null || !all.some(isKnown)) return null
  const today = Math.floor(now.getTime() / DAY)
  const places = all.filter(({ samples }) => samples.length > 0).map((series) => new Place(series, today))
  const start = places.reduce((sum, place) => sum + place.bytes(today), 0)
  for (let day = today + 1; day <= today + HORIZON; day++) {
    for (const place of places) place.add(day)
    if (places.reduce((sum, place) => sum + place.bytes(day), 0) - start > free) return new Date(now.getTime() + (day - today) * DAY)
  }
  return null
}

function isKnown({ samples }: Series): boolean {
  const days = daysOf(samples)
  return days.length >= LEAST_DAYS && days.at(-1)![0] - days[0]![0] >= LEAST_SPAN
}

/** The newest copy's size of each day, by day since 1970. */
function daysOf(samples: readonly Sample[]): [day: number, bytes: number][] {
  const sorted = samples.toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return [...new Map(sorted.map(({ at, bytes }) => [Math.floor(at.getTime() / DAY), bytes]))]
}

/** The copies of a project, day by day, as they will be. */
class Place {
  /** Oldest first: all copies of the day together, and the newest of them. */
  readonly #days: { day: number; total: number; newest: number }[]
  readonly #retention: Retention
  readonly #size: (day: number) => number
  readonly #perDay: number

  constructor({ samples, retention }: Series, today: number) {
    const days = daysOf(samples)
    const total = new Map<number, number>()
    for (const { at, bytes } of samples) {
      const day = Math.floor(at.getTime() / DAY)
      total.set(day, (total.get(day) ?? 0) + bytes)
    }
    this.#days = days.map(([day, newest]) => ({ day, total: total.get(day) ?? 0, newest }))
    this.#retention = retention
    this.#size = isKnown({ samples, retention }) ? trend(days.filter(([day]) => day > today - TREND_DAYS)) : () => days.at(-1)![1]
    this.#perDay = perDay(samples)
  }

  add(day: number): void {
    const newest = this.#size(day)
    this.#days.push({ day, total: newest * this.#perDay, newest })
  }

  /** What lies there on that day, once what is old then has gone. */
  bytes(today: number): number {
    const { days, daily, weekly, monthly } = this.#retention
    const slots = { daily: new Set<string>(), weekly: new Set<string>(), monthly: new Set<string>() }
    const takes = (kind: keyof typeof slots, most: number, key: string) =>
      !slots[kind].has(key) && slots[kind].size < most && slots[kind].add(key) !== undefined
    let sum = 0
    for (let index = this.#days.length - 1; index >= 0; index--) {
      const { day, total, newest } = this.#days[index]!
      const month = daily + weekly + monthly === 0 ? '' : new Date(day * DAY).toISOString().slice(0, 7)
      // Each takes its slot, whether or not another keeps it already. Day 4 was a Monday.
      const slot = [
        takes('daily', daily, String(day)),
        takes('weekly', weekly, String(Math.floor((day - 4) / 7))),
        takes('monthly', monthly, month),
      ].includes(true)
      if (today - day <= days) sum += total
      else if (slot || this.#days.length - index <= ALWAYS) sum += newest
    }
    return sum
  }
}

/** Backups a day, from the gaps between the last ones; one where there is only one. */
function perDay(samples: readonly Sample[]): number {
  const times = samples
    .map(({ at }) => at.getTime())
    .toSorted((a, b) => a - b)
    .slice(-15)
  const gaps = times.slice(1).map((time, index) => time - times[index]!)
  return gaps.length === 0 ? 1 : DAY / Math.max(median(gaps), 60_000)
}

/** A straight line through the sizes that single outliers don't bend: the median of all slopes between two days. Source: Theil and Sen. */
function trend(days: readonly [day: number, bytes: number][]): (day: number) => number {
  const slopes = days.flatMap(([x1, y1], index) => days.slice(index + 1).map(([x2, y2]) => (y2 - y1) / (x2 - x1)))
  const slope = slopes.length === 0 ? 0 : median(slopes)
  const start = median(days.map(([x, y]) => y - slope * x))
  return (day) => Math.max(0, start + slope * day)
}

/** The middle one; of an even number the mean of both. Throws a RangeError for none. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError('the median of nothing')
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const DAY = 86_400_000
/** Sizes older than this say little about the next months. */
const TREND_DAYS = 56
/** A trend needs sizes of so many days, over at least so many days. */
const LEAST_DAYS = 4
const LEAST_SPAN = 6
/** Nobody plans further than three years. */
const HORIZON = 1095

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
  const today = Math.floor(now.getTime() / DAY)
  if (free === null || !all.some(({ samples }) => isKnown(recent(daysOf(samples), today)))) return null
  const places = all.filter(({ samples }) => samples.length > 0).map((series) => new Place(series, today))
  const start = places.reduce((sum, place) => sum + place.bytes(today), 0)
  for (let day = today + 1; day <= today + HORIZON; day++) {
    for (const place of places) place.add(day)
    if (places.reduce((sum, place) => sum + place.bytes(day), 0) - start > free)
      return new Date(now.getTime() + (day - today) * DAY)
  }
  return null
}

const recent = (days: readonly Day[], today: number) => days.filter(([day]) => day > today - TREND_DAYS)

function isKnown(days: readonly Day[]): boolean {
  return days.length >= LEAST_DAYS && days.at(-1)![0] - days[0]![0] >= LEAST_SPAN
}

/** Days since 1970. */
type Day = [day: number, bytes: number]

/** The newest copy's size of each day. */
function daysOf(samples: readonly Sample[]): Day[] {
  const sorted = samples.toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return [...new Map(sorted.map(({ at, bytes }) => [Math.floor(at.getTime() / DAY), bytes]))]
}

interface Night {
  day: number
  /** Numbers of its week, from Monday on, and of its month. */
  week: number
  month: number
  /** Bytes of all its copies, and of the newest. */
  total: number
  newest: number
}

function nightOf(day: number, total: number, newest: number): Night {
  const date = new Date(day * DAY)
  // Day 4 was a Monday.
  return { day, week: Math.floor((day - 4) / 7), month: date.getUTCFullYear() * 12 + date.getUTCMonth(), total, newest }
}

/** The copies of a project, day by day, as they will be. */
class Place {
  /** Oldest first. */
  readonly #days: Night[]
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
    this.#days = days.map(([day, newest]) => nightOf(day, total.get(day) ?? 0, newest))
    this.#retention = retention
    const last = recent(days, today)
    this.#size = isKnown(last) ? trend(last) : () => days.at(-1)![1]
    this.#perDay = perDay(samples)
  }

  add(day: number): void {
    const newest = this.#size(day)
    this.#days.push(nightOf(day, newest * this.#perDay, newest))
  }

  /** What lies there on that day, once what is old then has gone. */
  bytes(today: number): number {
    const { days, daily, weekly, monthly } = this.#retention
    const slots = [new Slots(daily), new Slots(weekly), new Slots(monthly)] as const
    let sum = 0
    for (let index = this.#days.length - 1; index >= 0; index--) {
      const { day, week, month, total, newest } = this.#days[index]!
      const isYoung = today - day <= days
      if (!isYoung && slots.every((kind) => kind.isFull)) break
      // Each takes its slot, whether or not another keeps it already.
      const isKept = [slots[0].take(day), slots[1].take(week), slots[2].take(month)].includes(true)
      sum += isYoung ? total : isKept ? newest : 0
    }
    return sum
  }
}

/** The newest copy of each of the last so many days, weeks or months. */
class Slots {
  readonly #most: number
  #last: number | undefined
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#taken >= this.#most
  }

  /** Called with the newest first. */
  take(key: number): boolean {
    if (this.isFull || key === this.#last) return false
    this.#last = key
    this.#taken += 1
    return true
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
function trend(days: readonly Day[]): (day: number) => number {
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

/** Files by their path in the folder of backups, each with its checksum. */
export type Files = ReadonlyMap<string, string>

/** The newest backups stay however old. */
export const KEPT = 3
/** A backup is complete with these, by what follows the dump's name. */
export const BESIDE = ['', '.sha256', '.manifest.json']

/** The newest complete copy, by the path of its dump. */
export function newest(files: Files): string {
  const complete = [...files.keys()].filter((path) => path.endsWith('.sql.gz') && files.has(`${path}.manifest.json`))
  return complete.toSorted((a, b) => name(b).localeCompare(name(a)))[0] ?? ''
}
const name = (path: string) => path.replace(/^.*\//, '')

const PARTS =
  /^(?<dump>(?:.*\/)?backup_(?<database>.*)_(?<day>\d{8})_(?<time>\d{6})\.sql\.gz)(?<end>|\.sha256|\.manifest\.json|\.globals\.sql|\.proof-\d{8}_\d{6}\.json)$/

/** Before this year are the old backups that a bench begins with; no run brought them to the box. */
const SEEDED = '2021'

/**
 * The files that a run removes as old, which made the backup `made`: those of more than `days` before the newest one on the box before it (else
 * before itself), but for the newest three backups. What is dated more than a day after it is left out of everything.
 */
export function prunable(files: Files, made: string, days: number): Set<string> {
  const own = PARTS.exec(made)?.groups
  if (own === undefined) return new Set()
  const backups = new Map<string, { time: string; paths: string[] }>([[own['dump'] ?? '', { time: stamp(own), paths: [] }]])
  for (const path of files.keys()) {
    const groups = PARTS.exec(path)?.groups
    if (groups === undefined || groups['database'] !== own['database']) continue
    const dump = groups['dump'] ?? ''
    const backup = backups.get(dump) ?? { time: stamp(groups), paths: [] }
    backup.paths.push(path)
    backups.set(dump, backup)
  }
  const complete = ([dump]: [string, unknown]) => dump === own['dump'] || BESIDE.every((end) => files.has(dump + end))
  const now = moment(stamp(own))
  const sorted = [...backups]
    .filter(([, { time }]) => moment(time) <= now + 86_400_000)
    .toSorted(([, a], [, b]) => b.time.localeCompare(a.time))
  const stay = new Set(
    sorted
      .filter(complete)
      .slice(0, KEPT)
      .map(([dump]) => dump),
  )
  const before = sorted.find((one) => one[0] !== own['dump'] && complete(one) && one[1].time >= SEEDED)
  const limit = (before === undefined ? now : moment(before[1].time)) - days * 86_400_000
  return new Set(sorted.filter(([dump, { time }]) => !stay.has(dump) && moment(time) < limit).flatMap(([, { paths }]) => paths))
}

const stamp = (groups: Record<string, string>) => `${groups['day']}${groups['time']}`
const moment = (time: string) => Date.parse(time.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'))

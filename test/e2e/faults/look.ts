import { must } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'

/** Files by their path in the folder of backups, each with its checksum. */
export type Files = ReadonlyMap<string, string>

/** What there is of backups, on the host and on the box. */
export interface Found {
  host: Files
  box: Files
}

const NEWEST = 3
const DAYS = [1, 2, 3, 4]
const BESIDE = ['', '.sha256', '.manifest.json']
/** Backups of long ago, which a good run prunes. */
export const old = (database: string) => DAYS.map((day) => `backup_${database}_2020010${day}_030000.sql.gz`)

const LIST = String.raw`find . -type f ! -name '.*' ! -path './.*' ! -name 'status_*.json' ! -name RESTORE.md -exec sha256sum {} +`
const parse = (text: string): Files =>
  new Map([...text.matchAll(/^([0-9a-f]{64}) {2}\.\/(.*)$/gm)].map(([, hash = '', path = '']) => [path, hash]))

/** Looks at both at the same time; `change` runs before that, each in its folder. */
export async function look(ground: Ground, change = { host: 'true', box: 'true' }): Promise<Found> {
  const [host, box] = await Promise.all([
    ground.project.host(`cd ${ground.project.backups} && { ${change.host}\n} && ${LIST}`),
    ground.box(`${change.box}\n${LIST}`),
  ])
  return { host: parse(must(host).stdout), box: parse(must(box).stdout) }
}

/** Removes all but the newest backups, adds the old ones where a run is to prune them, and looks. */
export function seed(ground: Ground, withOld: boolean): Promise<Found> {
  const { database } = ground.place
  const keep = withOld ? NEWEST : 1
  const thin = (list: string) =>
    `${list} | sort -r | tail -n +${keep + 1} | while read -r name; do find . -name "$name*" -exec rm -f {} +; done`
  const names = `find . -name 'backup_${database}_2*.sql.gz' -printf '%f\\n'`
  const files = (folder: (n: number) => string) =>
    old(database).flatMap((name, n) => BESIDE.map((end) => `${folder(n)}${name}${end}`))
  const day = (n: number) => `2020/01/0${DAYS[n]}/`
  return look(ground, {
    host: withOld
      ? `${thin(names)}; touch ${files(() => '').join(' ')}; truncate -s 700K ${old(database).join(' ')}`
      : thin(names),
    box: withOld
      ? `${thin(names)}; mkdir -p ${DAYS.map((_, n) => day(n)).join(' ')}; touch ${files(day).join(' ')}; chown -R --reference=. .`
      : thin(names),
  })
}

/** The newest complete copy, by the path of its dump. */
export function newest(files: Files): string {
  const complete = [...files.keys()].filter((path) => path.endsWith('.sql.gz') && files.has(`${path}.manifest.json`))
  return complete.toSorted((a, b) => name(b).localeCompare(name(a)))[0] ?? ''
}
const name = (path: string) => path.replace(/^.*\//, '')

const PARTS =
  /^(?<dump>(?:.*\/)?backup_(?<database>.*)_(?<day>\d{8})_(?<time>\d{6})\.sql\.gz)(?<end>|\.sha256|\.manifest\.json|\.globals\.sql|\.proof-\d{8}_\d{6}\.json)$/

/** The files that a run removes as old, which made the backup `made`: those of more than `days` before it, but for the newest three backups. */
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
  const sorted = [...backups].toSorted(([, a], [, b]) => b.time.localeCompare(a.time))
  const stay = new Set(
    sorted
      .filter(complete)
      .slice(0, NEWEST)
      .map(([dump]) => dump),
  )
  const limit = moment(stamp(own)) - days * 86_400_000
  return new Set(sorted.filter(([dump, { time }]) => !stay.has(dump) && moment(time) < limit).flatMap(([, { paths }]) => paths))
}

const stamp = (groups: Record<string, string>) => `${groups['day']}${groups['time']}`
const moment = (time: string) => Date.parse(time.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'))

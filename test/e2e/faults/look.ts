import { BESIDE, KEPT } from '../../faults/files.ts'
import type { Files } from '../../faults/files.ts'
import { must } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'

/** What there is of backups, on the host and on the box. */
export interface Found {
  host: Files
  box: Files
}

const DAYS = [1, 2, 3, 4]
/** Backups of long ago, which a good run prunes. */
export const old = (database: string) => DAYS.map((day) => `backup_${database}_2020010${day}_030000.sql.gz`)

const LIST = String.raw`find . -type f ! -name '.*' ! -path './.*' ! -name 'status_*.json*' ! -name 'ledger_*.jsonl' ! -name OWNER.json ! -name RESTORE.md -exec sha256sum {} +`
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

/** Removes all but the newest backups, adds the old ones where a run is to prune them, as the host's own, and looks. */
export function seed(ground: Ground, withOld: boolean): Promise<Found> {
  const { database } = ground.place
  const keep = withOld ? KEPT : 1
  const thin = (list: string) =>
    `${list} | sort -r | tail -n +${keep + 1} | while read -r name; do find . -name "$name*" -exec rm -f {} +; done`
  const names = `find . -name 'backup_${database}_2*.sql.gz' -printf '%f\\n'`
  const files = (folder: (n: number) => string) =>
    old(database).flatMap((name, n) => BESIDE.map((end) => `${folder(n)}${name}${end}`))
  const day = (n: number) => `2020/01/0${DAYS[n]}/`
  return look(ground, {
    host: withOld
      ? `${thin(names)}; touch ${files(() => '').join(' ')}; truncate -s 700K ${old(database).join(' ')}; ${ground.project.ledger(old(database))}`
      : thin(names),
    box: withOld
      ? `${thin(names)}; mkdir -p ${DAYS.map((_, n) => day(n)).join(' ')}; touch ${files(day).join(' ')}; chown -R --reference=. .`
      : thin(names),
  })
}

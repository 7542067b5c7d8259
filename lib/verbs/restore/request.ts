import { MOST_BOXES } from '../../inventory/backup-schema.ts'
import { BACKUP_NAME } from '../../inventory/backup-name.ts'
import { UsageError } from '../../run/usage.ts'
import { flag, integer, text, texts } from '../../run/option.ts'
import type { ValuesOf } from '../../run/option.ts'
import type { RunOptions } from '../../run/run.ts'

export const OPTIONS = {
  into: text('DATABASE', "for real, into a database that isn't there yet"),
  replace: flag('with --into: the restored one takes the name of the one that is there, which is kept under another name'),
  table: text(
    'NAME',
    `only this table's rows, into a new schema beside the live ones; prints the SQL that brings a dropped table back to its place with all that fell with it, or adds missing rows to the live one; a name with quotes as in SQL: '"My s"."t.1"'`,
  ),
  dropOld: flag('drop what --replace kept'),
  at: text('TIME', 'the newest backup not later than this day or time (UTC), such as 2026-01-31 or 2026-01-31T03:00'),
  name: text(
    'NAME',
    "one project's backup of this file name; also one that is dated more than a day ahead, which is never the newest",
    (name) => (BACKUP_NAME.test(name) ? undefined : "a backup's file name, such as backup_onquota_db_20260131_030000.sql.gz"),
  ),
  tablespace: texts(
    'OLD=NEW',
    'the things that the backup has in one tablespace go into another; may be given more than once',
    (move) => (/^[^=]+=[\s\S]+$/.test(move) ? undefined : 'OLD=NEW, such as fast=pg_default'),
  ),
  local: flag('the copy on the host, where the box is away'),
  box: integer('N', [1, MOST_BOXES], "the project's N-th box instead of its first"),
  on: text('HOST', 'the drill on another host of the inventory'),
  trustBox: flag(
    'one project: take this one copy although nothing proves who made it. What lies on the box could have been put there by whoever has its credential, with a checksum and a manifest that fit; its SQL runs on the host, and its data becomes yours. Look at the file first, and compare it with a copy that never lay on the box if you have one',
  ),
  yes: text('DATABASE', 'confirms what is done for real; else the name is asked for'),
} as const

export type RestoreOptions = RunOptions & ValuesOf<typeof OPTIONS>

/** Throws a UsageError for options that don't go together. */
export function checkRestoreOptions(options: RestoreOptions): void {
  const {
    into,
    replace = false,
    table,
    dropOld = false,
    at,
    name,
    on,
    trustBox = false,
    tablespace = [],
    projects = [],
  } = options
  const forReal = into !== undefined || table !== undefined || dropOld
  if ([into !== undefined, table !== undefined, dropOld].filter(Boolean).length > 1)
    throw new UsageError('one of --into, --table and --drop-old at a time')
  if (replace && into === undefined)
    throw new UsageError('--replace goes with --into DATABASE: it takes the name of the database that is there')
  if (forReal && projects.length !== 1) throw new UsageError('what is restored for real takes one project; name it')
  if (forReal && on !== undefined)
    throw new UsageError('--on is for drills: what is restored for real goes to the host that the inventory names')
  if (dropOld && at !== undefined) throw new UsageError('--at does not go with --drop-old')
  if (name !== undefined && (at !== undefined || dropOld))
    throw new UsageError('--name asks for one backup: it goes with neither --at nor --drop-old')
  if (name !== undefined && projects.length !== 1) throw new UsageError('--name takes one project: the one whose backup it is')
  if (tablespace.length > 0 && dropOld) throw new UsageError('--tablespace does not go with --drop-old, which restores nothing')
  if (trustBox && dropOld) throw new UsageError('--trust-box does not go with --drop-old, which restores nothing')
  if (trustBox && projects.length !== 1)
    throw new UsageError('--trust-box takes one project: look at its folder on the box first, then name it')
  if (at !== undefined) checkTime(at)
}

const TIME = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T _](\d\d):?(\d\d)(?::?(\d\d))?Z?)?$/

/** A day or a time that a calendar and a clock can show. */
function checkTime(at: string): void {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = TIME.exec(at) ?? []
  if (year === undefined)
    throw new UsageError(`--at needs a day or a time in UTC, such as 2026-01-31 or 2026-01-31T03:00, not ${JSON.stringify(at)}`)
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const date = new Date(`${iso}Z`)
  // JavaScript takes February 30 for March 2.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== iso)
    throw new UsageError(`--at: there is no such day or time as ${at}`)
}

/** What is done for real is confirmed by the database's name, typed or with --yes. Throws a UsageError when it isn't. */
export async function confirmRestore(options: RestoreOptions, database: string): Promise<void> {
  const { into, replace = false, dropOld = false, yes, ask } = options
  const target = into ?? (dropOld ? database : undefined)
  if (target === undefined) return
  const what = dropOld
    ? `This drops every database that an earlier --replace kept of ${target}.`
    : replace
      ? `This puts a backup in the place of ${target}. What is there now is kept under another name; what was written since the backup is only there.`
      : `This makes the database ${target} from a backup.`
  const typed = yes ?? (await ask?.(`${what}\nType the database's name to go on: `, false))
  if (typed === target) return
  const way = `--yes ${target} confirms it`
  throw new UsageError(
    typed === undefined
      ? `nobody is there to confirm; ${way}`
      : `not confirmed: ${JSON.stringify(typed)} is not ${target}; ${way}`,
  )
}

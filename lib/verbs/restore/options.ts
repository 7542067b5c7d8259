import { BACKUP_NAME } from '../../inventory/backup-name.ts'
import { UsageError } from '../../run/usage.ts'
import type { RestoreRequest } from '../../steps/backup/restore-command.ts'
import type { RunOptions } from '../../run/run.ts'

/** What is to be restored; all left out: a drill of the newest backup of each project. */
export interface RestoreOptions extends RunOptions, RestoreRequest {
  /** A drill on this host instead of the project's own. */
  on?: string | undefined
  /** The name that confirms what is done for real. */
  yes?: string | undefined
  /** Asks a person; left out where none is there. Gives what was typed. */
  ask?: ((question: string, hidden: boolean) => Promise<string>) | undefined
}

/** Throws a UsageError for options that don't go together. */
export function checkRestoreOptions(options: RestoreOptions): void {
  const { into, replace = false, table, dropOld = false, at, name, on, trustBox = false, tablespaces = [], projects } = options
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
  if (name !== undefined && !BACKUP_NAME.test(name))
    throw new UsageError(
      `--name needs a backup's file name, such as backup_onquota_db_20260131_030000.sql.gz, not ${JSON.stringify(name)}`,
    )
  for (const one of tablespaces)
    if (!/^[^=]+=[\s\S]+$/.test(one))
      throw new UsageError(`--tablespace needs OLD=NEW, such as fast=pg_default, not ${JSON.stringify(one)}`)
  if (tablespaces.length > 0 && dropOld) throw new UsageError('--tablespace does not go with --drop-old, which restores nothing')
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
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const date = new Date(`${text}Z`)
  // JavaScript takes February 30 for March 2.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== text)
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

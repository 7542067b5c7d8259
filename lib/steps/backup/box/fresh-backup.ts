import { Cron } from 'croner'
import { step } from '../../../engine/step.ts'
import type { Change, Step } from '../../../engine/step.ts'
import { duration } from '../../../format/units.ts'
import type { Backup } from '../../../inventory/index.ts'
import { ledgerFact } from '../ledger-fact.ts'
import type { Ledger } from '../ledger-fact.ts'
import { finishedOf, isAhead } from '../known.ts'
import { backupStatusFact } from '../first-backup.ts'
import { zoneFact } from '../on-host.ts'
import { newestOf } from './listing.ts'
import type { Listing } from './listing.ts'
import { placeOf } from './look.ts'
import type { BoxFact, BoxLook } from './look.ts'

/** A run may take as long as this before its backup counts as missing. */
const GRACE_HOURS = 3

/** Clocks differ; a name that lies further in the future would count as fresh for too long. */
const AHEAD_MS = 3_600_000

/**
 * The newest backup on each box is from the last time that the schedule asked for one. The box is right, whatever the host says; but only what the
 * host's ledger knows counts: anything else may have been put there by somebody. A box that could not be looked at is told elsewhere.
 */
export function freshBackupStep(
  project: string,
  backup: Backup,
  { box, now = () => new Date() }: { box: BoxFact; now?: () => Date },
): Step {
  return step({
    project,
    name: 'fresh-backup',
    needs: ['package', 'script', 'config', 'known-host', 'box-copy'],
    facts: { status: backupStatusFact(project), ledger: ledgerFact(project), box, zone: zoneFact() },
    plan({ status, ledger: known, box: looks, zone }) {
      const isNone = looks.every((look) => look.error !== null || newestBackup(look.listing, known, now()) === undefined)
      if (isNone && status?.newest == null) return { unknown: 'once the first backup is made' }
      const limit = oldestAllowed(backup.schedule, zone ?? 'UTC', now())
      return looks.flatMap((look) =>
        look.error === null ? boxChanges(project, look, placeOf(look, looks), { known, limit, now: now() }) : [],
      )
    },
    note: ({ box: looks, ledger: known }) =>
      looks
        .map((look) => (look.error === null ? (newestBackup(look.listing, known, now())?.name ?? 'none') : 'not known'))
        .join('; '),
  })
}

function boxChanges(
  project: string,
  { listing }: Extract<BoxLook, { error: null }>,
  place: string,
  { known, limit, now }: { known: Ledger | null; limit: Date; now: Date },
): Change[] {
  const what = `newest backup of ${project}${place === 'the box' ? '' : ` on ${place}`}`
  const next = ['backup', project]
  const help = 'look into the log in /var/log/postgres-backup, then run it again'
  const newest = newestBackup(listing, known, now)
  const ahead = listing.copies.map((copy) => copy.name).filter((name) => known?.made.has(name) === true && isAhead(name, now))
  if (newest !== undefined && newest.finished.getTime() - now.getTime() > AHEAD_MS) ahead.push(newest.name)
  const changes = ahead.slice(0, 1).map((name): Change => ({
    what: `time of ${name}`,
    from: 'in the future',
    to: 'past',
    text: `${name} lies in the future: is the host's clock right?`,
    help: 'compare the clock with another (timedatectl); a copy that is dated ahead is never taken for the newest',
    next: ['verify', project],
  }))
  if (newest === undefined)
    return [...changes, { what, from: null, to: 'there', text: `there is no backup on ${place}`, help, next }]
  if (newest.finished >= limit) return changes
  const suspect = newerSuspect(newest.name, known)
  const age = duration((now.getTime() - newest.finished.getTime()) / 1000, 1)
  return [
    ...changes,
    {
      what,
      from: `of ${seconds(newest.finished)}${suspect}`,
      to: `not older than ${limit.toISOString()}`,
      text: `the newest on ${place} is ${age} old; one was due at ${minute(limit)}${suspect}`,
      help,
      next,
    },
  ]
}

interface Newest {
  name: string
  finished: Date
}

/** The newest on a box, with its time. */
function newestBackup(listing: Listing, ledger: Ledger | null, now: Date): Newest | undefined {
  const name = newestOf(listing, ledger, now)?.name
  const finished = name === undefined ? undefined : finishedOf(name, ledger)
  return name === undefined || finished === undefined ? undefined : { name, finished }
}

/** Of a later one that does not count, why. */
function newerSuspect(newest: string, ledger: Ledger | null): string {
  const suspect = [...(ledger?.suspects ?? [])].findLast(([name]) => name > newest)
  return suspect === undefined ? '' : `; ${suspect[0]} does not count: ${suspect[1]}`
}

const minute = (date: Date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
const seconds = (date: Date) => date.toISOString().replace('.000Z', 'Z')

/** The schedule's last time that is past by more than the grace, less the same grace for clocks that differ. */
export function oldestAllowed(schedule: string, timezone: string, now: Date): Date {
  const due = new Date(now.getTime() - GRACE_HOURS * 3_600_000)
  const [last] = new Cron(schedule, { timezone }).previousRuns(1, due)
  return new Date((last ?? due).getTime() - 60_000)
}

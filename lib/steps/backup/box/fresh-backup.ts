import { Cron } from 'croner'
import { step } from '../../../engine/step.ts'
import type { Step } from '../../../engine/step.ts'
import type { Backup } from '../../../inventory/index.ts'
import { ledgerFact } from '../ledger-fact.ts'
import type { Ledger } from '../ledger-fact.ts'
import { finishedOf } from '../known.ts'
import { zoneFact } from '../on-host.ts'
import { backupStatusFact } from '../first-backup.ts'
import { newestOf } from './listing.ts'
import type { BoxFact, BoxLook } from './look.ts'

/** A run may take as long as this before its backup counts as missing. */
const GRACE_HOURS = 3

/**
 * The newest backup on the boxes is from the last time that the schedule asked for one, and the last run did not fail. Only what the host's
 * ledger knows counts, where there is one: anything else may have been put on a box by somebody.
 */
export function freshBackupStep(
  project: string,
  backup: Backup,
  {
    box,
    ledger = ledgerFact(project),
    now = () => new Date(),
  }: { box: BoxFact; ledger?: ReturnType<typeof ledgerFact>; now?: () => Date },
): Step {
  return step({
    project,
    name: 'fresh-backup',
    needs: ['package', 'script', 'config', 'known-host'],
    facts: {
      status: backupStatusFact(project),
      ledger,
      box,
      zone: zoneFact(),
    },
    plan({ status, ledger: known, box: found, zone }) {
      const next = ['backup', project]
      const help = 'look into the log in /var/log/postgres-backup, then run it again'
      const newest = newestBackup(found, known, now())
      if (newest === undefined) return [{ what: `newest backup of ${project}`, from: null, to: 'there', help, next }]
      const limit = oldestAllowed(backup.schedule, zone ?? 'UTC', now())
      if (newest.finished < limit) {
        return [
          {
            what: `newest backup of ${project}`,
            from: `of ${seconds(newest.finished)}${newerSuspect(newest.name, known)}`,
            to: `not older than ${limit.toISOString()}`,
            help,
            next,
          },
        ]
      }
      if (status?.ok === false) {
        return [
          {
            what: `last backup run of ${project}`,
            from: `failed at ${status.stage}: ${status.error ?? 'no reason given'}`,
            to: 'ok',
            help,
            next,
          },
        ]
      }
      return []
    },
    note: ({ status }) =>
      status?.newest == null ? 'none' : `${status.newest.name}, ${status.newest.bytes} bytes, ${status.newest.grade}`,
  })
}

interface Newest {
  name: string
  finished: Date
}

/** The newest on any of the boxes, with its time: the box is right, whatever the host says of its own. */
function newestBackup(looks: readonly BoxLook[], ledger: Ledger | null, now: Date): Newest | undefined {
  return looks
    .flatMap((look) => (look.error === null ? (newestOf(look.listing, ledger, now)?.name ?? []) : []))
    .flatMap((name): Newest[] => {
      const finished = finishedOf(name, ledger)
      return finished === undefined ? [] : [{ name, finished }]
    })
    .toSorted((a, b) => a.finished.getTime() - b.finished.getTime())
    .at(-1)
}

/** Of a later one that does not count, why. */
function newerSuspect(newest: string, ledger: Ledger | null): string {
  const suspect = [...(ledger?.suspects ?? [])].findLast(([name]) => name > newest)
  return suspect === undefined ? '' : `; ${suspect[0]} does not count: ${suspect[1]}`
}

const seconds = (date: Date) => date.toISOString().replace('.000Z', 'Z')

/** The schedule's last time that is past by more than the grace, less the same grace for clocks that differ. */
export function oldestAllowed(schedule: string, timezone: string, now: Date): Date {
  const due = new Date(now.getTime() - GRACE_HOURS * 3_600_000)
  const [last] = new Cron(schedule, { timezone }).previousRuns(1, due)
  return new Date((last ?? due).getTime() - 60_000)
}

import { Cron } from 'croner'
import { z } from 'zod'
import { textFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Step } from '../engine/step.ts'
import type { Backup } from '../inventory/index.ts'
import { sh } from '../shell.ts'
import { backupStatusFact } from '../steps/first-backup.ts'

/** A run may take as long as this before its backup counts as missing. */
const GRACE_HOURS = 3

/** The newest good backup is from the last time that the schedule asked for one, and the last run did not fail. */
export function freshBackupStep(project: string, backup: Backup, now: () => Date = () => new Date()): Step {
  return step({
    project,
    name: 'fresh-backup',
    needs: ['script', 'config'],
    facts: {
      status: backupStatusFact(project),
      // cron goes by the host's own time.
      zone: textFact(
        z.string().trim().nullable(),
        sh`z=$(readlink /etc/localtime) || exit 0; case $z in */zoneinfo/*) printf '%s' "\${z#*/zoneinfo/}";; esac`,
      ),
    },
    plan({ status, zone }) {
      const help = `look into the log in /var/log/postgres-backup, then run: npx zx tasks/backup.mjs ${project}`
      const finished = status?.newest?.finishedAt
      if (finished === undefined) return [{ what: `newest backup of ${project}`, from: null, to: 'there', help }]
      const limit = oldestAllowed(backup.schedule, zone ?? 'UTC', now())
      if (new Date(finished) < limit) {
        return [
          { what: `newest backup of ${project}`, from: `of ${finished}`, to: `not older than ${limit.toISOString()}`, help },
        ]
      }
      if (status?.ok === false) {
        return [
          {
            what: `last backup run of ${project}`,
            from: `failed at ${status.stage}: ${status.error ?? 'no reason given'}`,
            to: 'ok',
            help,
          },
        ]
      }
      return []
    },
    note: ({ status }) =>
      status?.newest == null ? 'none' : `${status.newest.name}, ${status.newest.bytes} bytes, ${status.newest.grade}`,
  })
}

/** The schedule's last time that is past by more than the grace, less the same grace for clocks that differ. */
export function oldestAllowed(schedule: string, timezone: string, now: Date): Date {
  const due = new Date(now.getTime() - GRACE_HOURS * 3_600_000)
  const [last] = new Cron(schedule, { timezone }).previousRuns(1, due)
  return new Date((last ?? due).getTime() - 60_000)
}

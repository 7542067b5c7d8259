import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'
import { KEPT } from '../common/kept.ts'
import { places } from '../backup/places.ts'
import { NOT_A_BACKUP, findSecondBackup } from './second-backup.ts'
import type { Finding } from './second-backup.ts'
import type { Schedule, SchedulesFact } from '../backup/schedules.ts'
import { takeOver } from '../backup/take-over.ts'

const databasesFact = sqlFact(
  'postgres',
  z.array(z.string()).nullable(),
  sql`SELECT json_agg(datname) FROM pg_database WHERE NOT datistemplate`,
)

/**
 * Whatever else starts a backup of this database: what was set up by hand before. What certainly does, and does nothing else, is taken
 * over; of the rest a person decides, and nothing waits for that.
 */
export function otherSchedulesStep({ host, project }: Context, schedules: SchedulesFact): Step {
  const { script, cron } = places(project.name)
  const database = project.database.name
  return step({
    project: project.name,
    name: 'other-schedules',
    // Ours is there before another goes.
    needs: ['server', 'cron'],
    facts: { schedules, databases: databasesFact },
    plan({ schedules: all, databases }) {
      const own = { database, script, port: host.postgresql.port, databases: databases ?? [] }
      const found = all.flatMap((job) => {
        const finding = findSecondBackup(job, own)
        // Another inventory may have put it there.
        const isManaged = job.path.startsWith('/etc/cron.d/bitacora-')
        return finding === undefined ? [] : [{ job, finding: isManaged ? { ...finding, certain: false } : finding }]
      })
      const certain = Map.groupBy(
        found.filter(({ finding }) => finding.certain),
        ({ job }) => job.path,
      )
      return [
        ...[...certain.values()].map((some) => taken(some, script, cron)),
        ...found.filter(({ finding }) => !finding.certain).map((one) => reported(one, database, cron)),
      ]
    },
  })
}

interface Found {
  job: Schedule
  finding: Finding
}

function taken(found: readonly Found[], script: string, cron: string): Change {
  const jobs = found.map(({ job }) => job)
  const reasons = [...new Set(found.map(({ finding }) => finding.why))].join('; ')
  return {
    what: `${titleOf(jobs[0]!)}:`,
    from: placeOf(jobs),
    to: 'taken over',
    help: `it ${reasons}; ${cron} does that. What was there is kept in ${KEPT}`,
    run: takeOver(jobs, script),
  }
}

function reported({ job, finding }: Found, database: string, cron: string): Change {
  const where = job.line === 0 ? 'in it, as a comment' : 'above the line'
  return {
    what: `${titleOf(job)}:`,
    from: `${placeOf([job])} ${finding.why}`,
    to: `no second backup of ${database}`,
    help: `if it backs up ${database}, remove it, since ${cron} does that; if not, write ${where}: ${NOT_A_BACKUP}`,
  }
}

function titleOf({ kind, path, user }: Schedule): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const title = {
    crontab: `crontab of ${user}`,
    'system crontab': path,
    anacrontab: path,
    script: path,
    timer: `timer ${name}`,
    'user timer': `timer ${name} of ${user}`,
  }[kind]
  // A user chooses the names of their units.
  return title.replaceAll(/\p{C}/gu, '?')
}

function placeOf(jobs: readonly Schedule[]): string {
  const [{ kind, line }] = jobs as [Schedule]
  if (line === 0) return kind === 'script' ? 'the script' : 'enabled'
  return jobs.length === 1 ? `line ${line}` : `lines ${jobs.map((job) => job.line).join(', ')}`
}

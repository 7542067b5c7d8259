import { psqlApply, sql, sqlFact, step } from 'bitacora'
import type { OwnSteps } from 'bitacora'
import { z } from 'zod'

/** A job of pg_cron, which runs `command` in the project's database as its owner. pg_cron itself is installed by a person: it needs a restart. */
export const cronJob =
  (job: { name: string; schedule: string; command: string }): OwnSteps =>
  ({ name: project, database }, { host }) => [
    step({
      project,
      name: `cron-job-${job.name}`,
      needs: ['database'],
      facts: {
        installed: sqlFact(
          'postgres',
          z.boolean(),
          sql`SELECT to_json(EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron'))`,
        ),
        found: sqlFact(
          'postgres',
          z.object({ schedule: z.string(), command: z.string(), database: z.string(), username: z.string() }).nullable(),
          sql`SELECT row_to_json(j) FROM (SELECT schedule, command, database, username FROM cron.job WHERE jobname = ${job.name}) j`,
          // undefined_table: there is no pg_cron yet.
          ['42P01'],
        ),
      },
      plan({ installed, found }) {
        const what = `cron job ${job.name}`
        if (!installed)
          return [
            {
              what,
              from: 'pg_cron is not installed',
              to: job.schedule,
              help: `apt install postgresql-15-cron, add pg_cron to shared_preload_libraries, restart PostgreSQL, then CREATE EXTENSION pg_cron in the database postgres`,
            },
          ]
        const wanted = { schedule: job.schedule, command: job.command, database: database.name, username: database.owner }
        if (JSON.stringify(found) === JSON.stringify(wanted)) return []
        const run = psqlApply(host.postgresql.port, 'postgres', [
          sql`SELECT cron.schedule_in_database(${job.name}, ${job.schedule}, ${job.command}, ${database.name}, ${database.owner})`,
        ])
        return [{ what, from: found?.schedule ?? null, to: job.schedule, run }]
      },
    }),
  ]

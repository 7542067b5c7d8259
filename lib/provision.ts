import { converge } from './engine/converge.ts'
import type { RunReport } from './report.ts'
import { run } from './run.ts'
import type { RunOptions } from './run.ts'
import { recipe } from './steps/index.ts'

/** Makes every selected project so; with `check` only says what differs. */
export function provision(options: RunOptions & { check: boolean; fromBackup?: boolean }): Promise<RunReport> {
  const { fromBackup = false } = options
  return run('provision', options.check, options, {
    flags: fromBackup ? ['--from-backup'] : [],
    identities: fromBackup,
    steps: ({ host, projects }) =>
      recipe(host, projects, { fromBackup }).map((step) => ({ project: step.project, step: step.name })),
    async run(group) {
      const steps = recipe(group.host, group.projects, { fromBackup })
      const connection = await group.connect()
      const reports = await converge(connection, steps, { ...group, port: group.host.postgresql.port, check: options.check })
      return { steps: reports, roundTrips: connection.roundTrips }
    },
  })
}

import { UsageError } from '../run/usage.ts'
import { converge } from '../engine/converge.ts'
import { ALL_SECRETS, SETUP_SECRETS } from '../inventory/index.ts'
import type { RunReport } from '../run/report/report.ts'
import { run } from '../run/run.ts'
import type { Group, RunOptions } from '../run/run.ts'
import { recipe } from '../steps/index.ts'
import { unsigned } from '../steps/backup/unsigned.ts'

export interface ProvisionOptions extends RunOptions {
  /** Only say what differs. */
  check: boolean
  /** An empty database gets its data from the newest backup, not from migrations. */
  fromBackup?: boolean | undefined
  /** With `fromBackup`, for one project: also from a backup that neither ledger nor signature proves to be ours. */
  trustBox?: boolean | undefined
}

/** Makes every selected project so; with `check` only says what differs. Throws a UsageError for options that don't go together. */
export async function provision(options: ProvisionOptions): Promise<RunReport> {
  const { check, fromBackup = false, trustBox = false, projects: names } = options
  if (trustBox && !fromBackup) throw new UsageError('--trust-box goes with --from-backup: it says which backups may be taken')
  if (trustBox && names.length !== 1) throw new UsageError('--trust-box takes one project: look at its folder on the box first')
  const steps = (group: Pick<Group, 'host' | 'projects'>) => recipe(group.host, group.projects, { fromBackup, trustBox })
  return run('provision', check ? 'look' : 'change', options, {
    flags: [...(check ? ['--check'] : []), ...(fromBackup ? ['--from-backup'] : []), ...(trustBox ? ['--trust-box'] : [])],
    strict: true,
    needs: fromBackup ? ALL_SECRETS : SETUP_SECRETS,
    warnings: unsigned,
    steps: (group) => steps(group).map((step) => ({ project: step.project, step: step.name })),
    async run(group) {
      const connection = await group.connect()
      const reports = await converge(connection, steps(group), { ...group, port: group.host.postgresql.port, check })
      return { steps: reports, roundTrips: connection.roundTrips }
    },
  })
}

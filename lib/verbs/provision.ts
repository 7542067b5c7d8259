import { converge } from '../engine/converge.ts'
import { flag } from '../run/option.ts'
import { run } from '../run/run.ts'
import type { Group } from '../run/run.ts'
import { UsageError } from '../run/usage.ts'
import { defineVerb } from '../run/verb.ts'
import { unsigned } from '../steps/backup/unsigned.ts'
import { recipe } from '../steps/index.ts'

const verb = defineVerb({
  name: 'provision',
  summary: 'makes hosts, databases, migrations and backups as the inventory says',
  usage: ['[PROJECT…] [--check] [--from-backup [--trust-box]]'],
  help: `Reads each host in one go, applies only what differs from the inventory, reads again; nothing to do means nothing is touched.
Exit 0: all is as the inventory says. 1: something failed, or a person must act. 2: with --check, something differs.`,
  options: {
    check: flag('only say what differs; change nothing'),
    fromBackup: flag(
      'an empty database gets its data from the newest backup on the box that holds, instead of migrations from zero: for a new server in the place of one that is lost',
    ),
    trustBox: flag(
      "with --from-backup and one project: also from a backup without a valid signature. Whoever has the box's credential could have put it there, and its SQL runs on this server: look at it first",
    ),
  },
  async run(options) {
    const { check = false, fromBackup = false, trustBox = false, projects = [] } = options
    if (trustBox && !fromBackup) throw new UsageError('--trust-box goes with --from-backup: it says which backups may be taken')
    if (trustBox && projects.length !== 1)
      throw new UsageError('--trust-box takes one project: look at its folder on the box first')
    const steps = (group: Pick<Group, 'host' | 'projects'>) => recipe(group.host, group.projects, { fromBackup, trustBox })
    return run('provision', check ? 'look' : 'change', options, {
      flags: [...(check ? ['--check'] : []), ...(fromBackup ? ['--from-backup'] : []), ...(trustBox ? ['--trust-box'] : [])],
      strict: true,
      needs: fromBackup ? ['setup', 'decrypt'] : ['setup'],
      warnings: unsigned,
      steps: (group) => steps(group).map((step) => ({ project: step.project, step: step.name })),
      async run(group) {
        const connection = await group.connect()
        const reports = await converge(connection, steps(group), { ...group, port: group.host.postgresql.port, check })
        return { steps: reports, roundTrips: connection.roundTrips }
      },
    })
  },
})
export default verb

/** Makes every selected project so; with `check` only says what differs. Throws a UsageError for options that don't go together. */
export const provision = verb.run
export type ProvisionOptions = Parameters<typeof provision>[0]

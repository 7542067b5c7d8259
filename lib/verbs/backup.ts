import { UsageError } from '../run/usage.ts'
import { NO_SECRETS } from '../inventory/index.ts'
import { remotePath } from '../inventory/paths.ts'
import type { StepReport } from '../engine/plan.ts'
import { lastLines } from '../text/lines.ts'
import type { Connection } from '../host/connection.ts'
import { ifInstalled } from '../steps/backup/installed.ts'
import { runHostScript, whyFailed } from '../run/host-script.ts'
import type { RunReport } from '../run/report/report.ts'
import { run } from '../run/run.ts'
import type { Group, RunOptions } from '../run/run.ts'
import { quote, sh } from '../text/sh.ts'
import type { Script } from '../text/sh.ts'
import type { Context } from '../steps/common/context.ts'
import { places } from '../steps/backup/places.ts'
import { forEachBackup, withBackup } from '../run/with-backup.ts'

const STEP = 'backup'

export interface BackupOptions extends RunOptions {
  /** Remove what is old now, as a run does at its end, instead of making a backup. */
  prune?: boolean | undefined
  /** Only with `prune`: say what would go and why. */
  check?: boolean | undefined
  /** Take the unusual size that holds pruning as right, instead of making a backup. */
  acknowledge?: boolean | undefined
  /** A dump on the host, by its absolute path, that becomes a backup of ours, instead of making one. */
  adopt?: string | undefined
  /** Take what lies on the first box into the host's ledger, as if made there, instead of making a backup. */
  adoptBox?: boolean | undefined
}

/** Runs the host's own backup script now, the one that cron runs, one project after the other, and shows its stages. */
export function backup(options: BackupOptions): Promise<RunReport> {
  const action = actionOf(options)
  return run('backup', action.looks ? 'look' : 'change', options, {
    flags: action.flags,
    needs: NO_SECRETS,
    steps: (group) => withBackup(group).map(({ context }) => ({ project: context.project.name, step: action.step })),
    run: (group) => forEachBackup(group, async (connection, { context }) => [await act(connection, context, action, group)]),
  })
}

/** What is asked of the script. */
interface Action {
  step: string
  flags: string[]
  change: (project: string) => { what: string; from: null; to: string }
  command: (script: string) => Script
  /** Seconds. */
  deadline: number
  /** It looks, and changes nothing. */
  looks: boolean
  /** All that it says is for the person, not only its last line. */
  tellsAll?: boolean
}

/** Throws a UsageError for options that don't go together. */
function actionOf({
  prune = false,
  check = false,
  acknowledge = false,
  adopt,
  adoptBox = false,
  projects,
}: BackupOptions): Action {
  if (acknowledge && projects.length !== 1)
    throw new UsageError('--acknowledge takes one project: look at its size first, then name it')
  if (prune && acknowledge) throw new UsageError('either --prune or --acknowledge, not both at once')
  if (adopt !== undefined) {
    if (prune || acknowledge) throw new UsageError('--adopt goes with neither --prune nor --acknowledge')
    if (projects.length !== 1) throw new UsageError('--adopt takes one project: the one whose database the dump holds; name it')
    if (!remotePath.safeParse(adopt).success)
      throw new UsageError(`--adopt needs ${remotePath.description}, not ${JSON.stringify(adopt)}`)
  }
  if (adoptBox) {
    if (prune || acknowledge || adopt !== undefined)
      throw new UsageError('--adopt-box goes with none of --prune, --acknowledge and --adopt')
    if (projects.length !== 1) throw new UsageError('--adopt-box takes one project: name it')
  }
  if (check && !prune) throw new UsageError('--check goes with --prune: it says what would be removed, and why')
  if (acknowledge)
    return {
      step: 'acknowledge',
      flags: ['--acknowledge'],
      change: (project) => ({ what: `size of ${project}`, from: null, to: 'taken as right' }),
      command: (script) => sh`${script} --acknowledge`,
      // Each box is listed.
      deadline: 3600,
      looks: false,
      tellsAll: true,
    }
  if (adopt !== undefined)
    return {
      step: 'adopt',
      flags: ['--adopt', quote(adopt)],
      change: (project) => ({ what: `${adopt} as a backup of ${project}`, from: null, to: 'recorded as dumped, not proven' }),
      command: (script) => sh`${script} --adopt ${adopt}`,
      deadline: 2 * 3600,
      looks: false,
    }
  if (adoptBox)
    return {
      step: 'adopt',
      flags: ['--adopt-box'],
      change: (project) => ({ what: `backups of ${project} on the box`, from: null, to: 'recorded as made by this host' }),
      command: (script) => sh`${script} --adopt-box`,
      deadline: 12 * 3600,
      looks: false,
    }
  if (prune)
    return {
      step: 'prune',
      flags: ['--prune', ...(check ? ['--check'] : [])],
      change: (project) => ({ what: `old backups of ${project}`, from: null, to: check ? 'listed' : 'removed' }),
      command: (script) => (check ? sh`${script} --prune --check` : sh`${script} --prune`),
      deadline: 2 * 3600,
      looks: check,
    }
  return {
    step: STEP,
    flags: [],
    change: (project) => ({ what: `backup of ${project}`, from: null, to: 'made, uploaded, and equal on the box' }),
    command: (script) => sh`${script}`,
    deadline: 12 * 3600,
    looks: false,
  }
}

async function act(connection: Connection, { project }: Context, action: Action, group: Group): Promise<StepReport> {
  const { script } = places(project.name)
  const change = action.change(project.name)
  const result = await runHostScript(
    connection,
    {
      key: `${project.name}/${action.step}`,
      change,
      command: ifInstalled(script, project.name, action.command(script)),
      deadline: action.deadline,
    },
    group,
  )
  const common = { project: project.name, step: action.step }
  if (result.status !== '0') return { ...common, status: 'failed', changes: [], error: whyFailed(result) }
  const note = action.looks || action.tellsAll === true ? result.out.trim() : lastLines(result.out, 1)
  const changes = action.looks ? [] : [{ ...change, seconds: result.seconds }]
  return { ...common, status: action.looks ? 'ok' : 'changed', changes, note }
}

import type { StepReport } from '../../engine/plan.ts'
import type { Connection } from '../../host/connection.ts'
import { ifInstalled } from '../../steps/backup/installed.ts'
import { runHostScript } from '../../run/host-script.ts'
import type { Backup, Purpose } from '../../inventory/index.ts'
import { loadInventory, select } from '../../inventory/index.ts'
import { run } from '../../run/run.ts'
import type { Group } from '../../run/run.ts'
import { Secret } from '../../text/secret.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import type { Context } from '../../steps/common/context.ts'
import { places } from '../../steps/backup/places.ts'
import { forEachBackup, withBackup } from '../../run/with-backup.ts'
import { restoreArguments, withIdentity } from '../../steps/backup/restore-command.ts'
import type { RestoreRequest } from '../../steps/backup/restore-command.ts'
import { defineVerb } from '../../run/verb.ts'
import { elsewhere } from './elsewhere.ts'
import { loginOnSignal } from './login.ts'
import { checkRestoreOptions, confirmRestore, OPTIONS } from './request.ts'
import type { RestoreOptions } from './request.ts'
import { outcome } from './outcome.ts'
import { proven, well } from './summary.ts'
import { checkTarget } from './target.ts'

export type { RestoreOptions } from './request.ts'
export type { RestoreProof } from './proof.ts'

const DEADLINE = 24 * 3600

const verb = defineVerb({
  name: 'restore',
  summary: 'brings a backup back: a drill, or for real',
  usage: [
    '[PROJECT…] [--at TIME] [--on HOST] [--trust-box]',
    'PROJECT --into DATABASE [--replace] [--at TIME] [--trust-box] [--yes DATABASE]',
    'PROJECT --table [SCHEMA.]TABLE [--at TIME] [--trust-box]',
    'PROJECT --drop-old [--yes DATABASE]',
  ],
  help: `Without options a drill: the newest backup is fetched from the box, hashed, loaded into a database that is thrown away, compared with its manifest in row counts and sequences, and the application logs in there. Only a backup that the host made itself or that is signed with the project's key is taken.
Exit 0: restored, and equal. 1: failed; nothing that was there before is changed.`,
  options: OPTIONS,
  words: { well, section: proven },
  async run(asked) {
    checkRestoreOptions(asked)
    // Checked before anybody is asked. A drill and one table need no word.
    if (asked.into !== undefined || asked.dropOld === true) {
      const inventory = await loadInventory(asked.inventory)
      const [first] = select(inventory, { projects: [...(asked.projects ?? [])] })
      checkTarget(inventory, first?.projects[0], asked.into)
      await confirmRestore(asked, first?.projects[0]?.database.name ?? '')
    }
    const step = stepName(asked)
    return run('restore', 'change', asked, {
      ...(asked.on === undefined ? {} : { on: asked.on }),
      // The logbook must tell that a copy was taken which nothing proved.
      flags: asked.trustBox === true ? ['--trust-box'] : [],
      needs: needsOf(asked),
      steps: (group) => withBackup(group).map(({ context }) => ({ project: context.project.name, step })),
      run: (group) =>
        forEachBackup(group, async (connection, { context, backup }) => [
          await restoreOne(connection, context, backup, asked, group),
        ]),
    })
  },
})
export default verb

/**
 * Brings the newest backup back from the box: a drill into a database that is thrown away, or for real. The host's own restore script does
 * it. Throws a UsageError for options that don't go together, and where what is done for real isn't confirmed.
 */
export const restore = verb.run

/** The host has its config. A drill logs in as the application; on another host it takes all of the config along. */
export function needsOf({ dropOld, into, table, on }: Partial<RestoreOptions>): readonly Purpose[] {
  if (dropOld === true) return []
  if (on !== undefined) return ['setup', 'decrypt']
  return into !== undefined || table !== undefined ? ['decrypt'] : ['decrypt', 'drill']
}

function stepName({ into, table, dropOld }: RestoreOptions): string {
  return into !== undefined ? 'restore' : table !== undefined ? 'restore-table' : dropOld === true ? 'drop-old' : 'drill'
}

async function restoreOne(
  connection: Connection,
  context: Context,
  backup: Backup,
  options: RestoreOptions,
  group: Group,
): Promise<StepReport> {
  const { project } = context
  const step = stepName(options)
  const { restore: script } = places(project.name)
  const identity = await identityOf(context, backup, options, group)
  const { on, box = 1, ...request } = options
  const withArguments = (asked: RestoreRequest) => (one: Script) => withIdentity(sh`${one} ${restoreArguments(asked)}`, identity)
  const command =
    on === undefined
      ? ifInstalled(script, project.name, withArguments(options)(sh`${script}`))
      : elsewhere(context, backup, box, withArguments(request))
  const change = { what: whatOf(project.name, options), from: fromOf(options), to: toOf(options) }
  const login = loginOnSignal(connection, context)
  const result = await runHostScript(
    connection,
    {
      key: `${project.name}/${step}`,
      change,
      command,
      deadline: DEADLINE,
      onSignal: login.onSignal,
      ...(options.dropOld === true ? {} : { catFile: `/run/postgres-backup/${project.name}.restore.json` }),
    },
    group,
  )
  await login.done()
  return outcome(project.name, step, change, result)
}

function whatOf(project: string, { into, table, dropOld, on }: RestoreOptions): string {
  if (dropOld === true) return `older databases of ${project}`
  if (table !== undefined) return `table ${table} of ${project}`
  return into === undefined ? `restore drill of ${project}${on === undefined ? '' : ` on ${on}`}` : `${project} into ${into}`
}

function fromOf({ dropOld, local }: RestoreOptions): string {
  return dropOld === true ? 'kept' : local === true ? 'on the host' : 'on the box'
}

function toOf({ into, table, dropOld }: RestoreOptions): string {
  if (dropOld === true) return 'dropped'
  if (table !== undefined) return 'beside the live ones'
  return into === undefined ? 'fetched, loaded, compared, and gone again' : 'restored, and equal to its manifest'
}

/** The private key: from where the inventory says, else asked of a person; none proves the hash only. */
async function identityOf(
  { project, secret }: Context,
  { encryption }: Backup,
  { ask }: RestoreOptions,
  { masker }: Group,
): Promise<Secret | undefined> {
  if (encryption === undefined) return undefined
  if (encryption.identity !== undefined) return secret(encryption.identity)
  const typed = (await ask?.(`Private key of age for ${project.name} (empty: prove the hash only): `, true))?.trim()
  if (typed === undefined || typed === '') return undefined
  const identity = new Secret(typed, `projects.${project.name}.backup.encryption.identity`)
  masker.add(identity)
  return identity
}

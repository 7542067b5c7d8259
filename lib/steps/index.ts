import type { Step } from '../engine/step.ts'
import type { Backup, Host } from '../inventory/index.ts'
import { boxKeyStep } from './backup/box-key.ts'
import { configStep } from './backup/config.ts'
import { contentsStep } from './contents/contents.ts'
import type { Context } from './common/context.ts'
import { cronStep } from './backup/cron.ts'
import { databaseStep } from './database/database.ts'
import { directoriesStep } from './backup/directories.ts'
import { envFileStep } from './migrations/env-file.ts'
import { extensionStep } from './database/extension.ts'
import { firstBackupStep } from './backup/first-backup.ts'
import { firstDrillStep } from './backup/first-drill.ts'
import { afterRestore, fromBackupStep } from './backup/from-backup.ts'
import { hbaStep } from './server/hba.ts'
import { knownHostStep } from './backup/known-host.ts'
import { ledgerStep } from './backup/ledger.ts'
import { logrotateStep } from './backup/logrotate.ts'
import { migrationsStep } from './migrations/migrations.ts'
import { otherSchedulesStep } from './other-schedules/other-schedules.ts'
import { ownershipStep } from './database/ownership.ts'
import { ownSteps } from './own.ts'
import { packages } from './server/package.ts'
import { preflight } from './server/preflight.ts'
import { privilegesStep } from './database/privileges.ts'
import { readersStep } from './role/readers.ts'
import { roleStep } from './role/role.ts'
import { servicesStep } from './server/services.ts'
import { schemaStep } from './database/schema.ts'
import { schedulesFact } from './backup/schedules.ts'
import type { SchedulesFact } from './backup/schedules.ts'
import { restoreScriptStep, scriptStep } from './backup/script.ts'
import { server } from './server/server.ts'
import { signingKeyStep } from './backup/signing-key.ts'
import { tablesStep } from './migrations/tables.ts'

export interface RecipeOptions {
  /** An empty database gets its data from the newest backup, not from migrations. */
  fromBackup?: boolean | undefined
  /** With `fromBackup`: also from one that nothing proves to be ours. */
  trustBox?: boolean | undefined
  /** The rows of tables are counted, not estimated. */
  countRows?: boolean | undefined
}

/** The whole recipe of a host, in order: its own steps, then each project's. */
export function recipe(host: Host, projects: readonly Context[], options: RecipeOptions = {}): Step[] {
  const commands = [...new Set(projects.flatMap(commandsOf))]
  const backups = commands.length > 0 ? [packages(commands), directoriesStep(host)] : []
  // Asked once, for all projects together.
  const schedules = schedulesFact(projects.filter(({ project }) => project.backup !== undefined))
  const hostSteps = [preflight(host), server(host), servicesStep(host, backups.length > 0), hbaStep(projects), ...backups]
  return [
    ...hostSteps,
    ...projects.flatMap((context) => {
      const steps = projectSteps(context, schedules, options)
      return [...steps, ...ownSteps(context, [...hostSteps, ...steps])]
    }),
  ]
}

function projectSteps(
  context: Context,
  schedules: SchedulesFact,
  { fromBackup = false, trustBox = false, countRows = false }: RecipeOptions,
): Step[] {
  const { host, project, secret } = context
  const { database, migrations, backup, envFile } = project
  const tools = backup === undefined ? [] : backupTools(context, backup)
  const restored = fromBackup && backup !== undefined ? fromBackupStep(context, trustBox) : undefined
  const filled: Step[] = [
    ...(migrations === undefined ? [] : [migrationsStep(context, migrations), tablesStep(context, migrations)]),
    ...(database.readers.length === 0 ? [] : [readersStep(context)]),
    ownershipStep(context),
    privilegesStep(context),
    ...(envFile === undefined ? [] : [envFileStep(context, envFile)]),
    ...(backup === undefined
      ? []
      : [...(restored === undefined ? tools : []), ...backupSteps(context, backup, schedules, { fromBackup, countRows })]),
  ]
  return [
    roleStep(project.name, host.postgresql.port, {
      ...database,
      name: database.owner,
      database: database.name,
      password: secret(database.password),
    }),
    databaseStep(context),
    extensionStep(context),
    schemaStep(context),
    ...(restored === undefined ? filled : [...tools, restored.step, ...filled.map((one) => afterRestore(one, restored.filled))]),
  ]
}

/** What makes backups by itself and looks at them: it starts only once there is something to back up. */
function backupSteps(
  context: Context,
  backup: Backup,
  schedules: SchedulesFact,
  { fromBackup, countRows }: { fromBackup: boolean; countRows: boolean },
): Step[] {
  const { secret } = context
  const { name, migrations } = context.project
  // Only a restore asks for it.
  const identity = fromBackup ? backup.encryption?.identity : undefined
  return [
    cronStep(name, backup),
    otherSchedulesStep(context, schedules),
    logrotateStep(name),
    ledgerStep(name),
    firstBackupStep(name, [
      'database',
      ...(backup.signingKey === undefined ? [] : ['signing-key']),
      ...(migrations === undefined ? [] : ['migrations']),
    ]),
    firstDrillStep(name, backup, identity && secret(identity)),
    contentsStep(context, { count: countRows }),
  ]
}

/** What runs and restores backups on the host, but for what starts it. */
function backupTools(context: Context, backup: Backup): Step[] {
  const { project, secret } = context
  return [
    scriptStep(project.name),
    restoreScriptStep(project.name),
    ...(backup.signingKey === undefined ? [] : [signingKeyStep(project.name, secret(backup.signingKey))]),
    configStep(context, backup),
    ...backup.boxes.flatMap((box, index) => [
      knownHostStep(project.name, box, index + 1),
      ...(box.key === undefined ? [] : [boxKeyStep(project.name, secret(box.key), index + 1)]),
    ]),
  ]
}

function commandsOf({ project }: Context): string[] {
  if (project.backup === undefined) return []
  const { ping, webhook } = project.backup.notify ?? {}
  return [
    'gzip',
    'jq',
    'sftp',
    'ssh-keygen',
    'crontab',
    'logrotate',
    ...(project.backup.boxes.some((box) => box.password !== undefined) ? ['sshpass'] : []),
    ...(ping === undefined && webhook === undefined ? [] : ['curl']),
    ...(project.backup.compression === 'zstd' ? ['zstd'] : []),
    ...(project.backup.encryption === undefined ? [] : ['age']),
  ]
}

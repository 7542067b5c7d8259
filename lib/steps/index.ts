import type { Step } from '../engine/step.ts'
import type { Host, Migrations } from '../inventory/index.ts'
import { boxKeyStep } from './box-key.ts'
import { configStep } from './config.ts'
import type { Context } from './context.ts'
import { cronStep } from './cron.ts'
import { databaseStep } from './database.ts'
import { directoriesStep } from './directories.ts'
import { envFileStep } from './env-file.ts'
import { extensionStep } from './extension.ts'
import { firstBackupStep } from './first-backup.ts'
import { knownHostStep } from './known-host.ts'
import { logrotateStep } from './logrotate.ts'
import { migrationsStep } from './migrations.ts'
import { packages } from './package.ts'
import { preflight } from './preflight.ts'
import { readersStep } from './readers.ts'
import { codeRevisions, currentRevisions } from './revisions.ts'
import { roleStep } from './role.ts'
import { schemaStep } from './schema.ts'
import { scriptStep } from './script.ts'
import { server } from './server.ts'
import { tablesStep } from './tables.ts'

/** The whole recipe of a host, in order: its own steps, then each project's. */
export function recipe(host: Host, projects: readonly Context[]): Step[] {
  const commands = [...new Set(projects.flatMap(commandsOf))]
  const backups = commands.length > 0 ? [packages(commands), directoriesStep()] : []
  return [preflight(host), server(host), ...backups, ...projects.flatMap(projectSteps)]
}

function projectSteps(context: Context): Step[] {
  const { host, project, box, secret } = context
  const { database, migrations, backup, envFile } = project
  return [
    roleStep(project.name, host.postgresql.port, { ...database, name: database.owner, password: secret(database.password) }),
    databaseStep(context),
    extensionStep(context),
    schemaStep(context),
    ...(migrations === undefined ? [] : migrationSteps(context, migrations)),
    ...(database.readers.length === 0 ? [] : [readersStep(context)]),
    ...(envFile === undefined ? [] : [envFileStep(context, envFile)]),
    ...(backup === undefined || box === undefined
      ? []
      : [
          scriptStep(project.name),
          configStep(context, backup),
          knownHostStep(project.name, box),
          ...(box.key === undefined ? [] : [boxKeyStep(project.name, secret(box.key))]),
          cronStep(project.name, backup),
          logrotateStep(project.name),
          firstBackupStep(project.name, ['database', ...(migrations === undefined ? [] : ['migrations'])]),
        ]),
  ]
}

/** Both steps ask the same two facts, which are asked once. */
function migrationSteps(context: Context, migrations: Migrations): Step[] {
  const revisions = { code: codeRevisions(migrations), current: currentRevisions(context.project.database.name) }
  return [migrationsStep(context, migrations, revisions), tablesStep(context, migrations, revisions)]
}

function commandsOf({ project, box }: Context): string[] {
  if (project.backup === undefined || box === undefined) return []
  return ['gzip', 'sftp', 'crontab', 'logrotate', ...(box.password === undefined ? [] : ['sshpass'])]
}

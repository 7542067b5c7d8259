import type { Backup, SecretRef } from '../inventory/index.ts'
import type { Step } from '../engine/step.ts'
import { fillTemplate } from '../template.ts'
import type { Context } from './context.ts'
import { managedFileStep } from './managed.ts'
import { BACKUP_DIR, LOG_DIR, places } from './places.ts'

/** gzip's as the hand-made system had it; zstd's own; that of PostgreSQL's directory format, which is gzip's own. */
const LEVELS = { gzip: 9, zstd: 3, directory: 6 } as const

/** The script's config, the only file besides the box's key that holds secrets. */
export function configStep(context: Context, backup: Backup): Step {
  const content = fillTemplate('config', { settings: settings(context, backup) })
  return managedFileStep(context.project.name, 'config', {
    path: places(context.project.name).config,
    content,
    mode: '0600',
    difference: (found) => ({
      from: `another ${differingKeys(found, content).join(', ') || 'order or comment'}`,
      to: 'as the inventory says',
    }),
  })
}

function settings({ host, project, box, secret }: Context, backup: Backup): Record<string, string> {
  if (box === undefined) throw new Error(`projects.${project.name}.backup names no box`)
  const { boxKey, knownHosts } = places(project.name)
  return {
    PROJECT: project.name,
    DB_NAME: project.database.name,
    DB_HOST: '127.0.0.1',
    DB_PORT: String(host.postgresql.port),
    DB_USER: project.database.owner,
    DB_PASSWORD: secret(project.database.password).reveal(),
    EXPECTED_TABLES: String(project.migrations?.tables?.length ?? 0),
    GLOBALS: yes(backup.globals),
    COMPRESSION: backup.compression,
    COMPRESSION_LEVEL: String(backup.compressionLevel ?? LEVELS[backup.compression]),
    COMPRESSION_THREADS: String(backup.compressionThreads),
    JOBS: String(backup.jobs),
    ...(backup.encryption === undefined ? {} : { ENCRYPT_TO: backup.encryption.recipients.join(' ') }),
    STORAGEBOX_HOST: box.address,
    STORAGEBOX_PORT: String(box.port),
    STORAGEBOX_USER: box.user,
    ...(box.key === undefined ? {} : { STORAGEBOX_IDENTITY: boxKey }),
    ...(box.password === undefined ? {} : { STORAGEBOX_PASSWORD: secret(box.password).reveal() }),
    STORAGEBOX_KNOWN_HOSTS: knownHosts,
    STORAGEBOX_REMOTE_DIR: backup.remoteDirectory,
    BACKUP_DIR,
    LOG_DIR,
    RETENTION_DAYS: String(backup.keepLocalDays),
    REMOTE_RETENTION_DAYS: String(backup.keepRemoteDays),
    KEEP_DAILY: String(backup.keepDaily),
    KEEP_WEEKLY: String(backup.keepWeekly),
    KEEP_MONTHLY: String(backup.keepMonthly),
    ...notifications(backup.notify, secret),
  }
}

function notifications(notify: Backup['notify'], secret: Context['secret']): Record<string, string> {
  const url = (value: string | SecretRef) => (typeof value === 'string' ? value : secret(value).reveal())
  return {
    ...(notify?.ping === undefined ? {} : { PING_URL: url(notify.ping) }),
    ...(notify?.webhook === undefined ? {} : { WEBHOOK_URL: url(notify.webhook) }),
    ...(notify?.mail === undefined ? {} : { MAIL_TO: notify.mail }),
    ...(notify?.prometheusDirectory === undefined ? {} : { PROMETHEUS_DIR: notify.prometheusDirectory }),
    ...(notify?.syslog === true ? { SYSLOG: 'yes' } : {}),
  }
}

const yes = (value: boolean) => (value ? 'yes' : 'no')

/** Names only: the values may be secrets. */
function differingKeys(found: string, wanted: string): string[] {
  const parse = (text: string) =>
    new Map([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
  const [a, b] = [parse(found), parse(wanted)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key))
}

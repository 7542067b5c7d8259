import type { Backup, Destination, SecretRef } from '../../inventory/index.ts'
import type { Step } from '../../engine/step.ts'
import type { Text } from '../../text/secret.ts'
import { fillTemplate } from '../../text/template.ts'
import { longestInterval } from '../../inventory/schedule.ts'
import { readSigningKey } from '../../inventory/signing-key.ts'
import { boxPlaces } from './box-places.ts'
import type { Context } from '../common/context.ts'
import { managedFileStep } from '../common/managed.ts'
import { holdsUnread, isUnread } from '../common/unread.ts'
import type { ManagedFile } from '../common/managed.ts'
import { BACKUP_DIR, LOG_DIR, places } from './places.ts'
import { declaredTables } from '../migrations/tables.ts'

/** gzip's as the hand-made system had it; zstd's own; that of PostgreSQL's directory format, which is gzip's own. */
const LEVELS = { gzip: 9, zstd: 3, directory: 6 } as const

/** Settings that hold no secret, by the names that the hand-made system used too. */
const PLAIN = [
  'PROJECT DB_NAME DB_HOST DB_PORT DB_USER EXPECTED_TABLES COMPRESSION COMPRESSION_LEVEL COMPRESSION_THREADS JOBS GLOBALS LOGIN_ROLES BACKUP_DIR LOG_DIR',
  'INTERVAL_SECONDS RETENTION_DAYS REMOTE_RETENTION_DAYS KEEP_DAILY KEEP_WEEKLY KEEP_MONTHLY MAIL_TO PROMETHEUS_DIR SYSLOG',
  ['HOST', 'PORT', 'USER', 'IDENTITY', 'KNOWN_HOSTS', 'REMOTE_DIR'].map((name) => `STORAGEBOX[2-4]?_${name}`).join(' '),
].flatMap((names) => names.split(' '))

type Settings = Record<string, string | Text>

/** The script's config, the only file besides the box's key that holds secrets. */
export function configStep(context: Context, backup: Backup): Step {
  const content = configText(context, backup)
  const wanted = content.reveal()
  const file: ManagedFile = {
    path: places(context.project.name).config,
    content,
    mode: '0600',
    plainSettings: PLAIN,
    difference: (found) => ({
      from: `another ${differingKeys(found, wanted).join(', ') || 'order or comment'}`,
      to: 'as the inventory says',
    }),
    ...(holdsUnread(wanted)
      ? { isRight: (found) => isSame(found, wanted), notChecked: [`${unreadKeys(wanted).join(', ')} of the config`] }
      : {}),
  }
  // An older script refuses keys that it doesn't know.
  return managedFileStep(context.project.name, 'config', file, ['directories', 'script', 'restore-script'])
}

/** The config's text, with some of its keys changed. */
export function configText(context: Context, backup: Backup, changes: Readonly<Settings> = {}): Text {
  return fillTemplate('config', { settings: { ...settings(context, backup), ...changes } })
}

function settings({ host, project, secret }: Context, backup: Backup): Settings {
  return {
    PROJECT: project.name,
    DB_NAME: project.database.name,
    DB_HOST: '127.0.0.1',
    DB_PORT: String(host.postgresql.port),
    DB_USER: project.database.owner,
    DB_PASSWORD: secret(project.database.password),
    EXPECTED_TABLES: String(declaredTables(project.migrations)?.names.length ?? 0),
    GLOBALS: yes(backup.globals),
    ...(backup.loginRoles ? { LOGIN_ROLES: 'yes' } : {}),
    COMPRESSION: backup.compression,
    COMPRESSION_LEVEL: String(backup.compressionLevel ?? LEVELS[backup.compression]),
    COMPRESSION_THREADS: String(backup.compressionThreads),
    JOBS: String(backup.jobs),
    ...(backup.encryption === undefined ? {} : { ENCRYPT_TO: backup.encryption.recipients.join(' ') }),
    ...signing(project.name, backup, secret),
    ...Object.assign({}, ...backup.boxes.map((box, index) => boxSettings(project.name, box, index + 1, secret))),
    BACKUP_DIR,
    LOG_DIR,
    INTERVAL_SECONDS: String(longestInterval(backup.schedule)),
    RETENTION_DAYS: String(backup.keepLocalDays),
    REMOTE_RETENTION_DAYS: String(backup.keepRemoteDays),
    KEEP_DAILY: String(backup.keepDaily),
    KEEP_WEEKLY: String(backup.keepWeekly),
    KEEP_MONTHLY: String(backup.keepMonthly),
    ...notifications(backup.notify, secret),
  }
}

/** The public half is made from the inventory's key, never taken from a box. */
function signing(project: string, { signingKey }: Backup, secret: Context['secret']): Settings {
  if (signingKey === undefined) return {}
  if (isUnread(secret(signingKey))) return { SIGNING_KEY: places(project).signingKey, SIGNING_PUBLIC: secret(signingKey) }
  const key = readSigningKey(secret(signingKey).reveal(), project)
  if ('problem' in key) throw new Error(`projects.${project}.backup.signingKey: ${key.problem}`)
  return { SIGNING_KEY: places(project).signingKey, SIGNING_PUBLIC: key.public }
}

/** The first box's keys bear no number. */
function boxSettings(project: string, box: Destination, number: number, secret: Context['secret']): Settings {
  const { boxKey, knownHosts } = boxPlaces(project, number)
  const values = {
    HOST: box.address,
    PORT: String(box.port),
    USER: box.user,
    ...(box.key === undefined ? {} : { IDENTITY: boxKey }),
    ...(box.password === undefined ? {} : { PASSWORD: secret(box.password) }),
    KNOWN_HOSTS: knownHosts,
    REMOTE_DIR: box.remoteDirectory,
  }
  const prefix = `STORAGEBOX${number === 1 ? '' : number}_`
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]))
}

function notifications(notify: Backup['notify'], secret: Context['secret']): Settings {
  const url = (value: string | SecretRef) => (typeof value === 'string' ? value : secret(value))
  return {
    ...(notify?.ping === undefined ? {} : { PING_URL: url(notify.ping) }),
    ...(notify?.webhook === undefined ? {} : { WEBHOOK_URL: url(notify.webhook) }),
    ...(notify?.mail === undefined ? {} : { MAIL_TO: notify.mail }),
    ...(notify?.prometheusDirectory === undefined ? {} : { PROMETHEUS_DIR: notify.prometheusDirectory }),
    ...(notify?.syslog === true ? { SYSLOG: 'yes' } : {}),
  }
}

const yes = (value: boolean) => (value ? 'yes' : 'no')

const unreadKeys = (content: string) =>
  content
    .split('\n')
    .filter(holdsUnread)
    .map((line) => line.slice(0, line.indexOf('=')))

/** But for values that were not read. */
function isSame(found: string, wanted: string): boolean {
  const [there, lines] = [found.split('\n'), wanted.split('\n')]
  return (
    there.length === lines.length &&
    lines.every((line, index) =>
      holdsUnread(line) ? there[index]?.startsWith(line.slice(0, line.indexOf('=') + 1)) : line === there[index],
    )
  )
}

/** Names only: the values may be secrets. */
function differingKeys(found: string, wanted: string): string[] {
  const parse = (text: string) =>
    new Map([...text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
  const [a, b] = [parse(found), parse(wanted)]
  return [...new Set([...a.keys(), ...b.keys()])].filter(
    (key) => a.get(key) !== b.get(key) && !(a.has(key) && holdsUnread(b.get(key) ?? '')),
  )
}

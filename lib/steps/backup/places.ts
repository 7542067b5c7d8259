/** Where the backup system lives on a host: the places of the hand-made one that it replaces. */
const HOME = '/opt/postgresql-backups'
export const CONFIGS = `${HOME}/configs`
export const BACKUP_DIR = '/var/backups/postgres'
export const LOG_DIR = '/var/log/postgres-backup'

export const BACKUP_DIRECTORIES = [
  { path: HOME, mode: '0755' },
  { path: CONFIGS, mode: '0750' },
  { path: BACKUP_DIR, mode: '0700' },
  { path: LOG_DIR, mode: '0750' },
] as const

export const places = (project: string) => ({
  script: `${HOME}/backup-${project}.sh`,
  restore: `${HOME}/restore-${project}.sh`,
  config: `${HOME}/configs/backup-${project}.conf`,
  knownHosts: `${HOME}/configs/known-hosts-${project}`,
  boxKey: `${HOME}/configs/box-key-${project}`,
  signingKey: `${HOME}/configs/signing-key-${project}`,
  // cron reads no file with a dot in its name.
  cron: `/etc/cron.d/bitacora-${project}`,
  logrotate: `/etc/logrotate.d/bitacora-${project}`,
  cronLog: `${LOG_DIR}/backup-${project}-cron.log`,
  status: `${BACKUP_DIR}/status_${project}.json`,
  ledger: `${BACKUP_DIR}/ledger_${project}.jsonl`,
})

/** What root runs and believes when it starts one of a project's scripts. */
export function runsFrom(project: string): string[] {
  const { script, restore, config } = places(project)
  return [script, restore, config, BACKUP_DIR]
}

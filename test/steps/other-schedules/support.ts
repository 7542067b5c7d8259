import type { Schedule } from '../../../lib/steps/backup/schedules.ts'

export const SCRIPT = '/opt/postgresql-backups/backup-onquota.sh'
export const OWN = { database: 'onquota_db', port: 5432, script: SCRIPT, databases: ['postgres', 'onquota_db', 'copilot_dev'] }

export interface Files {
  /** What the command's words name. */
  files?: Record<string, string | null>
  /** Where those scripts read their settings. */
  settings?: Record<string, string>
}

/** A job as the host's fact gives it: by default a line of root's crontab. */
export function schedule(
  text: string,
  { files = {}, settings = {}, ...rest }: Files & Partial<Omit<Schedule, 'files' | 'settings'>> = {},
): Schedule {
  const file = (path: string, content: string | null) => ({
    path,
    text: content,
    why: content === null ? 'too large' : null,
    same: null,
  })
  return {
    kind: 'crontab',
    path: '/var/spool/cron/crontabs/root',
    user: 'root',
    line: 3,
    raw: Buffer.from(`0 3 * * * ${text}\n`).toString('hex'),
    text,
    above: null,
    environment: null,
    links: null,
    ...rest,
    files: Object.entries(files).map(([path, content]) => ({ ...file(path, content), word: path })),
    settings: Object.entries(settings).map(([path, content]) => file(path, content)),
  }
}

/** The script of the hand-made server, as its bitácora describes it. */
export const HAND_MADE = `#!/bin/bash
# OnQuota backup -> Hetzner Storage Box
set -e
CONFIG_FILE="/opt/postgresql-backups/configs/backup-onquota.conf"
source "$CONFIG_FILE"
log() { echo "[$(date '+%F %T')] $1" | tee -a "$LOG_FILE"; }
TIMESTAMP=$(date +%Y%m%d_%H%M%S)
FILE="/var/backups/postgres/backup_\${DB_NAME}_\${TIMESTAMP}.sql.gz"
log "starting the backup of $DB_NAME"
if PGPASSWORD="$DB_PASSWORD" pg_dump -h localhost -U "$DB_USER" --verbose "$DB_NAME" 2>&1 | gzip -\${COMPRESSION_LEVEL:-9} > "$FILE"; then
  log "done: $(du -h "$FILE" | cut -f1)"
else
  log "pg_dump failed"
  exit 1
fi
sha256sum "$FILE" > "$FILE.sha256"
sshpass -p "$STORAGEBOX_PASSWORD" sftp -oStrictHostKeyChecking=no -P "$STORAGEBOX_PORT" "$STORAGEBOX_USER@$STORAGEBOX_HOST" <<END
-mkdir $STORAGEBOX_REMOTE_DIR/$(date +%Y)
put $FILE $STORAGEBOX_REMOTE_DIR/
END
find /var/backups/postgres -name "backup_*.sql.gz" -mtime +$RETENTION_DAYS -delete
`

export const HAND_MADE_CONFIG = `DB_NAME='onquota_db'
DB_USER="onquota_user"
DB_PASSWORD='hunter2-$(id)'
COMPRESSION_LEVEL=9
RETENTION_DAYS=30
`

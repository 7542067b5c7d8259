import type { ArchivedFile } from './archive.ts'
import { BOX_USER } from './machines.ts'
import { readSecret } from './state.ts'

/** The other project on the first host, "copilot": made by hand, in no inventory. Nothing of it may ever be changed. */
export const NEIGHBOUR = {
  database: 'copilot_dev',
  role: 'copilot',
  script: '/opt/postgresql-backups/backup-with-hetzner.sh',
  config: '/opt/postgresql-backups/configs/backup-copilot.conf',
  crontab: '/var/spool/cron/crontabs/root',
  /** As the box's user sees it. */
  boxFolder: '/home/backups/postgresql/copilot',
} as const

// In the manner of a script made by hand. It stops at once, since its folder isn't there: at two o'clock nothing changes.
const SCRIPT = `#!/bin/bash
# copilot backup -> hetzner. DON'T TOUCH, works
set -e
source "$1"
cd "$BACKUP_DIR"
FILE=backup_\${DB_NAME}_$(date +%Y%m%d_%H%M%S).sql.gz
PGPASSWORD="$DB_PASSWORD" pg_dump -h localhost -U "$DB_USER" --verbose "$DB_NAME" 2>&1 | gzip -9 > "$FILE"
sha256sum "$FILE" > "$FILE.sha256"
sshpass -p "$STORAGEBOX_PASSWORD" sftp -oStrictHostKeyChecking=no -P "$STORAGEBOX_PORT" "$STORAGEBOX_USER@$STORAGEBOX_HOST" <<EOF
put $FILE $STORAGEBOX_REMOTE_DIR/$(date +%Y/%m/%d)/
EOF
`

const config = (databasePassword: string, boxPassword: string) => `# copilot
DB_NAME=${NEIGHBOUR.database}
DB_USER=${NEIGHBOUR.role}
DB_PASSWORD=${databasePassword}
STORAGEBOX_USER=${BOX_USER}
STORAGEBOX_HOST=box
STORAGEBOX_PORT=23
STORAGEBOX_PASSWORD=${boxPassword}
STORAGEBOX_REMOTE_DIR=${NEIGHBOUR.boxFolder}
BACKUP_DIR=/srv/copilot-backups
RETENTION_DAYS=14
`

const CRONTAB = `# m h  dom mon dow   command
0 2 * * * ${NEIGHBOUR.script} ${NEIGHBOUR.config} >> /var/log/copilot-backup.log 2>&1
`

const sql = (password: string) => `
CREATE ROLE ${NEIGHBOUR.role} LOGIN PASSWORD '${password}';
CREATE DATABASE ${NEIGHBOUR.database} OWNER ${NEIGHBOUR.role};
ALTER ROLE ${NEIGHBOUR.role} SET statement_timeout = '30s';
\\connect ${NEIGHBOUR.database}
SET ROLE ${NEIGHBOUR.role};
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE conversations (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
CREATE TABLE messages (id bigserial PRIMARY KEY, conversation_id int NOT NULL REFERENCES conversations, body text NOT NULL, extra jsonb);
INSERT INTO users (email) SELECT format('persona%s@example.com', n) FROM generate_series(1, 20) n;
INSERT INTO conversations (user_id, title) SELECT 1 + n % 20, 'Conversación ' || n FROM generate_series(1, 50) n;
INSERT INTO messages (conversation_id, body, extra) SELECT 1 + n % 50, repeat('¿qué tal? ', n % 7), jsonb_build_object('n', n) FROM generate_series(1, 400) n;
GRANT SELECT ON users TO PUBLIC;
`

const LONG_AGO = Date.UTC(2025, 2, 11, 17, 42, 8) / 1000

/** The neighbour's files on the host. */
export async function neighbourFiles(directory: string): Promise<ArchivedFile[]> {
  const [database, box] = await Promise.all([readSecret(directory, 'copilot_db'), readSecret(directory, 'box')])
  return [
    { path: NEIGHBOUR.script, content: SCRIPT, mode: 0o755, modified: LONG_AGO },
    { path: NEIGHBOUR.config, content: config(database, box), mode: 0o640, modified: LONG_AGO },
  ]
}

/** Lines of sh that make its line in root's crontab and its database; PostgreSQL runs. */
export async function neighbourCommands(directory: string): Promise<string> {
  return [
    `crontab - <<'END'\n${CRONTAB}END`,
    `runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 <<'END'\n${sql(await readSecret(directory, 'copilot_db'))}END`,
  ].join('\n')
}

/** Lines of sh that make the neighbour's folder on the box, with two nights' backups. */
export function neighbourOnBox(): string {
  const folder = `/srv/box${NEIGHBOUR.boxFolder}`
  const night = (day: string) => `
name=backup_${NEIGHBOUR.database}_202611${day}_020001.sql.gz
mkdir -p ${folder}/2026/11/${day}; cd ${folder}/2026/11/${day}
echo "-- copilot, night of ${day}" | gzip -n >"$name"; sha256sum "$name" >"$name.sha256"
touch -d '2026-11-${day} 02:00:07 UTC' "$name" "$name.sha256" .`
  return `${night('22')}${night('23')}\nchown -R ${BOX_USER}:${BOX_USER} /srv/box/home/backups\ncd /`
}

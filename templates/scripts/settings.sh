readonly VERSION=3
# Two scripts share this part; neither needs all of it.
# shellcheck disable=SC2034
readonly RUN_DIR=/run/postgres-backup KEEP=3 PRUNE_CAP=50 SKIPS_ALLOWED=2 UPLOAD_TRIES=3 HASH_TRIES=2
readonly -a KEYS=(PROJECT DB_NAME DB_HOST DB_PORT DB_USER DB_PASSWORD EXPECTED_TABLES GLOBALS
  COMPRESSION COMPRESSION_LEVEL COMPRESSION_THREADS JOBS ENCRYPT_TO
  STORAGEBOX_HOST STORAGEBOX_PORT STORAGEBOX_USER STORAGEBOX_PASSWORD STORAGEBOX_IDENTITY STORAGEBOX_KNOWN_HOSTS
  STORAGEBOX_REMOTE_DIR STORAGEBOX{2,3,4}_{HOST,PORT,USER,PASSWORD,IDENTITY,KNOWN_HOSTS,REMOTE_DIR} BACKUP_DIR LOG_DIR RETENTION_DAYS REMOTE_RETENTION_DAYS KEEP_DAILY KEEP_WEEKLY KEEP_MONTHLY
  LOCK_WAIT_SECONDS UPLOAD_RETRY_SECONDS RESERVE_MIB INTERVAL_SECONDS SIGNING_KEY SIGNING_PUBLIC PING_URL WEBHOOK_URL MAIL_TO PROMETHEUS_DIR SYSLOG)
readonly -a REQUIRED=(PROJECT DB_NAME STORAGEBOX_HOST STORAGEBOX_USER STORAGEBOX_KNOWN_HOSTS STORAGEBOX_REMOTE_DIR)

# The config's keys with their defaults. An empty one stands for "not used".
# shellcheck disable=SC2034
{
PROJECT='' DB_NAME='' DB_HOST=127.0.0.1 DB_PORT=5432 DB_USER='' DB_PASSWORD='' EXPECTED_TABLES=0 GLOBALS=yes
COMPRESSION=gzip COMPRESSION_LEVEL='' COMPRESSION_THREADS=1 JOBS=2 ENCRYPT_TO=''
STORAGEBOX_HOST='' STORAGEBOX_PORT=23 STORAGEBOX_USER='' STORAGEBOX_PASSWORD='' STORAGEBOX_IDENTITY=''
STORAGEBOX_KNOWN_HOSTS='' STORAGEBOX_REMOTE_DIR='' BACKUP_DIR=/var/backups/postgres LOG_DIR=/var/log/postgres-backup
RETENTION_DAYS=30 REMOTE_RETENTION_DAYS=90 KEEP_DAILY=7 KEEP_WEEKLY=4 KEEP_MONTHLY=6
LOCK_WAIT_SECONDS=3600 UPLOAD_RETRY_SECONDS=20 RESERVE_MIB=256 INTERVAL_SECONDS=86400 SIGNING_KEY='' SIGNING_PUBLIC=''
PING_URL='' WEBHOOK_URL='' MAIL_TO='' PROMETHEUS_DIR='' SYSLOG=no
}

# The comment of a schema that --table made: it stays out of backups. Its name alone, restored_DATE_TIME, could be anybody's.
# shellcheck disable=SC2034
readonly SIDE_MARK='bitacora: a table restored beside the live ones'

# A backup is these files: the dump under its bare name, and beside it what belongs to it. The manifest is written last.
# shellcheck disable=SC2034
readonly STAMP_PATTERN='[0-9]{8}_[0-9]{6}'
readonly EXTENSION='\.(sql\.gz|sql\.zst|dir\.tar)(\.age)?'
# shellcheck disable=SC2034
readonly -a BESIDE=(.globals.sql .globals.sql.age .sha256 .manifest.json.sig .manifest.json)
readonly BESIDE_PATTERN='\.globals\.sql|\.globals\.sql\.age|\.sha256|\.manifest\.json|\.manifest\.json\.sig|\.proof-[0-9]{8}_[0-9]{6}\.json'

# The state of this run.
MODE=run STAGE=config ERROR='' SHOWN=${0##*/} CONFIG='' WORK='' NAME='' STARTED_AT='' RECORDS=no NEWEST=null PROOF=null HELD=''
DUMPED_BY=superuser BOX_ERROR='' BOX_SHA256='' BOX_WAY='' SCRATCH=''
declare -a WARNINGS=() BOX_OPTIONS=() BOX_LOGIN=()
declare -A LINE_OF=() FILES=()

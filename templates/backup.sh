#!/bin/bash -p
# Managed by bitacora; changes made here are overwritten.
#
# Backs up one PostgreSQL database: dumps it, looks inside, uploads it to a storage box over SFTP, compares the checksum
# there, and only then prunes. The same file serves every project: as backup-PROJECT.sh it reads configs/backup-PROJECT.conf.
# Any failure ends non-zero, names its stage and prunes nothing.
#
# Each stage is a function. External commands run in the background and are waited for: Bash runs no trap while one is in the
# foreground, and a kill must take effect at once.
set -Eeuo pipefail

readonly VERSION=1
readonly RUN_DIR=/run/postgres-backup KEEP=3 PRUNE_CAP=50 SKIPS_ALLOWED=2 UPLOAD_TRIES=3 HASH_TRIES=2
readonly -a KEYS=(PROJECT DB_NAME DB_HOST DB_PORT DB_USER DB_PASSWORD EXPECTED_TABLES COMPRESSION_LEVEL
  STORAGEBOX_HOST STORAGEBOX_PORT STORAGEBOX_USER STORAGEBOX_PASSWORD STORAGEBOX_IDENTITY STORAGEBOX_KNOWN_HOSTS
  STORAGEBOX_REMOTE_DIR BACKUP_DIR LOG_DIR RETENTION_DAYS REMOTE_RETENTION_DAYS LOCK_WAIT_SECONDS UPLOAD_RETRY_SECONDS)
readonly -a REQUIRED=(PROJECT DB_NAME STORAGEBOX_HOST STORAGEBOX_USER STORAGEBOX_KNOWN_HOSTS STORAGEBOX_REMOTE_DIR)

# The config's keys with their defaults.
PROJECT='' DB_NAME='' DB_HOST=127.0.0.1 DB_PORT=5432 DB_USER='' DB_PASSWORD='' EXPECTED_TABLES=0 COMPRESSION_LEVEL=9
STORAGEBOX_HOST='' STORAGEBOX_PORT=23 STORAGEBOX_USER='' STORAGEBOX_PASSWORD='' STORAGEBOX_IDENTITY=''
STORAGEBOX_KNOWN_HOSTS='' STORAGEBOX_REMOTE_DIR='' BACKUP_DIR=/var/backups/postgres LOG_DIR=/var/log/postgres-backup
RETENTION_DAYS=30 REMOTE_RETENTION_DAYS=90 LOCK_WAIT_SECONDS=3600 UPLOAD_RETRY_SECONDS=20

# The state of this run.
MODE=run STAGE=config ERROR='' SHOWN=${0##*/} CONFIG='' WORK='' NAME='' PART='' PENDING='' DAY_DIR='' RUN_ID='' NEWEST=null
STARTED_AT='' FINISHED_AT='' TABLES=0 BYTES=0 SHA256='' FACTS='' BOX_ERROR='' RECORDS=no
BOX_SHA256='' BOX_WAY='' SCRATCH='' NEWEST_PATH='' LOCAL_COPY=null
declare -a WARNINGS=() BOX_OPTIONS=() BOX_LOGIN=() PARTIALS=() OLD=() STALE=()
declare -A LINE_OF=() FILES=()

# --- words ---------------------------------------------------------------------------------------------------------------

now_iso() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# say STAGE TEXT: one line for the terminal or cron, and the same for the log.
say() {
  local line log
  printf -v line '%(%Y-%m-%d %H:%M:%SZ)T %s [%s] %s' -1 "$SHOWN" "$1" "$2"
  if [[ $1 == failed ]]; then printf '%s\n' "$line" >&2 || :; else printf '%s\n' "$line" 2>/dev/null || :; fi
  printf -v log '%s/backup_%s_%(%Y%m)T.log' "$LOG_DIR" "$PROJECT" -1
  if [[ $RECORDS == yes ]]; then printf '%s\n' "$line" 2>/dev/null >>"$log" || :; fi
}

stage() { STAGE=$1; say "$1" "$2"; }

warn() { WARNINGS+=("$1"); say "$STAGE" "warning: $1"; }

die() { ERROR=$1; exit 1; }

# reason first|last FILE: the line of a tool's stderr that says most, fit for one line of ours. PostgreSQL's programs say it
# first and then explain; ssh and sftp say it last.
reason() {
  local line found=''
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    line=${line//[[:cntrl:]]/ }
    case $line in '' | 'sftp> '* | 'Connection closed'* | 'Control socket'*) continue ;; esac
    found=$line
    [[ $1 == last ]] || break
  done <"$2"
  printf '%s' "${found:-no reason given}"
}

json_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

usage() {
  cat <<END
Usage: backup-PROJECT.sh [--config FILE]              make a backup now
       backup-PROJECT.sh [--config FILE] --check-box  compare the newest backup on the box; prints JSON; writes nothing
       backup-PROJECT.sh --version | --help
Exit:  0 done, or skipped because a run is going; 1 failed.  --check-box: 0 equal, 2 not so, 1 could not look
END
}

# --- processes -----------------------------------------------------------------------------------------------------------

# The same result from cron, from a terminal and under env -i.
clean_environment() {
  local name
  while IFS= read -r name; do unset -v "$name" 2>/dev/null || :; done < <(compgen -e)
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TZ=UTC HOME=/
  umask 077
  cd /
  exec </dev/null
}

# Runs a command and waits for it. A function given to it must end in exec, so that a signal reaches the program itself.
# No child holds the locks (7, 8): one that outlives this script must not block the next run.
await() {
  "$@" <&0 7>&- 8>&- &
  wait "$!"
}

# exec, but the kernel ends the program when this script dies, even by SIGKILL.
exec_tied() { exec setpriv --pdeathsig KILL -- "$@"; }

stop_children() {
  local -a pids
  mapfile -t pids < <(jobs -p)
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || :
}

# The one way out: whatever happened, partial files go, the stage is recorded, and nothing says done that isn't.
finish() {
  local code=$?
  trap '' TERM INT HUP
  trap - ERR EXIT
  set +e
  stop_children
  ((code == 0)) || : "${ERROR:=ended with exit code $code}"
  if [[ $MODE == check ]]; then
    ((code != 1)) || check_report false null "$ERROR"
    ((code != 1)) || printf '%s [%s] %s\n' "$SHOWN" check-box "$ERROR" >&2
  elif ((code != 0)); then
    discard_partials
    say failed "$STAGE: $ERROR"
    [[ $RECORDS == no ]] || write_status false "$code"
  fi
  box_close
  [[ -z $SCRATCH ]] || rm -f -- "$SCRATCH"
  [[ -z $WORK ]] || rm -rf -- "$WORK"
  exit "$code"
}

discard_partials() {
  [[ -z $PART ]] || rm -f -- "$PART" "$BACKUP_DIR/$NAME".{sha256,manifest.json}.part
  # On the box only over a login that stands: a run that was stopped must end soon. What stays there the next run sweeps.
  [[ -n $PENDING && -e $PENDING && -S $WORK/box ]] || return 0
  remote_partials
  BOX_LOGIN=(timeout 20 "${BOX_LOGIN[@]}")
  (box_batch "${PARTIALS[@]}") && rm -f -- "$PENDING"
}

# --- config --------------------------------------------------------------------------------------------------------------

find_config() {
  [[ $SHOWN =~ ^backup-([A-Za-z0-9][A-Za-z0-9_-]*)\.sh$ ]] && SHOWN=${BASH_REMATCH[1]}
  [[ -n $CONFIG ]] && return
  [[ $SHOWN == "${0##*/}" ]] && die "this script finds its config by its own name, backup-PROJECT.sh; it is called $SHOWN: use --config FILE"
  CONFIG=/opt/postgresql-backups/configs/backup-$SHOWN.conf
}

read_config() {
  local line key value number=0 owner_mode
  [[ -f $CONFIG && -r $CONFIG ]] || die "$CONFIG is not there or cannot be read"
  owner_mode=$(stat -L -c '%u %a' -- "$CONFIG")
  [[ ${owner_mode% *} == 0 ]] || die "$CONFIG does not belong to root; this mends it: chown root:root $CONFIG"
  (((8#${owner_mode#* } & 8#77) == 0)) || die "$CONFIG has mode ${owner_mode#* }, so others can read or write it; this mends it: chmod 600 $CONFIG"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    key=${line%%=*}
    [[ $line == *=* && $key =~ ^[A-Z][A-Z0-9_]*$ ]] || die "$CONFIG, line $number: not of the form KEY='value'"
    [[ " ${KEYS[*]} " == *" $key "* ]] || die "$CONFIG, line $number: $key is not a key that this script knows"
    [[ -z ${LINE_OF[$key]:-} ]] || die "$CONFIG, line $number: $key stands on line ${LINE_OF[$key]} already"
    [[ $line =~ ^[A-Z0-9_]+=\'(.*)\'$ ]] || die "$CONFIG, line $number: $key is not of the form KEY='value'"
    value=${BASH_REMATCH[1]}
    [[ ${value//"'\\''"/} != *"'"* ]] || die "$CONFIG, line $number: $key holds a quote that is not written '\\''"
    LINE_OF[$key]=$number
    printf -v "$key" '%s' "${value//"'\\''"/"'"}"
  done <"$CONFIG"
  for key in "${REQUIRED[@]}"; do [[ -n ${LINE_OF[$key]:-} ]] || die "$CONFIG, line $number (its last): $key is missing"; done
}

# must KEY REGEX WORDS: never shows the value, which may be a secret.
must() {
  [[ ${!1} =~ $2 && ${!1} != *[[:cntrl:]]* ]] || die "$CONFIG, line ${LINE_OF[$1]:-none}: $1 must be $3"
}

check_config() {
  local key number='^(0|[1-9][0-9]{0,8})$'
  must PROJECT '^[A-Za-z0-9][A-Za-z0-9_-]*$' 'letters, digits, _ and - only'
  must DB_NAME '^[A-Za-z0-9_][A-Za-z0-9_.-]*$' 'letters, digits, _ . and - only, since it becomes part of file names'
  must DB_HOST '^[A-Za-z0-9/][A-Za-z0-9.:/_-]*$' 'a host name, an address or a socket directory'
  must STORAGEBOX_HOST '^[A-Za-z0-9][A-Za-z0-9.:_-]*$' 'a host name or an address'
  must STORAGEBOX_USER '^[A-Za-z0-9_][A-Za-z0-9_.-]*$' 'a user name'
  for key in DB_PORT STORAGEBOX_PORT; do
    must "$key" "$number" 'a port number'
    ((${!key} >= 1 && ${!key} <= 65535)) || die "$CONFIG, line ${LINE_OF[$key]:-none}: $key must be from 1 to 65535"
  done
  for key in EXPECTED_TABLES LOCK_WAIT_SECONDS UPLOAD_RETRY_SECONDS; do must "$key" "$number" 'a whole number'; done
  for key in RETENTION_DAYS REMOTE_RETENTION_DAYS; do must "$key" '^[1-9][0-9]{0,4}$' 'a whole number of days, at least 1'; done
  must COMPRESSION_LEVEL '^[1-9]$' 'from 1 to 9'
  for key in BACKUP_DIR LOG_DIR STORAGEBOX_KNOWN_HOSTS STORAGEBOX_REMOTE_DIR STORAGEBOX_IDENTITY; do
    [[ $key == STORAGEBOX_IDENTITY && -z $STORAGEBOX_IDENTITY ]] && continue
    # Nothing in a path needs quoting: the box's small shell and sftp quote each in its own way.
    must "$key" '^(/[A-Za-z0-9_@%+=:,.-]+)+/?$' "an absolute path of letters, digits and _@%+=:,.-"
    [[ ${!key}/ != */../* ]] || die "$CONFIG, line ${LINE_OF[$key]}: $key must not contain .."
    printf -v "$key" '%s' "${!key%/}"
  done
  [[ -n $STORAGEBOX_PASSWORD$STORAGEBOX_IDENTITY ]] || die "$CONFIG, line none: one of STORAGEBOX_PASSWORD and STORAGEBOX_IDENTITY is missing"
  [[ -z $DB_PASSWORD || -n $DB_USER ]] || die "$CONFIG, line ${LINE_OF[DB_PASSWORD]}: DB_PASSWORD stands there, but DB_USER is missing"
  [[ $SHOWN == "${0##*/}" || $SHOWN == "$PROJECT" ]] || die "$CONFIG, line ${LINE_OF[PROJECT]}: PROJECT is not $SHOWN, which this script is named after"
}

configure() {
  ((EUID == 0)) || die "this script must run as root"
  find_config
  read_config
  check_config
  SHOWN=$PROJECT
}

# --- lock and sweep ------------------------------------------------------------------------------------------------------

# One run a project, and one run a host: projects share its processors and the box's few connections.
take_locks() {
  local since
  exec 8<>"$RUN_DIR/$PROJECT.lock"
  if ! flock -n 8; then
    since=$(head -n 1 "$RUN_DIR/$PROJECT.lock")
    skip "${since:-an unknown time}"
  fi
  printf '%s (process %s)\n' "$STARTED_AT" "$$" >"$RUN_DIR/$PROJECT.lock"
  rm -f -- "$RUN_DIR/$PROJECT.skips"
  exec 7<>"$RUN_DIR/host.lock"
  flock -n 7 && return
  stage lock "another project's backup is running on this host; waiting up to $LOCK_WAIT_SECONDS s"
  flock -w "$LOCK_WAIT_SECONDS" 7 8>&- &
  wait "$!" || die "another project's backup still runs after $LOCK_WAIT_SECONDS s"
}

# Someone else holds this project's lock: fine once or twice, a failure from the third time in a row on.
skip() {
  local count=0 file=$RUN_DIR/$PROJECT.skips
  exec 9<>"$file.lock"
  flock 9
  [[ ! -s $file ]] || read -r count <"$file" || :
  [[ $count =~ ^[0-9]{1,6}$ ]] || count=0
  count=$((count + 1))
  printf '%s\n' "$count" >"$file"
  exec 9>&-
  ((count <= SKIPS_ALLOWED)) || die "skipped $count times in a row: still running since $1"
  stage lock "skipped, still running since $1"
  note_skips "$count"
  exit 0
}

# Only this project's own: names are matched exactly, since one database's name may begin with another's.
sweep() {
  local file name work=$RUN_DIR/$PROJECT.work
  if [[ -e $work ]]; then
    rm -rf -- "$work"
    stage sweep "an earlier run was killed; its work in $work is gone"
  fi
  for file in "$BACKUP_DIR"/*.part; do
    name=${file##*/}
    [[ $name =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}\.sql\.gz(\.(sha256|manifest\.json|download))?\.part$ || $name == "status_$PROJECT.json.part" ]] || continue
    rm -f -- "$file"
    stage sweep "removed the partial file $file of a run that was killed"
  done
  mkdir -m 0700 -- "$work"
  WORK=$work
}

# --- preflight, dump, inspect, hash ----------------------------------------------------------------------------------------

# pg PROGRAM OPTION…: a PostgreSQL client, by password over TCP, or as the system user postgres by peer login. Replaces the shell.
pg() {
  local -a as=(--port="$DB_PORT" --no-password --dbname="$DB_NAME")
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=UTF8 PGAPPNAME=postgres-backup
  if [[ -n $DB_PASSWORD ]]; then
    PGPASSFILE=$WORK/pgpass exec_tied "$1" --host="$DB_HOST" --username="$DB_USER" "${as[@]}" "${@:2}"
  fi
  exec setpriv --reuid postgres --regid postgres --init-groups --pdeathsig KILL -- "$1" --username=postgres "${as[@]}" "${@:2}"
}

preflight() {
  local tool file escaped
  stage preflight "database $DB_NAME, box $STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT"
  for tool in psql:postgresql-client pg_dump:postgresql-client sftp:openssh-client ssh:openssh-client sshpass:sshpass; do
    [[ $tool == sshpass:* && -z $STORAGEBOX_PASSWORD ]] && continue
    command -v "${tool%:*}" >/dev/null || die "${tool%:*} is not installed; this gets it: apt-get install ${tool#*:}"
  done
  for file in "$STORAGEBOX_KNOWN_HOSTS" ${STORAGEBOX_IDENTITY:+"$STORAGEBOX_IDENTITY"}; do
    [[ -f $file && -r $file ]] || die "$file is not there or cannot be read"
  done
  escaped=${DB_PASSWORD//\\/\\\\}
  printf '*:*:*:*:%s\n' "${escaped//:/\\:}" >"$WORK/pgpass"
  await pg psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --file=- \
    <<<"$FACTS_SQL" >"$WORK/facts" 2>"$WORK/psql.err" || die "cannot read the database $DB_NAME: $(reason first "$WORK/psql.err")"
  FACTS=$(<"$WORK/facts")
  [[ $FACTS == '{'*'}' && $FACTS != *$'\n'* ]] || die "cannot read the database $DB_NAME: its answer is not one JSON object"
}

# shellcheck disable=SC2016  # psql's variables, not the shell's
readonly FACTS_SQL='
SET search_path = pg_catalog;
SELECT to_regclass($$public.alembic_version$$) IS NOT NULL AS has_alembic \gset
\if :has_alembic
SELECT string_agg(version_num, $$,$$ ORDER BY version_num) AS head FROM public.alembic_version \gset
\endif
\if :{?head}
\else
\set head
\endif
SELECT json_build_object(
  $$serverVersion$$, current_setting($$server_version$$), $$alembicHead$$, nullif(:'"'head'"', $$$$),
  $$extensions$$, (SELECT coalesce(json_object_agg(extname, extversion ORDER BY extname), $${}$$) FROM pg_extension),
  $$encoding$$, pg_encoding_to_char(encoding), $$collation$$, datcollate, $$owner$$, pg_get_userbyid(datdba))
FROM pg_database WHERE datname = current_database();'

# Four programs joined by named pipes, so that each one's exit status is its own: a dump that was killed half way still makes
# a valid gzip file. The checksum is of the stream as it was made, not of what a disk gave back.
dump() {
  local tool failed='' code
  local -A pid=()
  stage dump "$NAME"
  PART=$BACKUP_DIR/$NAME.part
  mkfifo "$WORK/sql" "$WORK/packed" "$WORK/written"
  pg pg_dump --format=plain --lock-wait-timeout=600000 >"$WORK/sql" 2>"$WORK/pg_dump.err" 7>&- 8>&- &
  pid[pg_dump]=$!
  gzip "-$COMPRESSION_LEVEL" -n <"$WORK/sql" >"$WORK/packed" 2>"$WORK/gzip.err" 7>&- 8>&- &
  pid[gzip]=$!
  tee -- "$PART" <"$WORK/packed" >"$WORK/written" 2>"$WORK/tee.err" 7>&- 8>&- &
  pid[tee]=$!
  sha256sum <"$WORK/written" >"$WORK/sha256" 2>"$WORK/sha256sum.err" 7>&- 8>&- &
  pid[sha256sum]=$!
  for tool in pg_dump gzip tee sha256sum; do
    code=0
    wait "${pid[$tool]}" || code=$?
    ((code == 0)) || failed+="${failed:+; }$tool ended with $code: $(reason first "$WORK/$tool.err")"
  done
  [[ -z $failed ]] || die "$failed"
  if [[ -s $WORK/pg_dump.err ]]; then warn "pg_dump says: $(reason first "$WORK/pg_dump.err")"; fi
  FINISHED_AT=$(now_iso)
}

# One pass over the file as it lies on the disk: gzip's own check, the number of tables, both ends, and nothing foreign inside.
inspect() {
  local header foreign complete unpacked=0 counted=0
  stage inspect "reading $NAME back"
  mkfifo "$WORK/text"
  gzip -dc -- "$PART" >"$WORK/text" 2>"$WORK/gunzip.err" 7>&- 8>&- &
  local gunzip=$!
  LC_ALL=C awk "$INSPECT_AWK" <"$WORK/text" >"$WORK/inspected" 7>&- 8>&- &
  wait "$!" || counted=$?
  wait "$gunzip" || unpacked=$?
  ((unpacked == 0)) || set_aside "gzip cannot unpack it: $(reason first "$WORK/gunzip.err")"
  ((counted == 0)) || set_aside "it could not be read to its end"
  read -r TABLES header foreign complete <"$WORK/inspected"
  ((header == 1)) || set_aside "it does not begin as a dump does"
  ((foreign == 0)) || set_aside "messages of pg_dump stand inside"
  ((complete == 1)) || set_aside "it is cut short: the line 'PostgreSQL database dump complete' is not near its end"
  ((TABLES >= EXPECTED_TABLES)) || set_aside "it has $TABLES tables, expected at least $EXPECTED_TABLES"
}

# Rows are skipped: they may hold any text. Newer dumps end with \unrestrict, so the last line is not the place to look.
# shellcheck disable=SC2016  # awk's fields, not the shell's
readonly INSPECT_AWK='
rows { if ($0 == "\\.") rows = 0; next }
/^COPY .* FROM stdin;$/ { rows = 1; next }
/^CREATE (UNLOGGED )?TABLE / { tables++ }
/^-- PostgreSQL database dump complete$/ { complete = NR }
/^-- PostgreSQL database dump$/ && NR < 9 { header = 1 }
/^pg_dump: / { foreign++ }
END { print tables + 0, header + 0, foreign + 0, (complete && !rows && NR - complete < 9) ? 1 : 0 }'

set_aside() {
  mv -T -- "$PART" "$BACKUP_DIR/$NAME.bad"
  die "$1; kept aside as $BACKUP_DIR/$NAME.bad"
}

# place FILE: the finished file takes its name, on the disk and not only in memory.
place() {
  [[ ! -e $1 ]] || die "$1 is there already"
  await sync -- "$1.part" || die "cannot write $1.part to the disk"
  mv -T -- "$1.part" "$1" || die "cannot rename $1.part"
}

# A dump without its .sha256 is no backup, so that comes after; the manifest is last.
hash_backup() {
  local file=$BACKUP_DIR/$NAME
  stage hash "sha256 of $NAME"
  read -r SHA256 _ <"$WORK/sha256"
  [[ $SHA256 =~ ^[0-9a-f]{64}$ ]] || die "sha256sum gave no checksum"
  BYTES=$(stat -c %s -- "$PART")
  printf '%s  %s\n' "$SHA256" "$NAME" >"$file.sha256.part" || die "cannot write $file.sha256.part"
  write_manifest >"$file.manifest.json.part" || die "cannot write $file.manifest.json.part"
  place "$file"
  place "$file.sha256"
  place "$file.manifest.json"
  await sync -- "$BACKUP_DIR" || die "cannot write $BACKUP_DIR to the disk"
  graded hashed ''
  say hash "$SHA256, $BYTES bytes, $TABLES tables"
}

write_manifest() {
  printf '{"project":"%s","database":"%s",%s,' "$PROJECT" "$DB_NAME" "$(inner "$FACTS")"
  printf '"name":"%s","compression":"gzip","bytes":%s,"sha256":"%s","tables":%s,' "$NAME" "$BYTES" "$SHA256" "$TABLES"
  printf '"startedAt":"%s","finishedAt":"%s","scriptVersion":"%s"}\n' "$STARTED_AT" "$FINISHED_AT" "$VERSION"
}

# A JSON object without its braces.
inner() { local text=${1#'{'}; printf '%s' "${text%'}'}"; }

graded() {
  local path=null
  [[ -z $2 ]] || path="\"$2\""
  printf -v NEWEST '{"name":"%s","bytes":%s,"sha256":"%s","tables":%s,"grade":"%s","remotePath":%s,"finishedAt":"%s"}' \
    "$NAME" "$BYTES" "$SHA256" "$TABLES" "$1" "$path" "$FINISHED_AT"
}

# --- the box -------------------------------------------------------------------------------------------------------------

# One login a run, which costs seconds on a real box; what follows shares it. Where it cannot be shared, each logs in itself.
box_prepare() {
  BOX_OPTIONS=(-F /dev/null -oBatchMode=no -oPort="$STORAGEBOX_PORT" -oStrictHostKeyChecking=yes
    -oUserKnownHostsFile="$STORAGEBOX_KNOWN_HOSTS" -oGlobalKnownHostsFile=/dev/null -oUpdateHostKeys=no -oLogLevel=ERROR
    -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4 -oNumberOfPasswordPrompts=1
    -oIdentitiesOnly=yes -oIdentityAgent=none -oForwardAgent=no -oControlPath="$WORK/box")
  BOX_LOGIN=(setpriv --pdeathsig KILL --)
  if [[ -n $STORAGEBOX_IDENTITY ]]; then BOX_OPTIONS+=(-oIdentityFile="$STORAGEBOX_IDENTITY"); else BOX_OPTIONS+=(-oPubkeyAuthentication=no); fi
  if [[ -n $STORAGEBOX_PASSWORD ]]; then BOX_LOGIN+=(sshpass -d3); else BOX_OPTIONS+=(-oPasswordAuthentication=no -oKbdInteractiveAuthentication=no); fi
}

# The password goes through a pipe: neither argv, nor the environment, nor a file has it.
box_exec() { exec "${BOX_LOGIN[@]}" "$@" 3< <(printf '%s\n' "$STORAGEBOX_PASSWORD"); }

# box_open: 0 logged in; 1 not reached, worth another try. What no other try can mend ends the run.
box_open() {
  box_close
  await box_exec ssh "${BOX_OPTIONS[@]}" -oControlMaster=yes -oControlPersist=60 -f -N "$STORAGEBOX_USER@$STORAGEBOX_HOST" \
    >/dev/null 2>"$WORK/box.err" || { box_failed "$?"; return 1; }
}

box_close() {
  if [[ -n $WORK && -S $WORK/box ]]; then ssh -F /dev/null -S "$WORK/box" -O exit box >/dev/null 2>&1 || :; fi
}

# sshpass's own codes (5 wrong password, 6 unknown key, 7 changed key) come seldom: ssh most often sees it first and says 255.
box_failed() {
  local text where="$STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT"
  text=$(<"$WORK/box.err")
  case $1:$text in
    7:* | *'IDENTIFICATION HAS CHANGED'*) die "changed host key: $where shows another key than $STORAGEBOX_KNOWN_HOSTS has; nothing was sent" ;;
    6:* | *'host key is known for'* | *'Host key verification failed'*) die "unknown host key: $STORAGEBOX_KNOWN_HOSTS has none for $where; nothing was sent" ;;
    5:* | 255:*'Permission denied'* | 255:*'Too many authentication failures'*) die "wrong password or refused key: $where does not let us in" ;;
  esac
  BOX_ERROR="$where: $(reason last "$WORK/box.err")"
}

# box_batch COMMAND…: sftp commands in one session, output in $WORK/box.out. It stops at the first that fails, but for those that
# begin with a dash. 1: not reached, worth another try. 2: reached, and it refused. -oBatchMode=no stands before -b, which
# would turn password prompts off.
box_batch() {
  local code=0
  printf '%s\n' "$@" >"$WORK/batch"
  await box_exec sftp "${BOX_OPTIONS[@]}" -b "$WORK/batch" "$STORAGEBOX_USER@$STORAGEBOX_HOST" >"$WORK/box.out" 2>"$WORK/box.err" || code=$?
  ((code != 0)) || return 0
  box_failed "$code"
  if ((code == 255)) || grep -Eqi 'connection (closed|reset|lost)|broken pipe|timed out' "$WORK/box.err"; then return 1; fi
  return 2
}

# box_sha256 PATH SCRATCH: sets BOX_SHA256 and BOX_WAY. Hashed there where the box has a shell, else downloaded and hashed here.
box_sha256() {
  local code=0
  BOX_SHA256='' BOX_WAY='by its own sha256sum'
  await box_exec ssh "${BOX_OPTIONS[@]}" "$STORAGEBOX_USER@$STORAGEBOX_HOST" "sha256sum $1" >"$WORK/box.out" 2>"$WORK/box.err" || code=$?
  read -r BOX_SHA256 _ <"$WORK/box.out" || :
  if ((code == 0)) && [[ $BOX_SHA256 =~ ^[0-9a-f]{64}$ ]]; then return 0; fi
  BOX_WAY='downloaded, since the box has no shell'
  SCRATCH=$2
  box_batch "get $1 $SCRATCH" || return
  await sha256sum <"$SCRATCH" >"$WORK/box.out" || die "cannot read $SCRATCH"
  rm -f -- "$SCRATCH"
  read -r BOX_SHA256 _ <"$WORK/box.out"
}

# --- upload, compare, publish ----------------------------------------------------------------------------------------------

# Each try has a fresh connection and starts from zero: resuming onto other content would spoil it silently.
deliver() {
  local try code mismatches=0
  for ((try = 1; try <= UPLOAD_TRIES; try++)); do
    code=0
    if ((try > 1)); then await exec_tied sleep "$((UPLOAD_RETRY_SECONDS * (try - 1)))"; fi
    upload "$try" || code=$?
    if ((code == 0)); then compare || code=$?; fi
    case $code in
      0) publish; return ;;
      2) die "refused by $BOX_ERROR" ;;
      3) ((++mismatches < HASH_TRIES)) || die "its checksum on the box is $BOX_SHA256, not $SHA256, also after another try; the partial file there is removed" ;;
      *) ((try < UPLOAD_TRIES)) || die "not reached in $UPLOAD_TRIES tries: $BOX_ERROR" ;;
    esac
    if ((code == 3)); then say compare "checksum on the box differs; trying again from zero"; else say "$STAGE" "try $try of $UPLOAD_TRIES: $BOX_ERROR"; fi
  done
}

upload() {
  local level='' part
  local -a commands=()
  stage upload "$DAY_DIR/$NAME"
  box_open || return 1
  grep -qsxF "$DAY_DIR/$NAME $RUN_ID" "$PENDING" || printf '%s\n' "$DAY_DIR/$NAME $RUN_ID" >>"$PENDING"
  remote_partials
  commands=("${PARTIALS[@]}")
  local -a levels
  IFS=/ read -ra levels <<<"${DAY_DIR#/}"
  for part in "${levels[@]}"; do
    level+=/$part
    commands+=("-mkdir $level")
  done
  for part in '' .sha256 .manifest.json; do commands+=("put -f $BACKUP_DIR/$NAME$part $DAY_DIR/$NAME$part.part-$RUN_ID"); done
  box_batch "${commands[@]}"
}

# What this run and killed ones before it may have left on the box, as commands that remove it. Each upload notes its name first.
remote_partials() {
  local path run suffix
  PARTIALS=()
  while read -r path run; do
    [[ $path =~ ^/[A-Za-z0-9_@%+=:,./-]+/backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}\.sql\.gz$ && $run =~ ^[0-9]+-[0-9]+$ ]] || continue
    for suffix in '' .sha256 .manifest.json; do PARTIALS+=("-rm $path$suffix.part-$run"); done
    [[ $run == "$RUN_ID" ]] || say sweep "removing from the box what a killed run may have left: $path.part-$run"
  done <"$PENDING"
}

compare() {
  stage compare "sha256 of the uploaded copy"
  box_sha256 "$DAY_DIR/$NAME.part-$RUN_ID" "$BACKUP_DIR/$NAME.download.part" || return
  [[ $BOX_SHA256 == "$SHA256" ]] || return 3
  say compare "equal on the box, $BOX_WAY"
}

# rename -l refuses a name that is taken; sftp's plain rename would replace the file. The manifest comes last: complete.
publish() {
  local suffix
  local -a commands=()
  stage publish "$DAY_DIR/$NAME"
  for suffix in '' .sha256 .manifest.json; do commands+=("rename -l $DAY_DIR/$NAME$suffix.part-$RUN_ID $DAY_DIR/$NAME$suffix"); done
  box_batch "${commands[@]}" || die "not renamed on the box, perhaps because the name is taken: $BOX_ERROR"
  rm -f -- "$PENDING"
  graded 'hashed on the box' "$DAY_DIR/$NAME"
}

# --- prune -----------------------------------------------------------------------------------------------------------------

# choose_old DAYS: of lines "STAMP yes|no PATH" on stdin, the paths to remove, in OLD. Age is the name's, since a copied file's
# mtime says nothing. The newest three complete ones stay however old; no more than the cap go in one run, the oldest first.
choose_old() {
  local cutoff stamp complete path kept=0
  cutoff=$(date -u -d "-$1 days" +%Y%m%d%H%M%S)
  OLD=()
  while read -r stamp complete path; do
    if [[ $complete == yes ]] && ((kept < KEEP)); then kept=$((kept + 1)); elif ((10#$stamp < cutoff)); then OLD+=("$path"); fi
  done < <(sort -r)
  ((${#OLD[@]} <= PRUNE_CAP)) || OLD=("${OLD[@]: -PRUNE_CAP}")
}

prune_local() {
  local file complete
  for file in "$BACKUP_DIR/backup_$DB_NAME"_*; do
    [[ ${file##*/} =~ ^backup_"$DB_NAME"_([0-9]{8})_([0-9]{6})\.sql\.gz(\.bad)?$ && -f $file && ! -L $file ]] || continue
    complete=no
    [[ ! -f $file.sha256 ]] || complete=yes
    printf '%s %s %s\n' "${BASH_REMATCH[1]}${BASH_REMATCH[2]}" "$complete" "$file"
  done >"$WORK/local"
  choose_old "$RETENTION_DAYS" <"$WORK/local"
  for file in "${OLD[@]}"; do
    # The dump itself goes last, so that what a kill leaves is found by the next run.
    if rm -f -- "$file.sha256" "$file.manifest.json" && rm -f -- "$file"; then say prune "removed $file"; else warn "could not remove $file"; fi
  done
}

# box_list DAYS-PATTERN…: fills FILES (path → suffixes seen, each between spaces; * is the dump itself) and STALE (old partial files).
box_list() {
  local pattern line path today
  local -a commands=()
  for pattern in "$@"; do commands+=("-ls -1 $STORAGEBOX_REMOTE_DIR/$pattern/backup_${DB_NAME}_[0-9]*"); done
  FILES=() STALE=()
  box_batch "${commands[@]}" || return
  today=$(date -u -d '-2 days' +%Y%m%d)
  while IFS= read -r line; do
    [[ $line =~ ^("$STORAGEBOX_REMOTE_DIR"/([0-9]{4})/([0-9]{2})/([0-9]{2})/backup_"$DB_NAME"_([0-9]{8})_[0-9]{6}\.sql\.gz)(\.sha256|\.manifest\.json)?(\.part-[0-9]+-[0-9]+)?$ ]] || continue
    [[ ${BASH_REMATCH[2]}${BASH_REMATCH[3]}${BASH_REMATCH[4]} == "${BASH_REMATCH[5]}" ]] || continue
    path=${BASH_REMATCH[1]}
    if [[ -z ${BASH_REMATCH[7]} ]]; then
      FILES[$path]="${FILES[$path]:- }${BASH_REMATCH[6]:-*} "
    elif ((10#${BASH_REMATCH[5]} < today)); then
      STALE+=("$line")
    fi
  done <"$WORK/box.out"
}

is_complete() { [[ ${FILES[$1]} == *' * '* && ${FILES[$1]} == *' .sha256 '* && ${FILES[$1]} == *' .manifest.json '* ]]; }

# box_stamps: lines for choose_old, and for finding the newest.
box_stamps() {
  local path stamp complete
  for path in "${!FILES[@]}"; do
    stamp=${path##*/backup_"$DB_NAME"_}
    stamp=${stamp%.sql.gz}
    if is_complete "$path"; then complete=yes; else complete=no; fi
    printf '%s %s %s\n' "${stamp/_/}" "$complete" "$path"
  done
}

readonly ALL_DAYS='[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]'

# The box has no find: names are listed, matched here, and removed one by one. What fails here is a warning: the backup is good.
prune_remote() {
  local path suffix
  local -a commands=()
  if ! box_list "$ALL_DAYS"; then warn "could not list the box: $BOX_ERROR"; return; fi
  box_stamps >"$WORK/remote"
  choose_old "$REMOTE_RETENTION_DAYS" <"$WORK/remote"
  for path in ${STALE[@]+"${STALE[@]}"}; do
    commands+=("-rm $path")
    say sweep "removing from the box the partial file of a killed run: $path"
  done
  for path in "${OLD[@]}"; do
    for suffix in .manifest.json .sha256 '*'; do
      [[ ${FILES[$path]} != *" $suffix "* ]] || commands+=("-rm $path${suffix#'*'}")
    done
    commands+=("-rmdir ${path%/*}")
    say prune "removing from the box $path"
  done
  ((${#commands[@]} > 0)) || return 0
  if ! box_batch "${commands[@]}"; then warn "could not prune the box: $BOX_ERROR"; return; fi
  # A day's folder that still holds something refuses to go, and should.
  if grep -q '^remote delete' "$WORK/box.err"; then warn "could not remove from the box: $(grep -m 1 '^remote delete' "$WORK/box.err")"; fi
}

prune() {
  stage prune "older than $RETENTION_DAYS days here, $REMOTE_RETENTION_DAYS days on the box; the newest $KEEP stay"
  prune_local
  prune_remote
}

# --- status ----------------------------------------------------------------------------------------------------------------

status_file() { printf '%s/status_%s.json' "$BACKUP_DIR" "$PROJECT"; }

# The newest good backup is remembered through runs that fail.
load_newest() {
  local line
  [[ -f $(status_file) ]] || return 0
  while IFS= read -r line; do
    if [[ $line =~ ^\ \ \"newest\":\ (\{\"name\":\"backup_[A-Za-z0-9_.-]+\",.*\})$ ]]; then NEWEST=${BASH_REMATCH[1]}; fi
  done <"$(status_file)"
}

# replace_status: stdin becomes the status file, all of it or nothing. A skipped run may write at the same time: one after the other.
replace_status() {
  local file
  file=$(status_file)
  { cat >"$file.part" && mv -T -- "$file.part" "$file"; } 2>/dev/null || say "$STAGE" "warning: could not write $file"
}

write_status() {
  local error=null warnings='' text skips=0
  [[ ! -s $RUN_DIR/$PROJECT.skips ]] || read -r skips <"$RUN_DIR/$PROJECT.skips" || :
  [[ -z $ERROR ]] || error=$(json_string "$ERROR")
  for text in ${WARNINGS[@]+"${WARNINGS[@]}"}; do warnings+="${warnings:+, }$(json_string "$text")"; done
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
  replace_status <<END
{
  "project": "$PROJECT",
  "ok": $1,
  "stage": "$STAGE",
  "startedAt": "$STARTED_AT",
  "finishedAt": "$(now_iso)",
  "exitCode": $2,
  "error": $error,
  "skipped": $skips,
  "warnings": [$warnings],
  "newest": $NEWEST
}
END
  exec 9>&-
}

note_skips() {
  local text
  [[ -f $(status_file) ]] || return 0
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
  text=$(sed "s/^  \"skipped\": [0-9]*,$/  \"skipped\": $1,/" "$(status_file)")
  replace_status <<<"$text"
  exec 9>&-
}

# --- look at the box ---------------------------------------------------------------------------------------------------------

check_report() {
  local error=null
  [[ -z $3 ]] || error=$(json_string "$3")
  printf '{"project":%s,"ok":%s,"newest":%s,"local":%s,"error":%s}\n' "$(json_string "$SHOWN")" "$1" "$2" "${LOCAL_COPY:-null}" "$error"
}

find_local_copy() {
  local file name='' sha256 finished=null
  for file in "$BACKUP_DIR/backup_$DB_NAME"_*.sql.gz; do
    if [[ ${file##*/} =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}\.sql\.gz$ && -f $file.sha256 ]]; then name=${file##*/}; fi
  done
  [[ -n $name ]] || return 0
  read -r sha256 _ <"$BACKUP_DIR/$name.sha256" || :
  if [[ -f $BACKUP_DIR/$name.manifest.json && $(<"$BACKUP_DIR/$name.manifest.json") =~ \"finishedAt\":(\"[0-9TZ:-]+\") ]]; then finished=${BASH_REMATCH[1]}; fi
  LOCAL_COPY="{\"name\":\"$name\",\"sha256\":$(json_string "$sha256"),\"finishedAt\":$finished}"
}

# The newest complete one: most often of today or yesterday, so that not every day's folder need be listed.
find_newest_on_box() {
  local when stamp complete path
  local -a days
  NEWEST_PATH=''
  for when in recent all; do
    days=("$ALL_DAYS")
    [[ $when == all ]] || days=("$(date -u +%Y/%m/%d)" "$(date -u -d '-1 day' +%Y/%m/%d)")
    box_list "${days[@]}" || die "could not look: $BOX_ERROR"
    while read -r stamp complete path; do
      if [[ $complete == yes ]]; then NEWEST_PATH=$path; return; fi
    done < <(box_stamps | sort -r)
  done
}

# Read-only: nothing lasts of what it does, here or there.
check_box() {
  local name sha256='' bytes=0 line manifest=false equal=false error=''
  STAGE=check-box
  find_local_copy
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  box_prepare
  box_open || die "could not look: $BOX_ERROR"
  find_newest_on_box
  if [[ -z $NEWEST_PATH ]]; then check_report false null "no complete backup of $DB_NAME in $STORAGEBOX_REMOTE_DIR on the box"; exit 2; fi
  name=${NEWEST_PATH##*/}
  box_batch "get $NEWEST_PATH.sha256 $WORK/sha256" "get $NEWEST_PATH.manifest.json $WORK/manifest" "ls -ln $NEWEST_PATH" || die "could not look: $BOX_ERROR"
  while IFS= read -r line; do if [[ $line == -* ]]; then read -r _ _ _ _ bytes _ <<<"$line"; fi; done <"$WORK/box.out"
  read -r sha256 _ <"$WORK/sha256" || :
  box_sha256 "$NEWEST_PATH" "/var/tmp/${WORK##*/}" || die "could not look: $BOX_ERROR"
  if [[ -n $sha256 && $(tr -d '\0' <"$WORK/manifest") == *"\"sha256\":\"$sha256\""* ]]; then manifest=true; fi
  if [[ $BOX_SHA256 != "$sha256" ]]; then
    error="$name has another checksum on the box than the .sha256 beside it"
  elif [[ -f $BACKUP_DIR/$name.sha256 && $(head -c 64 "$BACKUP_DIR/$name.sha256") != "$sha256" ]]; then
    error="$name has another checksum on the box than here"
  elif [[ $manifest == false ]]; then
    error="the manifest of $name on the box does not hold its checksum"
  else
    equal=true
  fi
  check_report "$equal" "{\"name\":\"$name\",\"path\":\"$NEWEST_PATH\",\"bytes\":$bytes,\"sha256\":$(json_string "$sha256"),\"sha256OnBox\":\"$BOX_SHA256\",\"manifest\":$manifest,\"equal\":$equal}" "$error"
  [[ $equal == true ]] || exit 2
}

# --- run -------------------------------------------------------------------------------------------------------------------

# After the wait for the locks: the name tells when the dump began. No two runs have the same one.
choose_name() {
  local now
  while :; do
    printf -v now '%(%s)T' -1
    printf -v NAME 'backup_%s_%(%Y%m%d_%H%M%S)T.sql.gz' "$DB_NAME" "$now"
    [[ -e $BACKUP_DIR/$NAME || -e $BACKUP_DIR/$NAME.bad ]] || break
    await exec_tied sleep 1
  done
  printf -v DAY_DIR '%s/%(%Y/%m/%d)T' "$STORAGEBOX_REMOTE_DIR" "$now"
  printf -v RUN_ID '%s-%d' "$now" "$$"
}

run() {
  local started=$SECONDS
  mkdir -p -- "$RUN_DIR" "$BACKUP_DIR" "$LOG_DIR"
  STARTED_AT=$(now_iso)
  RECORDS=yes
  load_newest
  stage config "$CONFIG"
  STAGE=lock
  take_locks
  STAGE=sweep
  sweep
  choose_name
  preflight
  dump
  inspect
  hash_backup
  PART='' PENDING=$BACKUP_DIR/.uploading_$PROJECT
  box_prepare
  deliver
  prune
  STAGE='done'
  say 'done' "$NAME, $BYTES bytes, $TABLES tables, equal on the box, $((SECONDS - started)) s"
  write_status true 0
}

main() {
  while (($# > 0)); do
    case $1 in
      --config) (($# > 1)) || die "--config needs a file"; CONFIG=$2; shift ;;
      --check-box) MODE=check ;;
      --version) printf 'backup script %s\n' "$VERSION"; exit 0 ;;
      --help) usage; exit 0 ;;
      *) die "unknown argument: $1; --help tells what there is" ;;
    esac
    shift
  done
  configure
  if [[ $MODE == check ]]; then check_box; else run; fi
}

trap finish EXIT
trap ': "${ERROR:=unexpected error in line $LINENO: $BASH_COMMAND}"' ERR
trap 'ERROR="stopped by SIGTERM"; exit 143' TERM
trap 'ERROR="stopped by SIGINT"; exit 130' INT
trap 'ERROR="stopped by SIGHUP"; exit 129' HUP
trap : PIPE
clean_environment
main "$@"

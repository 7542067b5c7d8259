readonly -a PSQL=(psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --file=-)

# Who dumps and counts: "superuser" through the local socket, or "owner" where there is none (managed servers).
# ENCODING is the database's own, in which it is dumped. Sessions speak UTF-8, or SQL_ASCII, which converts nothing, where a name can't be
# converted.
# shellcheck disable=SC2034  # only the backup script needs each of them
DUMPED_BY=superuser SERVER=0 ENCODING=UTF8 CLIENT_ENCODING=UTF8 LOGIN_OPTIONS=''

# What every session of ours sets for itself, whatever is set on a role, a database or the server: options of the connection come
# before those. First what would end, hold or hide something; then how SQL is read and values are written, since both are compared as
# text. Newer servers know more settings; an older one refuses the login that names them.
ALWAYS_SET='-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c search_path=pg_catalog'
ALWAYS_SET+=' -c default_transaction_read_only=off -c default_transaction_isolation=read\ committed -c exit_on_error=off'
ALWAYS_SET+=' -c standard_conforming_strings=on -c array_nulls=on -c quote_all_identifiers=off -c DateStyle=ISO,MDY -c IntervalStyle=postgres'
ALWAYS_SET+=' -c client_min_messages=warning -c TimeZone=UTC -c bytea_output=hex -c extra_float_digits=1 -c password_encryption=scram-sha-256'
# pg_dump writes money as lc_monetary has it, and doesn't say which that was. Compiling takes longer than what is asked of catalogs.
ALWAYS_SET+=' -c jit=off -c lc_monetary=C -c default_tablespace= -c transform_null_equals=off -c xmloption=content -c backslash_quote=safe_encoding'
readonly ALWAYS_SET
# A superuser's besides: as itself, in English, with all room for sorting. The application keeps the role that is set for it, since it works
# with its rights.
readonly SUPER_SET='-c role=none -c lc_messages=C -c temp_file_limit=-1'
readonly SET_SINCE_14=' -c idle_session_timeout=0' SET_SINCE_17=' -c transaction_timeout=0'

# pg PROGRAM OPTION…: a PostgreSQL client on the project's database, as whoever dumps. A policy that hides rows from the owner is an
# error. Replaces the shell.
pg() {
  local PGOPTIONS='-c row_security=off'
  [[ $DUMPED_BY == owner ]] || super "$1" "$DB_NAME" "${@:2}"
  as_role "$1" "$DB_NAME" "${@:2}"
}

# as_role PROGRAM DATABASE OPTION…: as the application logs in. super: as one who may do everything. Both replace the shell. A database
# is never named by --dbname, which takes a name with = in it for a connection string.
as_role() {
  client_environment
  PGDATABASE=$2 PGPASSFILE=$WORK/pgpass exec_tied "$1" --host="$DB_HOST" --username="$DB_USER" --port="$DB_PORT" --no-password "${@:3}"
}

declare -a CAPABILITIES=()
# shellcheck disable=SC2034  # only the backup script needs it
# What a program of the system user postgres needs to work in a folder that is root's alone.
readonly -a ANY_FOLDER=(--inh-caps +dac_override --ambient-caps +dac_override)

super() {
  PGOPTIONS=$SUPER_SET${PGOPTIONS:+ $PGOPTIONS}
  client_environment
  export PGDATABASE=$2
  exec setpriv --reuid postgres --regid postgres --init-groups ${CAPABILITIES[@]+"${CAPABILITIES[@]}"} --pdeathsig KILL -- \
    "$1" --username=postgres --port="$DB_PORT" --no-password "${@:3}"
}

client_environment() {
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=$CLIENT_ENCODING PGAPPNAME=${PGAPPNAME:-postgres-backup}
  export PGOPTIONS="${LOGIN_OPTIONS:-$ALWAYS_SET}${PGOPTIONS:+ $PGOPTIONS}"
}

# choose_client_encoding SESSION…: UTF-8, where each name in that session's database can be converted.
choose_client_encoding() {
  CLIENT_ENCODING=UTF8
  await "$@" "${PSQL[@]:1}" --output=/dev/null <<<"$NAMES_SQL" 2>"$WORK/psql.err" || CLIENT_ENCODING=SQL_ASCII
}
IFS= read -r -d '' NAMES_SQL <<'END' || :
SELECT nspname FROM pg_namespace UNION ALL SELECT relname FROM pg_class UNION ALL SELECT proname FROM pg_proc UNION ALL SELECT typname FROM pg_type
UNION ALL SELECT conname FROM pg_constraint UNION ALL SELECT tgname FROM pg_trigger UNION ALL SELECT polname FROM pg_policy
UNION ALL SELECT extname FROM pg_extension UNION ALL SELECT spcname FROM pg_tablespace
UNION ALL SELECT rolname FROM pg_roles r WHERE EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 1260 AND refobjid = r.oid AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())));
END
readonly NAMES_SQL

# learn_server super|as_role DATABASE: fills SERVER and LOGIN_OPTIONS. No statement runs for it, since a time-out of a millisecond
# could end that: psql knows the version from the login.
learn_server() {
  [[ -z $LOGIN_OPTIONS ]] || return 0
  # A very short transaction_timeout ends even the login; a server that does not know that setting refuses it.
  if ! server_version "$@"; then
    ! grep -q 'timeout expired' "$WORK/psql.err" || return 1
    LOGIN_OPTIONS=$ALWAYS_SET$SET_SINCE_14$SET_SINCE_17
    server_version "$@" || { LOGIN_OPTIONS='' && server_version "$@"; } || return
  fi
  LOGIN_OPTIONS=$ALWAYS_SET
  ((SERVER < 140000)) || LOGIN_OPTIONS+=$SET_SINCE_14
  ((SERVER < 170000)) || LOGIN_OPTIONS+=$SET_SINCE_17
  prefer_tools_of "$((SERVER / 10000))"
}

# prefer_tools_of MAJOR: the server's own version where Debian's packages have it, whatever else is installed: its dump is sure to
# load into such a server again. Found like this, they also start without the wrapper in /usr/bin, which takes longer than they do.
prefer_tools_of() {
  local folder=/usr/lib/postgresql/$1/bin
  if [[ -x $folder/pg_dump && -x $folder/psql ]]; then PATH=/usr/local/sbin:/usr/local/bin:$folder:${PATH#/usr/local/sbin:/usr/local/bin:}; fi
}

server_version() {
  await "$1" psql "$2" "${PSQL[@]:1}" <<<'\echo :SERVER_VERSION_NUM' >"$WORK/answered" 2>"$WORK/psql.err" || return
  IFS= read -r SERVER <"$WORK/answered" && [[ $SERVER =~ ^[1-9][0-9]{4,6}$ ]]
}

# Whether the local socket leads to a superuser of the server that the config names.
find_superuser() {
  local why
  if local_superuser; then DUMPED_BY=superuser; return; fi
  why=$(reason first "$WORK/psql.err")
  # Only a superuser may set it, and so it is in any language.
  [[ $why != *lc_messages* ]] || why='the role postgres is no superuser'
  LOGIN_OPTIONS='' DUMPED_BY=owner
  [[ -n $DB_PASSWORD ]] || die "cannot read the database $DB_NAME: $why"
  learn_server as_role "$DB_NAME" || die "cannot read the database $DB_NAME: $(reason first "$WORK/psql.err")"
  warn "dumped as $DB_USER, since no superuser can log in here ($why): subscriptions and other roles' user mappings are left out"
}

local_superuser() {
  local here
  learn_server super "$DB_NAME" || return
  ask super "$DB_NAME" <<<'SELECT rolsuper, pg_postmaster_start_time() FROM pg_roles WHERE rolname = current_user' || return
  here=$(<"$WORK/answered")
  [[ $here == t\|* ]] || { printf 'the role postgres is no superuser\n' >"$WORK/psql.err"; return 1; }
  case $DB_HOST in 127.* | ::1 | localhost | /*) return 0 ;; esac
  [[ -n $DB_PASSWORD ]] || return 0
  # Another name or address may be another server.
  ask as_role "$DB_NAME" <<<'SELECT pg_postmaster_start_time()' || die "cannot read the database $DB_NAME: $(reason first "$WORK/psql.err")"
  [[ ${here#t|} == "$(<"$WORK/answered")" ]] || { printf '%s is not the server on this machine\n' "$DB_HOST" >"$WORK/psql.err"; return 1; }
}

# ask super|as_role DATABASE [OPTION…]: SQL from stdin, the answer to $WORK/answered; its exit status is psql's. What psql said is
# in $WORK/psql.err.
ask() {
  # Without an answer the question itself fails, and says why. Its own stdin stays for the question.
  [[ -n $LOGIN_OPTIONS ]] || learn_server "$1" "$2" || :
  await "$1" psql "$2" "${PSQL[@]:1}" "${@:3}" >"$WORK/answered" 2>"$WORK/psql.err"
}

write_pgpass() {
  local escaped=${DB_PASSWORD//\\/\\\\}
  printf '*:*:*:*:%s\n' "${escaped//:/\\:}" >"$WORK/pgpass"
}

need() {
  command -v "$1" >/dev/null || die "$1 is not installed; this gets it: apt-get install $2"
}

require_jq() { need jq jq; }

need_programs() {
  local file
  require_jq
  need psql postgresql-client
  need pg_dump postgresql-client
  need sftp openssh-client
  [[ -z $STORAGEBOX_PASSWORD ]] || need sshpass sshpass
  for file in "$STORAGEBOX_KNOWN_HOSTS" ${STORAGEBOX_IDENTITY:+"$STORAGEBOX_IDENTITY"}; do
    [[ -f $file && -r $file ]] || die "$file is not there or cannot be read"
  done
}

# free_bytes PATH: what its file system has left.
free_bytes() { df --block-size=1 --output=avail -- "$1" | tail -n 1; }

# need_space BYTES PATH WORDS: fails early, with the numbers.
need_space() {
  local free
  free=$(free_bytes "$2")
  ((free >= $1 + RESERVE_MIB * 1048576)) || die "too little free disk in $2 for $3: $(mib "$free") free, $(mib "$1") needed and $RESERVE_MIB MiB in reserve"
}

mib() { printf '%s MiB' "$((($1 + 1048575) / 1048576))"; }

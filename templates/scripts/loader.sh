# The throwaway login: made for one restore, without superuser. It owns the new database while everything is created and filled, so
# that whatever the owner of the backup wrote (checks, defaults, index expressions, triggers) runs with its rights and no more:
# inside a superuser's session nothing holds such code, since it resets SET ROLE.
LOADER='' LOADER_PASSWORD='' SERVER_NUMBER=0 RESTRICTS=no

# No account of the system has this number: a psql that runs under it can read and write nothing of anybody's.
readonly LOADER_UID=61000

is_loader() { [[ $1 =~ ^loading_[A-Za-z0-9_.-]{1,36}_[0-9a-f]{12}$ ]]; }

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# What a session of a restore needs whatever the role's, the database's or the server's settings are.
SESSION_OPTIONS='-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off'
SESSION_OPTIONS+=' -c search_path=pg_catalog -c check_function_bodies=off -c standard_conforming_strings=on -c client_min_messages=warning -c synchronous_commit=off'
session_options() {
  ask superior postgres <<<'SHOW server_version_num' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  SERVER_NUMBER=$(<"$WORK/answered")
  [[ $SERVER_NUMBER =~ ^[1-9][0-9]{4,5}$ ]] || die 'PostgreSQL does not tell its version'
  if psql_restricts; then RESTRICTS=yes; fi
  ((SERVER_NUMBER < 140000)) || SESSION_OPTIONS+=' -c idle_session_timeout=0'
  ((SERVER_NUMBER < 170000)) || SESSION_OPTIONS+=' -c transaction_timeout=0'
}

make_loader() {
  LOADER=loading_${DB_NAME:0:36}_$(random_hex 6)
  is_loader "$LOADER" || die "no name for a login can be made of $DB_NAME"
  LOADER_PASSWORD=$(random_hex 24)
  note_made "login $LOADER"
  ask superior postgres <<END || die "cannot make the login for loading: $(reason first "$WORK/psql.err")"
SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';
CREATE ROLE "$LOADER" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS PASSWORD '$LOADER_PASSWORD';
END
}

# throwaway PROGRAM DATABASE OPTION…: as that login. Replaces the shell.
throwaway() {
  loader_environment
  exec "${AS_NOBODY[@]}" "$1" --host="$DB_HOST" --port="$DB_PORT" --username="$LOADER" --no-password --dbname="$2" "${@:3}"
}

readonly -a AS_NOBODY=(setpriv --reuid "$LOADER_UID" --regid "$LOADER_UID" --clear-groups --no-new-privs --pdeathsig KILL --)

# The password stands in the environment of a process that nobody but root may look into.
loader_environment() {
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=UTF8 PGAPPNAME=postgres-backup PGPASSWORD=$LOADER_PASSWORD PGOPTIONS=$SESSION_OPTIONS
  case $DB_HOST in 127.* | ::1 | localhost) export PGSSLMODE=allow ;; esac
}

# superior PROGRAM DATABASE OPTION…: a superuser's session with those settings. What the backup's own event triggers do when
# somebody logs in is not for a superuser to run.
superior() {
  export PGOPTIONS=$SESSION_OPTIONS
  ((SERVER_NUMBER < 170000)) || PGOPTIONS+=' -c event_triggers=off'
  super "$@"
}

check_loader() {
  ask throwaway "$TEMPORARY" <<<'SELECT;' ||
    die "the login for loading is refused: $(reason first "$WORK/psql.err"); a restore logs in over TCP by password, which this line in pg_hba.conf allows: host all all $DB_HOST/32 scram-sha-256"
}

# drop_loader ROLE: fails if anything still belongs to it. The grants that it needed on databases go first.
drop_loader() {
  is_loader "$1" || return 0
  ask superior postgres --set=name="$1" <<'END'
SELECT format('REVOKE ALL ON DATABASE %I FROM %I', datname, :'name') FROM pg_database, aclexplode(datacl) a JOIN pg_roles r ON r.oid = a.grantee WHERE rolname = :'name' GROUP BY datname \gexec
DROP ROLE IF EXISTS :"name";
END
}

# psql knows \restrict since these releases of August 2025.
psql_restricts() {
  local version minor
  version=$(psql --version)
  [[ $version =~ \ ([0-9]+)\.([0-9]+) ]] || return 1
  minor=${BASH_REMATCH[2]}
  case ${BASH_REMATCH[1]} in 13) ((minor >= 22)) ;; 14) ((minor >= 19)) ;; 15) ((minor >= 14)) ;; 16) ((minor >= 10)) ;; 17) ((minor >= 6)) ;; 18) : ;; *) return 1 ;; esac
}

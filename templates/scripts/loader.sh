# Throwaway logins: made for one restore, without superuser. They own the new database and what is in it while everything is created and
# filled, one for each owner that the backup has, so that whatever an owner wrote (checks, defaults, index expressions) runs with its rights
# and no more: inside a superuser's session nothing holds such code, since it resets SET ROLE. LOADER stands for the owner of the database,
# KEEPER for all superusers. Once the data is in, each thing is given to the owner that it had.
LOADER='' KEEPER='' LOADER_PASSWORD='' ACTING='' SERVER_NUMBER=0 RESTRICTS=no
declare -a LOGINS=()
# More owners than this share a login.
readonly MOST_OWNERS=40

# No account of the system has this number: a psql that runs under it can read and write nothing of anybody's.
readonly LOADER_UID=61000

is_loader() { [[ $1 =~ ^loading_[A-Za-z0-9_.-]{1,36}_[0-9a-f]{12}$ ]]; }

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# What a session of a restore needs whatever the role's, the database's or the server's settings are.
SESSION_OPTIONS="$ALWAYS_SET -c role=none -c check_function_bodies=off -c synchronous_commit=off"
session_options() {
  ask superior postgres <<<'SHOW server_version_num' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  SERVER_NUMBER=$(<"$WORK/answered")
  [[ $SERVER_NUMBER =~ ^[1-9][0-9]{4,5}$ ]] || die 'PostgreSQL does not tell its version'
  if psql_restricts; then RESTRICTS=yes; fi
  ((SERVER_NUMBER < 140000)) || SESSION_OPTIONS+=' -c idle_session_timeout=0'
  ((SERVER_NUMBER < 170000)) || SESSION_OPTIONS+=' -c transaction_timeout=0'
}

# new_logins HOW-MANY [ATTRIBUTE]: adds them to LOGINS. Settings that only a superuser may change are made for them here.
new_logins() {
  local n name sql="SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'; SET password_encryption = 'scram-sha-256';"
  [[ -n $LOADER_PASSWORD ]] || LOADER_PASSWORD=$(random_hex 24)
  for ((n = 0; n < $1; n++)); do
    name=loading_${DB_WORD}_$(random_hex 6)
    is_loader "$name" || die "no name for a login can be made of $DB_NAME"
    note_made "login $name"
    LOGINS+=("$name")
    sql+="
CREATE ROLE \"$name\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${2:-NOBYPASSRLS} PASSWORD '$LOADER_PASSWORD';
ALTER ROLE \"$name\" SET temp_file_limit = -1; ALTER ROLE \"$name\" SET lc_messages = 'C';"
  done
  ask superior postgres <<<"$sql" || die "cannot make the logins for loading: $(reason first "$WORK/psql.err")"
}

# make_logins: all that the backup needs beside LOADER, and $WORK/logins, which says whose things each stands for.
make_logins() {
  local n owner
  local -a owners
  ask superior "$TEMPORARY" <<<"SELECT translate(rolname, E'\\n\\r', '  ') FROM pg_roles WHERE rolsuper" || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/superusers"
  mapfile -t owners < <(jq -r --arg owner "$OWNER" '.owners | objects | keys[] | select(. != $owner) | gsub("[\n\r]"; " ")' "$MANIFEST" | grep -vxFf "$WORK/superusers" | head -n "$MOST_OWNERS")
  # Who stands for a superuser reads what policies hide, as a superuser does.
  new_logins 1 BYPASSRLS
  KEEPER=${LOGINS[-1]}
  new_logins "$((${#owners[@]} + 1))"
  { printf '%s %s\n' "$LOADER" "${OWNER//[$'\n\r']/ }"
    printf '%s\n' "$KEEPER" "${LOGINS[2]}"
    for n in "${!owners[@]}"; do printf '%s %s\n' "${LOGINS[n + 3]}" "${owners[n]}"; done
    while IFS= read -r owner; do printf '%s %s\n' "$KEEPER" "$owner"; done <"$WORK/superusers"
  } >"$WORK/logins"
  lend_database
}

# lend_database: each login may create in the new database.
lend_database() {
  local everyone
  printf -v everyone ', "%s"' "${LOGINS[@]}"
  ask superior "$TEMPORARY" --set=name="$TEMPORARY" <<END || die "cannot let the logins for loading into $TEMPORARY: $(reason first "$WORK/psql.err")"
GRANT ALL ON DATABASE :"name" TO ${everyone:2};
GRANT USAGE, CREATE ON SCHEMA public TO ${everyone:2};
END
}

# throwaway PROGRAM DATABASE OPTION…: as the login ACTING, or LOADER. Replaces the shell.
throwaway() {
  loader_environment
  export PGDATABASE=$2
  exec "${AS_NOBODY[@]}" "$1" --host="$DB_HOST" --port="$DB_PORT" --username="${ACTING:-$LOADER}" --no-password "${@:3}"
}

readonly -a AS_NOBODY=(setpriv --reuid "$LOADER_UID" --regid "$LOADER_UID" --clear-groups --no-new-privs --pdeathsig KILL --)

# The password stands in the environment of a process that nobody but root may look into.
loader_environment() {
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=$CLIENT_ENCODING PGAPPNAME=postgres-backup PGPASSWORD=$LOADER_PASSWORD PGOPTIONS=$SESSION_OPTIONS
  case $DB_HOST in 127.* | ::1 | localhost) export PGSSLMODE=allow ;; esac
}

# superior PROGRAM DATABASE OPTION…: a superuser's session with those settings. What the backup's own event triggers do when
# somebody logs in is not for a superuser to run.
superior() {
  export PGOPTIONS=$SESSION_OPTIONS
  ((SERVER_NUMBER < 170000)) || PGOPTIONS+=' -c event_triggers=off'
  super "$@"
}

# try_loader: before anything large is fetched, whether a login will get in, to a database that is yet to be made. That it is missing is told
# only to who got in; and words may be in any language, so the names in them tell. Of the server's refusals this alone names no role.
try_loader() {
  STAGE=load
  TESTED=yes
  new_database_name
  new_logins 1
  LOADER=${LOGINS[0]}
  # Where TLS and none are both tried, the other refusal stands there too.
  ask throwaway "$TEMPORARY" <<<'SELECT;' || grep -F -- "$TEMPORARY" "$WORK/psql.err" | grep -vF -- "$LOADER" >/dev/null || loader_refused
  # None waits while hours go by: a new one is made for the load.
  drop_loaders "$LOADER" || die "the login that was tried could not be dropped: $(reason first "$WORK/psql.err")"
  sed -i "/^login $LOADER\$/d" "$NOTES"
  [[ -s $NOTES ]] || rm -f -- "$NOTES"
  LOGINS=() LOADER=''
}

check_loader() { ask throwaway "$TEMPORARY" <<<'SELECT;' || loader_refused; }

loader_refused() {
  local why line="host all all $DB_HOST/32 scram-sha-256"
  why="the login for loading is refused: $(reason first "$WORK/psql.err"); a restore logs in over TCP by password, which"
  if [[ $DB_HOST == /* ]]; then line='local all all scram-sha-256' why=${why/over TCP/"through $DB_HOST"}; fi
  if [[ $DB_HOST == /* || $(<"$WORK/psql.err") == *"$LOADER"* ]]; then die "$why this line in pg_hba.conf allows: $line (above any that rejects it)"; fi
  ask superior postgres <<<'SHOW listen_addresses' || : >"$WORK/answered"
  die "$why needs a PostgreSQL that listens on $DB_HOST: listen_addresses in postgresql.conf, which is '$(<"$WORK/answered")', and a restart of it"
}

# drop_loaders ROLE…: with all rights that they were given, in whichever database: anybody may grant one something of theirs.
drop_loaders() {
  local database one ours=''
  for one in "$@"; do if is_loader "$one"; then ours+=",\"$one\""; fi; done
  [[ -n $ours ]] || return 0
  ours="SELECT oid, rolname FROM pg_roles WHERE rolname = ANY ('{${ours:1}}')"
  ask superior postgres <<<"SELECT DISTINCT datname FROM pg_shdepend JOIN ($ours) AS r ON refclassid = 1260 AND refobjid = r.oid JOIN pg_database d ON d.oid = dbid OR dbid = 0 AND datname = 'postgres'" || return
  mv -- "$WORK/answered" "$WORK/lenders"
  while IFS= read -r database; do
    ask superior "$database" <<<"SELECT format('DROP OWNED BY %I', rolname) FROM ($ours) AS r \gexec" || return
  done <"$WORK/lenders"
  ask superior postgres <<<"SELECT format('DROP ROLE %I', rolname) FROM ($ours) AS r \gexec"
}

# What one throwaway login still owns goes to its heir.
IFS= read -r -d '' HEIR_SQL <<'SQL' || :
SELECT :'owner_@n@' <> '' AS inherits \gset
\if :inherits
SELECT format('REASSIGN OWNED BY %I TO %I', :'login_@n@', rolname) FROM pg_roles WHERE translate(rolname, E'\n\r', '  ') = :'owner_@n@' \gexec
\else
SELECT set_config('restoring.login', :'login_@n@', false) \g /dev/null
DO $$ DECLARE what text; BEGIN
  SELECT pg_describe_object(classid, objid, objsubid) INTO what FROM pg_shdepend WHERE deptype = 'o' AND refclassid = 1260
    AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = current_setting('restoring.login')) AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1;
  IF FOUND THEN RAISE '%, which would be a superuser''s', what; END IF;
END $$;
\endif
DROP OWNED BY :"login_@n@";
SQL
readonly HEIR_SQL

# psql knows \restrict since these releases of August 2025.
psql_restricts() {
  local version minor
  version=$(psql --version)
  [[ $version =~ \ ([0-9]+)\.([0-9]+) ]] || return 1
  minor=${BASH_REMATCH[2]}
  case ${BASH_REMATCH[1]} in 13) ((minor >= 22)) ;; 14) ((minor >= 19)) ;; 15) ((minor >= 14)) ;; 16) ((minor >= 10)) ;; 17) ((minor >= 6)) ;; 18) : ;; *) return 1 ;; esac
}

TEMPORARY='' NOTES='' KEPT='' DIRECTORY='' SEVERAL=no

# Whatever a restore makes is written down before it is made, so that a run after a kill can take it away.
note_made() { printf '%s\n' "$*" >>"$NOTES"; }

# A name that no real database has: checked by pattern here and wherever it is dropped, and by not being there yet.
new_database_name() {
  local random
  random=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
  TEMPORARY=restoring_${DB_WORD}_$random
  is_temporary "$TEMPORARY" || die "no name for a database can be made of $DB_NAME"
}

is_temporary() { [[ $1 =~ ^restoring_[A-Za-z0-9_.-]{1,36}_[0-9a-f]{12}$ && $1 != "$DB_NAME" ]]; }

sql_name() { printf '"%s"' "${1//'"'/'""'}"; }

# Until everything is in, no login owns it, and nobody else gets in.
make_database() {
  # What can't be had as UTF-8 is read and sent as it is.
  case $(manifest encoding) in SQL_ASCII | MULE_INTERNAL) CLIENT_ENCODING=SQL_ASCII ;; esac
  stage load "into the new database $TEMPORARY"
  new_logins 1
  LOADER=${LOGINS[0]}
  need_room
  note_made "database $TEMPORARY"
  # By that name of its session, an interrupted CREATE DATABASE is found and ended.
  ask superior postgres --set=name="$TEMPORARY" --set=loader="$LOADER" --set=encoding="$(manifest encoding)" --set=collation="$(manifest collation)" \
    --set=space="$TABLESPACE" --set=type="$(manifest characterType)" --set=provider="$(manifest localeProvider)" --set=locale="$(manifest locale)" <<'END' ||
SET application_name = :'name';
SELECT format('CREATE DATABASE %I TEMPLATE template0 TABLESPACE %I ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'name', :'space', :'encoding', :'collation', coalesce(nullif(:'type', ''), :'collation'))
  || CASE WHEN current_setting('server_version_num')::int < 150000 THEN ''
    WHEN :'provider' = 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', :'locale')
    WHEN :'provider' = 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', :'locale')
    ELSE ' LOCALE_PROVIDER libc' END \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"loader";
END
    die "cannot make a database: $(reason first "$WORK/psql.err")"
  check_loader
}

# Where PostgreSQL keeps its files, and its write-ahead log.
DATA_DIRECTORY='' WAL_DIRECTORY='' WAL_MIB=0
data_places() {
  ask superior postgres <<<"SELECT setting FROM pg_settings WHERE name IN ('data_directory', 'max_wal_size') ORDER BY name;" || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  { IFS= read -r DATA_DIRECTORY && IFS= read -r WAL_MIB; } <"$WORK/answered" || die 'PostgreSQL does not tell where its files are'
  [[ $WAL_MIB =~ ^[0-9]{1,9}$ ]] || die 'PostgreSQL does not tell the size of its write-ahead log'
  WAL_DIRECTORY=$DATA_DIRECTORY/pg_wal
  if [[ ! -d $WAL_DIRECTORY ]]; then DATA_DIRECTORY='' WAL_DIRECTORY=''; fi
}

# The database as large as it was, with a quarter more for sorting while indexes are built, and the log that may grow meanwhile.
need_room() {
  local bytes
  bytes=$(manifest databaseBytes)
  [[ -n $bytes ]] || die "the manifest of $NAME tells no size of the database"
  data_places
  [[ -n $DATA_DIRECTORY ]] || return 0
  bytes=$((bytes * 5 / 4))
  if [[ $(stat -c %d -- "$DATA_DIRECTORY") == "$(stat -L -c %d -- "$WAL_DIRECTORY")" ]]; then
    need_space "$((bytes + WAL_MIB * 1048576))" "$DATA_DIRECTORY" 'the restored database and the write-ahead log'
  else
    need_space "$bytes" "$DATA_DIRECTORY" 'the restored database'
    need_space "$((WAL_MIB * 1048576))" "$WAL_DIRECTORY" 'the write-ahead log'
  fi
}

# It stops at the first error.
load() {
  read_globals_copy
  know_owner
  make_logins
  # Money of an earlier version's backup is written as its server had it.
  ((10#0$(manifest scriptVersion) >= 5)) || SESSION_OPTIONS=${SESSION_OPTIONS/ -c lc_monetary=C/}
  [[ -z $TARGET || $ACCEPTED_BY == trust ]] || APART_FILE=$KEPT/apart.sql
  mkfifo "$WORK"/{open,text,fed,digested}
  read_callers
  start_text
  start tee "$WORK/text" "$WORK/fed" exec_tied tee "$WORK/digested"
  start digest "$WORK/digested" "$KEPT/backup.digest" digest
  start psql "$WORK/fed" /dev/null feed
  watch_load
  EXPLAIN=failed_statement
  finish_all
  EXPLAIN=''
  end_watch
  keep_reasons
  analyze
  settle
}

# The dump's text comes through $WORK/text.
start_text() {
  [[ ${NAME%.age} == *.dir.tar ]] || start fetched /dev/null "$WORK/open" unseal "$COPY"
  case ${NAME%.age} in
    *.sql.gz) start gzip "$WORK/open" "$WORK/text" gzip -dc ;;
    *.sql.zst) start zstd "$WORK/open" "$WORK/text" zstd -q -dc ;;
    *.dir.tar) start_directory ;;
  esac
}

# read_callers: of routines in a backup with several owners, who may call them. The dump says so at its end, which is too late for those
# that give their caller more rights.
read_callers() {
  : >"$WORK/callers"
  ask superior postgres <<<"LOAD 'plpgsql'; SELECT name FROM pg_settings WHERE context <> 'user'" || die "cannot read the settings: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/privileged"
  ((${#LOGINS[@]} > 3)) || superusers_own || return 0
  SEVERAL=yes
  start_text
  start callers "$WORK/text" "$WORK/callers" exec_tied perl -e "$READER" callers
  finish_all
}

# superusers_own: whether the backup has anything of a superuser's, beside what extensions have.
superusers_own() { jq -r '.owners | objects | keys[]' "$MANIFEST" | grep -xFf "$WORK/superusers" >/dev/null; }

# For each owner its tables, since expressions of indexes and statistics are evaluated; but none with a foreign table below it, which would
# be read from elsewhere. No name is asked for: it may be of no encoding. Where a function that an expression calls isn't found, a drill fails,
# and a restore for real goes on.
analyze() {
  local login names line or_else=''
  if for_real; then or_else="EXCEPTION WHEN $NOT_ITS_FAULT THEN RAISE; WHEN OTHERS THEN RAISE WARNING 'not analyzed: %: %', one::regclass, sqlerrm;"; fi
  printf -v names ',"%s"' "${LOGINS[@]}"
  ask superior "$TEMPORARY" <<<"SELECT rolname FROM pg_roles r WHERE rolname = ANY ('{${names:1}}') AND EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relowner = r.oid)" ||
    die "cannot analyze the restored database: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/analyzed"
  while IFS= read -r login; do
    ACTING=$login ask throwaway "$TEMPORARY" <<<"DO \$\$ DECLARE one oid; BEGIN FOR one IN $AWAY_SQL
  SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND oid NOT IN (SELECT oid FROM away) AND pg_get_userbyid(relowner) = current_user
LOOP BEGIN EXECUTE format('ANALYZE %s', one::regclass); $or_else END; END LOOP; END \$\$" ||
      die "cannot analyze the restored database: $(reason first "$WORK/psql.err")"
    while IFS= read -r line; do warn "$(printable "$line")"; done < <(LC_ALL=C sed -n 's/^psql:[^ ]* WARNING:  \(not analyzed: \)/\1/p' "$WORK/psql.err")
  done <"$WORK/analyzed"
}

watch_load() { [[ -z $DATA_DIRECTORY ]] || watch_space 'the backup was loaded' "$DATA_DIRECTORY" "$WAL_DIRECTORY" ${TABLESPACE_DIRECTORIES[@]+"${TABLESPACE_DIRECTORIES[@]}"} "$KEPT"; }

# The dump's statements, each with the rights that it needs: templates/scripts/feed.pl says which.
feed() {
  local -a psql=(psql --port="$DB_PORT" --no-password --dbname="$TEMPORARY" "${PSQL[@]:1}" --echo-errors --output=/dev/null) options=()
  [[ $ACCEPTED_BY != trust ]] || options=(unproven)
  loader_environment
  export SINGLE KEPT_APART=$APART_FILE
  if for_real; then export INDEXES=$WORK/indexes NOT_ITS_FAULT; fi
  export CALLERS=$WORK/callers SPACES=$WORK/tablespaces PRIVILEGED
  PRIVILEGED=$(<"$WORK/privileged")
  [[ $RESTRICTS == no ]] || export RESTRICTED=yes
  exec_tied perl -e "$READER$FEEDER" feed ${options[@]+"${options[@]}"} "$WORK"/{logins,deferred,events,refresh,subscriptions} \
    super: setpriv --reuid postgres --regid postgres --init-groups --pdeathsig KILL -- "${psql[@]}" --username=postgres \
    role: "${AS_NOBODY[@]}" "${psql[@]}" --host="$DB_HOST"
}

failed_statement() {
  local statement
  statement=$(sed -n 's/^psql:[^ ]* STATEMENT: *//p' "$WORK/psql.err" | head -n 1)
  [[ -n $statement ]] || return 0
  printf '; the statement begins: %s' "${statement:0:200}"
  # Known limits of pg_dump: an empty search_path, and no changes of what extensions brought.
  if [[ $statement =~ ^(CREATE (UNIQUE )?INDEX|ALTER TABLE|CREATE MATERIALIZED VIEW|CREATE TABLE) ]] && grep -q ' does not exist$' "$WORK/psql.err"; then
    printf '. A function in it names something without its schema; where the database lives: ALTER FUNCTION … SET search_path = public (or its schema), then make a new backup'
  elif grep -q 'must be marked IMMUTABLE' "$WORK/psql.err"; then
    printf '. A dump holds no changes of an extension'\''s function: where the database lives, use a function of your own in the index, then make a new backup'
  fi
}

start_directory() {
  [[ -d $KEPT/directory ]] || unpack_directory
  # By its open folder, since that account has no way through root's folders above it.
  exec {DIRECTORY}<"$KEPT/directory"
  start pg_restore /dev/null "$WORK/text" as_nobody pg_restore --format=directory --file=- "/proc/self/fd/$DIRECTORY"
  exec {DIRECTORY}<&-
}

# The archive's files are those of pg_dump and nothing else, unpacked and read by an account that may write nowhere but there.
unpack_directory() {
  local strange
  mkdir -m 0700 -- "$KEPT/directory"
  chown "$LOADER_UID:$LOADER_UID" -- "$KEPT/directory"
  cd -- "$KEPT/directory"
  start fetched /dev/null "$WORK/open" unseal "$COPY"
  start tar "$WORK/open" /dev/null as_nobody tar --extract --no-same-owner --no-same-permissions --file=-
  watch_load
  finish_all
  end_watch
  strange=$(find . -mindepth 1 ! \( -type f -regextype posix-extended -regex '\./(toc\.dat|blobs(_[0-9]+)?\.toc|(blob_)?[0-9]+\.dat(\.gz|\.lz4|\.zst)?)' \) -printf '%f\n' -quit)
  [[ -z $strange ]] || die "$NAME holds what no dump holds: ${strange//[[:cntrl:]]/ }"
  cd /
}

as_nobody() { exec "${AS_NOBODY[@]}" "$@"; }

# restricted FILE: SQL for psql, which is told to take no command of its own from it.
restricted() {
  [[ $RESTRICTS == no ]] || printf '\\restrict %s\n' "$(random_hex 16)"
  cat -- "$1"
}

# Once the data is in: owners, grants, comments, settings. None of them runs anything that an owner wrote, and no login for loading is in.
# Whatever the dump doesn't name was made by code of the owner that its login stands for, and is that owner's; of what stands for a
# superuser there must be none.
settle() {
  local login owner sql='' n=0
  local -a heirs=()
  stage settle "owners, grants and settings of $TEMPORARY"
  end_logins
  ask superior "$TEMPORARY" < <(restricted "$WORK/deferred") || die "cannot set owners and grants: $(reason first "$WORK/psql.err")"
  while IFS= read -r owner; do
    login=${owner%% *}
    owner=${owner#"$login"}
    owner=${owner# }
    [[ $login != "$KEEPER" ]] || owner=''
    if [[ $login == "$KEEPER" && $ACCEPTED_BY == trust ]]; then owner=$OWNER; fi
    if [[ -n $owner ]] && grep -qxF -- "$owner" "$WORK/superusers"; then owner=''; fi
    printf '%s\t%s\n' "$login" "$owner"
  done <"$WORK/logins" | sort -u >"$WORK/heirs"
  while IFS=$'\t' read -r login owner; do
    heirs+=(--set="login_$((++n))=$login" --set="owner_$n=$owner")
    sql+=${HEIR_SQL//@n@/$n}
  done <"$WORK/heirs"
  ask superior "$TEMPORARY" "${heirs[@]}" <<<"$sql" || die "the restored database holds what its dump does not name: $(reason first "$WORK/psql.err")"
  # No connection but a superuser's: the owner gets in once all is compared.
  ask_globals_of "$TEMPORARY" --set=name="$TEMPORARY" --set=owner="$OWNER" <<<'ALTER DATABASE :"name" CONNECTION LIMIT 0; ALTER DATABASE :"name" OWNER TO :"owner";' ||
    die "cannot set the owner of the database: $(reason first "$WORK/psql.err")"
}

# admit: once all is compared, whoever may connect to the database that was backed up may connect to the restored one.
admit() {
  ask superior postgres --set=name="$TEMPORARY" <<<'ALTER DATABASE :"name" CONNECTION LIMIT -1; GRANT CONNECT, TEMPORARY ON DATABASE :"name" TO PUBLIC;' ||
    die "cannot set the grants of the database: $(reason first "$WORK/psql.err")"
  ask_globals_of "$TEMPORARY" < <(restricted "$WORK/database.sql") || die "cannot set the settings and grants of the database: $(reason first "$WORK/psql.err")"
  give_rights
  tell_subscriptions
  fill_views
}

# Code of an owner may have set a password of its own for the login that ran it: its sessions end, and none begins.
end_logins() {
  local names
  printf -v names ', "%s"' "${LOGINS[@]}"
  ask superior postgres <<SQL || die "cannot end the sessions of the logins for loading: $(reason first "$WORK/psql.err")"
SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles WHERE rolname = ANY ('{${names:2}}') \gexec
SELECT set_config('restoring.logins', '{${names:2}}', false) \g /dev/null
DO \$\$ BEGIN
  FOR i IN 1..600 LOOP
    PERFORM pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = ANY (current_setting('restoring.logins')::name[]);
    EXIT WHEN NOT FOUND;
    PERFORM pg_catalog.pg_sleep(0.05), pg_catalog.pg_stat_clear_snapshot();
  END LOOP;
END \$\$;
SQL
}

# Materialized views of the database's owner are filled with that owner's rights: by a new login that is a member of it, whose password nobody
# knows. Those of others could run code of one with the rights of another, so that a person fills them; and a drill with several owners none.
fill_views() {
  local login statement filler='' encoding
  [[ -s $WORK/refresh ]] || return 0
  encoding=$(dump_encoding)
  while IFS=' ' read -r -d '' login statement; do
    if [[ $login != "$LOADER" || -z $TARGET && $SEVERAL == yes ]] || grep -qxF -- "$OWNER" "$WORK/superusers"; then
      [[ -z $TARGET ]] || warn "not filled, since it may run code of others; do that once you have looked: ${statement//[[:cntrl:]]/ }"
      continue
    fi
    if [[ -z $filler ]]; then
      new_logins 1
      filler=${LOGINS[-1]}
      ask_globals_of "$TEMPORARY" --set=login="$filler" --set=owner="$OWNER" <<<'GRANT :"owner" TO :"login";' || die "cannot fill the views of $OWNER: $(reason first "$WORK/psql.err")"
    fi
    printf '%s\n' "$statement" >"$WORK/statement"
    CLIENT_ENCODING=$encoding ACTING=$filler ask throwaway "$TEMPORARY" < <(restricted "$WORK/statement") || warn "not filled: ${statement//[[:cntrl:]]/ }: $(reason first "$WORK/psql.err")"
  done <"$WORK/refresh"
}

# Event triggers are last, since they would run for every statement after them, as the superuser.
make_events() {
  [[ -n $TABLE ]] || ask superior "$TEMPORARY" < <(restricted "$WORK/events") || die "cannot make the event triggers: $(reason first "$WORK/psql.err")"
}

# drop_temporary: only ever a database of our own making, by its name's pattern.
# A CREATE DATABASE that goes on after its psql was killed is ended first, and any subscription, which would hold on to it.
drop_temporary() {
  is_temporary "$1" || return 0
  detach_subscriptions "$1" || return
  ask superior postgres --set=name="$1" <<'SQL'
SELECT set_config('restoring.name', :'name', false);
DO $$ BEGIN
  FOR i IN 1..600 LOOP
    PERFORM pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE application_name = current_setting('restoring.name') AND pid <> pg_catalog.pg_backend_pid();
    EXIT WHEN NOT FOUND;
    PERFORM pg_catalog.pg_sleep(0.05), pg_catalog.pg_stat_clear_snapshot();
  END LOOP;
END $$;
SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname) FROM pg_database WHERE datname = :'name' AND datistemplate \gexec
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
SQL
}

# A database that was closed or renamed for the switch, where the switch did not happen.
open_again() {
  ask superior postgres --set=name="$1" <<<"SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database WHERE datname = :'name' \gexec"
}
name_again() {
  ask superior postgres --set=old="$1" --set=new="$2" <<<"SELECT format('ALTER DATABASE %I RENAME TO %I', datname, :'new') FROM pg_database WHERE datname = :'old' AND NOT EXISTS (SELECT FROM pg_database WHERE datname = :'new') \gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database WHERE datname = :'new' \gexec"
}

# forget_made: what stands in the notes goes: our databases, logins for loading, and roles that a drill made.
forget_made() {
  local kind name ok=yes
  local -a logins=()
  [[ -s $NOTES ]] || { rm -f -- "$NOTES"; return 0; }
  # Roles last: a database may still name them. A name may begin or end with a space.
  while IFS= read -r name; do
    kind=${name%% *} name=${name#* }
    case $kind in
      database) drop_temporary "$name" || ok=no ;;
      closed) open_again "$name" || ok=no ;;
      renamed)
        # Earlier versions wrote a blank between the two.
        [[ $name == *$'\t'* ]] || name=${name% *}$'\t'${name##* }
        name_again "${name%%$'\t'*}" "${name##*$'\t'}" || ok=no ;;
    esac
  done < <(sort "$NOTES")
  while IFS= read -r name; do
    kind=${name%% *} name=${name#* }
    case $kind in
      made) drop_role "$name" || ok=no ;;
      # As an earlier version wrote it.
      role) ask superior postgres --set=name="$name" <<<'DROP ROLE IF EXISTS :"name";' || ok=no ;;
      login) logins+=("$name") ;;
    esac
  done <"$NOTES"
  drop_loaders ${logins[@]+"${logins[@]}"} || ok=no
  [[ $ok == no ]] || rm -f -- "$NOTES"
  [[ $ok == yes ]]
}

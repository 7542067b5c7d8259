TEMPORARY='' NOTES='' KEPT=''
declare -a ROLES_MADE=()

# Whatever a restore makes is written down before it is made, so that a run after a kill can take it away.
note_made() { printf '%s\n' "$*" >>"$NOTES"; }

# A name that no real database has: checked by pattern here and wherever it is dropped, and by not being there yet.
new_database_name() {
  local random
  random=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
  TEMPORARY=restoring_${DB_NAME:0:36}_$random
  is_temporary "$TEMPORARY" || die "no name for a database can be made of $DB_NAME"
}

is_temporary() { [[ $1 =~ ^restoring_[A-Za-z0-9_.-]{1,36}_[0-9a-f]{12}$ && $1 != "$DB_NAME" ]]; }

sql_literal() { printf "'%s'" "${1//"'"/"''"}"; }
sql_name() { printf '"%s"' "${1//'"'/'""'}"; }

make_database() {
  local text
  new_database_name
  text=$(sql_literal "$(tr -d '\0' <"$MANIFEST")")
  stage load "into the new database $TEMPORARY"
  need_room
  note_made "database $TEMPORARY"
  ask super postgres --set=name="$TEMPORARY" <<END || die "cannot make a database: $(reason first "$WORK/psql.err")"
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'name', m ->> 'encoding', m ->> 'collation', coalesce(m ->> 'characterType', m ->> 'collation'))
  || CASE WHEN m ->> 'localeProvider' = 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', m ->> 'locale') ELSE '' END
FROM (SELECT $text::json) AS manifest (m) \gexec
END
}

# The database as large as it was, where PostgreSQL keeps its files.
need_room() {
  local bytes directory
  bytes=$(manifest databaseBytes)
  ask super postgres <<<'SHOW data_directory' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  directory=$(<"$WORK/answered")
  [[ ! -d $directory ]] || need_space "${bytes:-0}" "$directory" 'the restored database'
}

# Roles that are missing, settings and grants, before the dump that names them.
load_globals() {
  local role
  if [[ -z $GLOBALS_COPY ]]; then
    say load 'this backup has no roles and settings beside it; the roles must be there already'
    return
  fi
  await unseal "$GLOBALS_COPY" >"$WORK/globals" 2>"$WORK/age.err" || die "cannot decrypt the roles: $(reason first "$WORK/age.err")"
  ask super postgres <<<'SELECT rolname FROM pg_roles' || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  while IFS= read -r role; do
    grep -qxF -- "$role" "$WORK/answered" || { note_made "role $role"; ROLES_MADE+=("$role"); }
  done < <(sed -n 's/^CREATE ROLE "\{0,1\}\([^" ]*\)"\{0,1\} .*/\1/p' "$WORK/globals")
  ask super "$TEMPORARY" --set=database="$TEMPORARY" <"$WORK/globals" || die "cannot make the roles and settings: $(reason first "$WORK/psql.err")"
  ((${#ROLES_MADE[@]} == 0)) || say load "made roles that were missing: ${ROLES_MADE[*]}"
}

# As a superuser, since a dump sets owners; it stops at the first error.
load() {
  local -a psql=(super psql "$TEMPORARY" "${PSQL[@]:1}" --output=/dev/null)
  load_globals
  export PGOPTIONS='-c synchronous_commit=off -c client_min_messages=warning'
  mkfifo "$WORK"/{open,text}
  start fetched /dev/null "$WORK/open" unseal "$COPY"
  case ${NAME%.age} in
    *.sql.gz) start gzip "$WORK/open" "$WORK/text" gzip -dc ;;
    *.sql.zst) start zstd "$WORK/open" "$WORK/text" zstd -q -dc ;;
    *.dir.tar) load_directory; unset PGOPTIONS; return ;;
  esac
  start psql "$WORK/text" /dev/null "${psql[@]}"
  finish_all
  unset PGOPTIONS
  ! grep -q 'ERROR' "$WORK/psql.err" || die "errors while loading: $(grep -m 1 ERROR "$WORK/psql.err")"
}

load_directory() {
  local -a CAPABILITIES=("${ANY_FOLDER[@]}")
  mkdir -m 0700 -- "$KEPT/directory"
  start tar "$WORK/open" /dev/null tar --extract --directory "$KEPT/directory" --no-same-owner --file=-
  finish_all
  cd -- "$KEPT/directory"
  await super pg_restore "$TEMPORARY" --format=directory --exit-on-error --jobs="$JOBS" . 2>"$WORK/psql.err" ||
    die "pg_restore: $(reason first "$WORK/psql.err")"
  cd /
}

# drop_temporary: only ever a database of our own making, by its name's pattern.
drop_temporary() {
  is_temporary "$1" || return 0
  ask super postgres --set=name="$1" <<<'DROP DATABASE IF EXISTS :"name" WITH (FORCE);'
}

# forget_made: what stands in the notes goes: our databases, and roles that a drill made.
forget_made() {
  local kind name ok=yes
  [[ -s $NOTES ]] || { rm -f -- "$NOTES"; return 0; }
  # Roles last: a database may still name them.
  while read -r kind name; do
    case $kind in
      database) drop_temporary "$name" || ok=no ;;
      closed) ask super postgres --set=name="$name" <<<'ALTER DATABASE :"name" ALLOW_CONNECTIONS true;' || ok=no ;;
    esac
  done < <(sort "$NOTES")
  while read -r kind name; do
    [[ $kind == role ]] || continue
    ask super postgres --set=name="$name" <<<'DROP ROLE IF EXISTS :"name";' || ok=no
  done <"$NOTES"
  [[ $ok == no ]] || rm -f -- "$NOTES"
  [[ $ok == yes ]]
}

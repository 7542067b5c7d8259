# Extensions that only one named database may have, such as pg_cron (cron.database_name): a restore loads into another one first, so they are
# left out with all that is in their schemas, and the rest is compared as ever. For real, SQL is left that brings them back with their rows.
SINGLE='' APART_FILE=''
declare -a SINGLE_NAMES=()

# note_single FOLDER NAME: whether it is one, by the script that creates it.
note_single() {
  local schema
  local -a scripts=()
  [[ $2 =~ ^[A-Za-z0-9_]{1,63}$ ]] || return 1
  for schema in "$1/extension/$2"--*.sql; do [[ ! -f $schema ]] || scripts+=("$schema"); done
  if [[ $2 == pg_cron ]]; then
    SINGLE+="extension pg_cron"$'\n''schema cron'$'\n'
  else
    ((${#scripts[@]} > 0)) && grep -qi 'only create extension in database' -- "${scripts[@]}" || return 1
    SINGLE+="extension $2"$'\n'
    while IFS= read -r schema; do SINGLE+="schema $schema"$'\n'; done < <(sed -nE 's/^ *CREATE +SCHEMA +(IF NOT EXISTS +)?([a-z_][a-z0-9_]*).*$/\2/Ip' -- "${scripts[@]}" | sort -u)
  fi
  SINGLE_NAMES+=("$2")
  say extensions "$2 may be in one named database only: it is left out, with what is in its schema"
}

# single_json: their names as JSON.
single_json() { array ${SINGLE_NAMES[@]+"${SINGLE_NAMES[@]}"}; }

# without_single: in words; nothing where all is there.
without_single() {
  local names
  ((${#SINGLE_NAMES[@]} > 0)) || return 0
  printf -v names ', %s' "${SINGLE_NAMES[@]}"
  printf '; without %s, which may be in one named database only' "${names:2}"
}

# keep_single: what a person runs once the restored database has its name.
keep_single() {
  local command names
  ((${#SINGLE_NAMES[@]} > 0)) || return 0
  printf -v names ', %s' "${SINGLE_NAMES[@]}"
  if [[ ! -s $APART_FILE ]]; then warn "${names:2} is not in $TARGET: create it there, and what was in its schema"; return; fi
  printf -v command '(cd / && su postgres -c %q) < %q' "psql -p $DB_PORT -d $(printf %q "$(for_psql "$TARGET")") -v ON_ERROR_STOP=1 --single-transaction -f -" "$BACKUP_DIR/extensions_$PROJECT.sql"
  { printf -- '-- %s of %s, as in %s. Jobs in it run again from then on: read it first. On the server, as a superuser:\n--   %s\n' "${names:2}" "${TARGET//[[:cntrl:]]/ }" "$NAME" "${command//[[:cntrl:]]/ }"; cat -- "$APART_FILE"; } >"$BACKUP_DIR/extensions_$PROJECT.sql.part"
  mv -T -- "$BACKUP_DIR/extensions_$PROJECT.sql.part" "$BACKUP_DIR/extensions_$PROJECT.sql"
  head -c 100001 -- "$BACKUP_DIR/extensions_$PROJECT.sql" >"$WORK/shown.sql"
  SQL_FILES=$(jq -nc --arg file "$BACKUP_DIR/extensions_$PROJECT.sql" --arg command "$command" --rawfile text "$WORK/shown.sql" '[{file: $file, command: $command, text: $text[0:100000], cut: ($text | length > 100000)}]')
  warn "${names:2} is not in $TARGET yet, since it may be in one named database only; once you have read $BACKUP_DIR/extensions_$PROJECT.sql, this brings it back with its rows: $command"
}

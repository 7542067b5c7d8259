# The SQL that brings a table back to its place from its copy (table.sh), or its rows into the one that is there: a file that root alone can read,
# and its text for whoever started this. pg_dump's own text of the table makes it anew, in one transaction. It is for the table's owner to run,
# since rows, keys and indexes run what that owner wrote; the few things that only a superuser may do are in a file of their own.
DROPPED=false

# describe_table: which of the two it is depends on what the live database has.
describe_table() {
  local names
  names=$(piece sides "$WORK/side")
  ask superior "$DB_NAME" --set=names="$names" --set=name="$TABLE" <<<"$THERE_SQL" || die "cannot look into $DB_NAME: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/there"
  ask superior "$TEMPORARY" --set=name="$TABLE" --set=side="$SIDE" --set=w="$WORK_SCHEMA" --set=owner="$TABLE_OWNER" --set=super="$OWNED_BY_SUPERUSER" \
    --set=rows="$SIDE_ROWS" --set=there="$(piece there "$WORK/there")" <<<"$PIECES_SQL" || die "cannot read what belongs to $TABLE: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/pieces"
  forget_sql
  : >"$WORK/super"
  if [[ -z $(piece exists "$WORK/there") ]]; then DROPPED=true; bring_back >"$WORK/own.sql"; else copy_over >"$WORK/own.sql"; fi
  keep_sql
}

# Files of copies that are gone by now.
forget_sql() {
  local file
  ask superior "$DB_NAME" <<<"SELECT nspname FROM pg_namespace WHERE nspname ~ '^restored_'" || return 0
  for file in "$BACKUP_DIR"/restored_[0-9]*_[0-9]*.sql; do
    [[ ! -f $file ]] || grep -qxF -- "$(basename -- "${file%.sql}" _superuser)" "$WORK/answered" || rm -f -- "$file"
  done
}

# sql_dump KIND PART [ROLE]: pg_dump's text of the tables and views of that kind, made fit for ROLE, or for a superuser.
sql_dump() {
  local -a names=()
  local one
  while IFS= read -r -d '' one; do names+=(--table="$one"); done < <(jq -Rrj --arg kind "$1" 'split("\t") | select(.[0] == $kind) | (.[1] | fromjson), "\u0000"' "$WORK/pieces")
  ((${#names[@]} > 0)) || return 0
  await superior pg_dump "$TEMPORARY" --format=plain --section="$2-data" --schema-only "${names[@]}" >"$WORK/dumped" 2>"$WORK/psql.err" ||
    die "pg_dump of $TABLE: $(reason first "$WORK/psql.err")"
  await exec_tied perl -e "$READER$TABLE_READER" table "$WORK" "${@:2}" <"$WORK/dumped" 2>"$WORK/perl.err" || die "pg_dump of $TABLE: $(reason first "$WORK/perl.err")"
}

# For a table that was dropped: all of it, and what fell with it.
bring_back() {
  local part role
  role=$(piece role "$WORK/pieces")
  for part in rights keys; do piece "$part" "$WORK/pieces" >"$WORK/$part"; done
  jq -Rrj 'split("\t") | select(.[0] == "outside") | (.[1] | fromjson), "\u0000"' "$WORK/pieces" >"$WORK/outside"
  [[ $OWNED_BY_SUPERUSER == f ]] || printf -- '-- The table belongs to a superuser, and so runs this: read it first.\n'
  printf 'BEGIN READ WRITE;\n'
  printf '%s\n' "$SESSION_SQL"
  [[ $OWNED_BY_SUPERUSER == t ]] || printf '%s\n' "$NO_SUPERUSER_SQL"
  printf 'SET LOCAL ROLE %s;\n' "$role"
  [[ -n $(piece schema "$WORK/there") ]] || piece schema "$WORK/pieces"
  sql_dump dump pre "$role"
  piece insert "$WORK/pieces"
  piece setval "$WORK/pieces"
  printf -- '-- Where rows that a key asks for are missing by now, write NOT VALID at the end of that key.\n'
  sql_dump dump post "$role"
  piece rest "$WORK/pieces"
  printf 'COMMIT;\n'
  piece lost "$WORK/pieces" | sed 's/^/-- fell with it, and is not in here: /'
  piece super "$WORK/pieces" >>"$WORK/super"
  : >"$WORK/keys"; : >"$WORK/rights"; : >"$WORK/outside"
  { sql_dump others pre; sql_dump others post; } >"$WORK/others"
  : >"$WORK/super.sql"
  [[ ! -s $WORK/others && ! -s $WORK/super ]] || { printf 'BEGIN READ WRITE;\n%s\n' "$SESSION_SQL"; cat -- "$WORK/others" "$WORK/super"; printf 'COMMIT;\n'; } >"$WORK/super.sql"
}

# For a table that is there: its rows.
copy_over() {
  printf -- '-- %s is there: this adds the rows that are missing. Rows that were changed stay as they are. Triggers of the table fire.\n' "$(printed "$TABLE")"
  : >"$WORK/super.sql"
  if [[ $OWNED_BY_SUPERUSER == t && -n $(piece stranger "$WORK/there") ]]; then
    printf -- '-- It belonged to a superuser; now %s. No superuser should insert into it: copy what you need from the schema %s.\n' "$(piece stranger "$WORK/there")" "$SIDE"
    return
  fi
  printf 'BEGIN READ WRITE;\n%s\n' "$SESSION_SQL"
  [[ $OWNED_BY_SUPERUSER == t ]] || printf '%s\n' "$NO_SUPERUSER_SQL"
  printf 'SET LOCAL ROLE %s;\n' "$(piece role "$WORK/pieces")"
  piece advice "$WORK/pieces"
  printf 'COMMIT;\n'
}

printed() { printf '%s' "${1//[[:cntrl:]]/ }"; }

# keep_sql: each file with how it is run.
keep_sql() {
  local file=$BACKUP_DIR/$SIDE.sql owner command
  owner=$(piece rolename "$WORK/pieces")
  printf -v command 'psql -h %q -p %q -U %q -d %q -v ON_ERROR_STOP=1 -f %q' "$DB_HOST" "$DB_PORT" "$owner" "$(for_psql "$DB_NAME")" "$file"
  [[ $OWNED_BY_SUPERUSER == f ]] || command=$(as_postgres "$file")
  keep_file own.sql "$file" "$command" "as $(printed "$owner"), who owns the table"
  [[ ! -s $WORK/super.sql ]] || keep_file super.sql "${file%.sql}_superuser.sql" "$(as_postgres "${file%.sql}_superuser.sql")" 'after that, as a superuser' super
}

as_postgres() { printf '(cd / && su postgres -c %q) < %q' "psql -p $DB_PORT -d $(printf %q "$(for_psql "$DB_NAME")") -v ON_ERROR_STOP=1 -f -" "$1"; }

SQL_FILES='[]'
# keep_file FROM FILE COMMAND WHO [super]
keep_file() {
  local key
  key=$(random_hex 16)
  { printf -- '-- %s of %s, as in %s. %s:\n--   %s\n' "$(printed "$TABLE")" "$DB_NAME" "$NAME" "On the server, $4" "$(printed "$3")"; cat -- "$WORK/$1"; } >"$WORK/sql"
  await exec_tied perl -e "$READER$TABLE_READER" by-hand "${@:5}" <"$WORK/sql" >"$WORK/by_hand" 2>"$WORK/perl.err" || die "the SQL for $TABLE: $(reason first "$WORK/perl.err")"
  # Nothing in it is a command to psql, where psql can be told so.
  { [[ $RESTRICTS == no ]] || printf '\\restrict %s\n' "$key"
    cat -- "$WORK/by_hand"
    [[ $RESTRICTS == no ]] || printf '\\unrestrict %s\n' "$key"
  } >"$2.part"
  mv -T -- "$2.part" "$2"
  if [[ $DROPPED == true ]]; then say table "$TABLE is not there any more; $2 brings it back, $4: $3"
  else say table "$2 adds the rows that are missing, $4: $3"; fi
  SQL_FILES=$(jq -c --arg file "$2" --arg command "$3" --rawfile text "$2" '. + [{file: $file, command: $command, text: $text[0:100000], cut: ($text | length > 100000)}]' <<<"$SQL_FILES")
}

# with_sql PROOF: what whoever started this is told besides.
with_sql() { with "$1" '. + {dropped: $dropped, sql: $sql}' --argjson dropped "$DROPPED" --argjson sql "$SQL_FILES"; }

IFS= read -r -d '' NO_SUPERUSER_SQL <<'END' || :
DO $$ BEGIN IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user) THEN
  RAISE EXCEPTION 'this runs what the owner of the table wrote, which no superuser should: log in as that owner'; END IF; END $$;
END
readonly NO_SUPERUSER_SQL=${NO_SUPERUSER_SQL%$'\n'}
readonly SESSION_SQL="SET LOCAL search_path = ''; SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on; SET LOCAL check_function_bodies = off;
SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL client_min_messages = warning;"

IFS= read -r -d '' THERE_SQL <<'END' || :
SELECT E'exists\t' || to_json(relkind::text) FROM pg_class WHERE oid = to_regclass(:'name');
SELECT E'schema\t' || to_json(nspname) FROM pg_namespace WHERE nspname = (parse_ident(:'name'))[1];
-- Whose code an INSERT runs, beside superusers'.
SELECT E'stranger\t' || to_json('it, or code at it, belongs to ' || regexp_replace(min(rolname), '[[:cntrl:]]', ' ', 'g'))
FROM json_array_elements_text(:'names'::json) n JOIN pg_class c ON c.oid = to_regclass(n) LEFT JOIN pg_trigger t ON tgrelid = c.oid
  LEFT JOIN pg_proc p ON p.oid = tgfoid JOIN pg_roles r ON r.oid IN (relowner, proowner) AND NOT rolsuper HAVING count(*) > 0;
SELECT E'there\t' || to_json(coalesce(json_object_agg(n, json_build_object('columns', ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(n) AND attnum > 0 AND NOT attisdropped),
  'keyed', EXISTS (SELECT FROM pg_index WHERE indrelid = to_regclass(n) AND indisunique),
  'ruled', EXISTS (SELECT FROM pg_rewrite WHERE ev_class = to_regclass(n) AND ev_type IN ('2', '3')))), '{}')::text)
FROM json_array_elements_text(:'names'::json) n WHERE to_regclass(n) IS NOT NULL;
END
readonly THERE_SQL

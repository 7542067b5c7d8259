TABLE='' SIDE=''

# One table into a schema of its own beside the live ones, with its rows, indexes and own sequences, without what ties it to others.
copy_table() {
  local schema=${TABLE%%.*} table=${TABLE#*.} rows line owner super
  SIDE=restored_$(date -u +%Y%m%d_%H%M%S)
  stage table "$TABLE into the schema $SIDE of $DB_NAME"
  ask superior "$TEMPORARY" --set=schema="$schema" --set=table="$table" --set=side="$SIDE" --set=mark="$SIDE_MARK" <<'END' || die "cannot single out $TABLE: $(reason first "$WORK/psql.err")"
SELECT format('%I.%I', :'schema', :'table') AS name \gset
SELECT relkind = 'r' AS plain FROM pg_class WHERE oid = :'name'::regclass \gset
\if :plain
\else
DO $$ BEGIN RAISE 'it is no plain table'; END $$;
\endif
SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', :'side', pg_get_userbyid(relowner)) FROM pg_class WHERE oid = :'name'::regclass \gexec
SELECT translate(format('ALTER TABLE %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname, pg_get_constraintdef(oid)), E'\n\r', '  ') FROM pg_constraint WHERE contype = 'f' AND conrelid = :'name'::regclass;
SELECT translate(pg_get_triggerdef(oid), E'\n\r', '  ') || ';' FROM pg_trigger WHERE tgrelid = :'name'::regclass AND NOT tgisinternal;
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' AND :'name'::regclass IN (conrelid, confrelid) \gexec
SELECT format('DROP TRIGGER %I ON %s', tgname, :'name') FROM pg_trigger WHERE tgrelid = :'name'::regclass AND NOT tgisinternal \gexec
SELECT format('ALTER TABLE %s SET SCHEMA %I', :'name', :'side') \gexec
SELECT format('COMMENT ON SCHEMA %I IS %L', :'side', :'mark') \gexec
END
  mv -- "$WORK/answered" "$WORK/left"
  # By its number: a name may be anything, also two lines.
  ask superior "$TEMPORARY" --set=table="$table" --set=side="$SIDE" <<'END' || die "cannot read the owner of $TABLE: $(reason first "$WORK/psql.err")"
SELECT r.oid, rolsuper FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace JOIN pg_roles r ON r.oid = relowner WHERE relname = :'table' AND nspname = :'side';
END
  IFS='|' read -r owner super <"$WORK/answered"
  [[ $owner =~ ^[1-9][0-9]*$ && $super == [tf] ]] || die "cannot read the owner of $TABLE"
  if [[ $super == t ]]; then copy_rows "$table" "$owner"; else copy_as_owner "$table" "$owner"; fi
  rows=$(<"$WORK/answered")
  line=$(json_string "$(quoted "$schema").$(quoted "$table")")
  grep -qxF -e "table $line:$rows" -e "table"$'\t'"$line"$'\t'"$rows" "$WORK/contents" || warn "$rows rows, which is not what the manifest says"
  while IFS= read -r line; do say table "left out, to be made where it goes: $line"; done <"$WORK/left"
  say table "$SIDE.$table of $DB_NAME has $rows rows; when nobody needs it: DROP SCHEMA $SIDE CASCADE"
}

# quoted NAME: as PostgreSQL writes it, quoted only where it must be; names that are keywords aside.
quoted() { if [[ $1 =~ ^[a-z_][a-z0-9_]*$ ]]; then printf '%s' "$1"; else sql_name "$1"; fi; }

# copy_as_owner TABLE OWNER-NUMBER: with all that belongs to it, by a new login that is a member of the table's owner: checks and index
# expressions there call functions of the live database, which run with its rights.
copy_as_owner() {
  new_logins 1
  LOADER=${LOGINS[-1]}
  ask superior postgres --set=live="$DB_NAME" --set=loader="$LOADER" --set=owner="$2" <<'END' || die "cannot let the login for loading into $DB_NAME: $(reason first "$WORK/psql.err")"
GRANT CONNECT, CREATE ON DATABASE :"live" TO :"loader";
SELECT format('GRANT %I TO %I', rolname, :'loader') FROM pg_roles WHERE oid = :owner \gexec
END
  mkfifo "$WORK/table"
  start pg_dump /dev/null "$WORK/table" superior pg_dump "$TEMPORARY" --format=plain --schema="$SIDE"
  start psql "$WORK/table" /dev/null throwaway psql "$DB_NAME" "${PSQL[@]:1}" --echo-errors --single-transaction --output=/dev/null
  watch_load
  EXPLAIN=failed_statement
  finish_all
  EXPLAIN=''
  end_watch
  # Not as a superuser: even to plan this, PostgreSQL evaluates what it can of the table's index expressions.
  ask throwaway "$DB_NAME" --set=side="$SIDE" --set=table="$1" <<<'SELECT count(*) FROM :"side".:"table";' || die "cannot read what was restored: $(reason first "$WORK/psql.err")"
}

# copy_rows TABLE OWNER-NUMBER: a superuser's table, its rows alone, in columns of PostgreSQL's own types: what else belongs to it could run
# code of others, and nobody but a superuser may own the copy.
copy_rows() {
  ask superior "$TEMPORARY" --set=side="$SIDE" --set=table="$1" --set=owner="$2" --set=mark="$SIDE_MARK" <<'END' || die "cannot read the columns of $TABLE: $(reason first "$WORK/psql.err")"
SELECT format('CREATE SCHEMA %I AUTHORIZATION %I;', :'side', rolname) FROM pg_roles WHERE oid = :owner;
SELECT format('COMMENT ON SCHEMA %I IS %L;', :'side', :'mark');
WITH RECURSIVE bases AS (
  SELECT oid AS kind, oid AS base FROM pg_type
  UNION ALL SELECT kind, typbasetype FROM bases JOIN pg_type t ON t.oid = base WHERE typtype = 'd'
)
SELECT format('CREATE TABLE %I.%I (%s);', :'side', :'table', string_agg(format('%I %s', attname,
    CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(t.oid, CASE WHEN t.oid = atttypid THEN atttypmod END) ELSE 'text' END), ', ' ORDER BY attnum))
FROM pg_attribute JOIN bases ON kind = atttypid JOIN pg_type t ON t.oid = base AND t.typtype <> 'd'
WHERE attrelid = format('%I.%I', :'side', :'table')::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
SELECT format('ALTER TABLE %I.%I OWNER TO %I;', :'side', :'table', rolname) FROM pg_roles WHERE oid = :owner;
END
  mv -- "$WORK/answered" "$WORK/columns"
  ask superior "$DB_NAME" < <(restricted "$WORK/columns") || die "cannot make $SIDE.$1: $(reason first "$WORK/psql.err")"
  mkfifo "$WORK/table"
  start read /dev/null "$WORK/table" superior psql "$TEMPORARY" "${PSQL[@]:1:4}" --command="COPY $SIDE.$(sql_name "$1") TO STDOUT"
  start psql "$WORK/table" /dev/null superior psql "$DB_NAME" "${PSQL[@]:1:4}" --command="COPY $SIDE.$(sql_name "$1") FROM STDIN"
  watch_load
  finish_all
  end_watch
  say table 'it belongs to a superuser: rows alone are copied, without checks, defaults and indexes'
  ask superior "$DB_NAME" --set=side="$SIDE" --set=table="$1" <<<'SELECT count(*) FROM :"side".:"table";' || die "cannot read what was restored: $(reason first "$WORK/psql.err")"
}

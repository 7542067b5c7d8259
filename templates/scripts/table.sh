TABLE='' SIDE=''

# One table into a schema of its own beside the live ones, with its rows, indexes and own sequences, without what ties it to others.
copy_table() {
  local schema=${TABLE%%.*} table=${TABLE#*.} rows line owner super
  local -a options=()
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
  lend_rights "$super" "$owner"
  # What belongs to a superuser cannot be handed to it by the login for loading.
  [[ $super == f ]] || options=(--no-owner --no-privileges)
  mkfifo "$WORK/table"
  start pg_dump /dev/null "$WORK/table" superior pg_dump "$TEMPORARY" --format=plain --schema="$SIDE" ${options[@]+"${options[@]}"}
  start psql "$WORK/table" /dev/null throwaway psql "$DB_NAME" "${PSQL[@]:1}" --echo-errors --single-transaction --output=/dev/null
  watch_load
  EXPLAIN=failed_statement
  finish_all
  EXPLAIN=''
  end_watch
  # Not as a superuser: even to plan this, PostgreSQL evaluates what it can of the table's index expressions.
  ask throwaway "$DB_NAME" --set=side="$SIDE" --set=table="$table" <<<'SELECT count(*) FROM :"side".:"table";' || die "cannot read what was restored: $(reason first "$WORK/psql.err")"
  rows=$(<"$WORK/answered")
  if [[ $super == t ]]; then
    ask superior "$DB_NAME" --set=loader="$LOADER" --set=owner="$owner" <<<"SELECT format('REASSIGN OWNED BY %I TO %I', :'loader', rolname) FROM pg_roles WHERE oid = :owner \\gexec" || die "cannot set the owner of $SIDE: $(reason first "$WORK/psql.err")"
  fi
  line=$(json_string "$(quoted "$schema").$(quoted "$table")")
  grep -qxF -e "table $line:$rows" -e "table"$'\t'"$line"$'\t'"$rows" "$WORK/contents" || warn "$rows rows, which is not what the manifest says"
  while IFS= read -r line; do say table "left out, to be made where it goes: $line"; done <"$WORK/left"
  say table "$SIDE.$table of $DB_NAME has $rows rows; when nobody needs it: DROP SCHEMA $SIDE CASCADE"
}

# quoted NAME: as PostgreSQL writes it, quoted only where it must be; names that are keywords aside.
quoted() { if [[ $1 =~ ^[a-z_][a-z0-9_]*$ ]]; then printf '%s' "$1"; else sql_name "$1"; fi; }

# lend_rights SUPER OWNER-NUMBER: the login for loading makes the copy beside the live tables too, as a member of their owner: checks and
# index expressions there call functions of the live database, which run with its rights.
lend_rights() {
  ask superior postgres --set=live="$DB_NAME" --set=loader="$LOADER" <<<'GRANT CONNECT, CREATE ON DATABASE :"live" TO :"loader";' || die "cannot let the login for loading into $DB_NAME: $(reason first "$WORK/psql.err")"
  [[ $1 == f ]] || return 0
  ask superior postgres --set=owner="$2" --set=loader="$LOADER" <<<"SELECT format('GRANT %I TO %I', rolname, :'loader') FROM pg_roles WHERE oid = :owner \\gexec" || die "cannot let the login for loading be a member of the table's owner: $(reason first "$WORK/psql.err")"
}

TARGET='' REPLACE=no FILL=no OLD_NAME='' TABLE='' SIDE=''

# there DATABASE: whether it is. empty_database DATABASE: whether it has no table at all.
there() {
  ask super postgres --set=name="$1" <<<"SELECT count(*) FROM pg_database WHERE datname = :'name';" || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 1 ]]
}

empty_database() {
  ask super "$1" <<<"SELECT count(*) FROM pg_class JOIN pg_namespace s ON s.oid = relnamespace WHERE relkind IN ('r', 'p', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = pg_class.oid AND deptype = 'e');" || die "cannot look into $1: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 0 ]]
}

# Before anything is fetched: what is asked for must be possible.
check_target() {
  if [[ -n $TABLE ]]; then
    there "$DB_NAME" || die "there is no database $DB_NAME to put the table beside"
    return 0
  fi
  [[ -n $TARGET ]] || return 0
  if ! there "$TARGET"; then return; fi
  [[ $REPLACE == yes || $FILL == yes ]] || die "the database $TARGET is there already; --replace puts the restored one in its place and keeps it under another name"
  [[ $FILL == no ]] || empty_database "$TARGET" || die "the database $TARGET has tables already; nothing was restored over them"
}

# Everything was compared: only now does the name change hands. Both renames happen or none.
take_name() {
  local swap=''
  stage switch "$TEMPORARY becomes $TARGET"
  if there "$TARGET"; then
    OLD_NAME=${TARGET:0:40}_before_$(date -u +%Y%m%d_%H%M%S)
    note_made "closed $TARGET"
    ask super postgres --set=name="$TARGET" <<<'ALTER DATABASE :"name" ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'"'name'"';' || die "cannot close $TARGET: $(reason first "$WORK/psql.err")"
    swap='ALTER DATABASE :"name" RENAME TO :"old";'
  fi
  ask super postgres --set=name="$TARGET" --set=old="$OLD_NAME" --set=new="$TEMPORARY" <<<"BEGIN;
$swap
ALTER DATABASE :\"new\" RENAME TO :\"name\";
COMMIT;" || die "the names could not be changed, so $TARGET is as it was: $(reason first "$WORK/psql.err")"
  # From here on it is theirs: nothing of it may be swept away, and what was there is opened again under its other name.
  : >"$NOTES"
  [[ -z $OLD_NAME ]] || note_made "closed $OLD_NAME"
  say switch "$TARGET is the restored database"
  [[ -n $OLD_NAME ]] || return 0
  if [[ $FILL == yes ]]; then
    ask super postgres --set=old="$OLD_NAME" <<<'DROP DATABASE :"old" WITH (FORCE);' || warn "the empty database $OLD_NAME could not be dropped: $(reason first "$WORK/psql.err")"
    OLD_NAME=''
    : >"$NOTES"
  else
    say switch "what was there is kept as $OLD_NAME; this drops it when nobody needs it: $0 --drop-old"
  fi
}

# One table into a schema of its own beside the live ones, with its rows, indexes and own sequences, without what ties it to others.
copy_table() {
  local schema=${TABLE%%.*} table=${TABLE#*.} rows line
  SIDE=restored_$(date -u +%Y%m%d_%H%M%S)
  stage table "$TABLE into the schema $SIDE of $DB_NAME"
  ask super "$TEMPORARY" --set=schema="$schema" --set=table="$table" --set=side="$SIDE" <<'END' || die "cannot single out $TABLE: $(reason first "$WORK/psql.err")"
SELECT format('%I.%I', :'schema', :'table') AS name \gset
SELECT relkind = 'r' AS plain FROM pg_class WHERE oid = :'name'::regclass \gset
\if :plain
\else
DO $$ BEGIN RAISE 'it is no plain table'; END $$;
\endif
SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', :'side', pg_get_userbyid(relowner)) FROM pg_class WHERE oid = :'name'::regclass \gexec
SELECT format('left ALTER TABLE %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE contype = 'f' AND conrelid = :'name'::regclass;
SELECT 'left ' || pg_get_triggerdef(oid) || ';' FROM pg_trigger WHERE tgrelid = :'name'::regclass AND NOT tgisinternal;
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' AND :'name'::regclass IN (conrelid, confrelid) \gexec
SELECT format('DROP TRIGGER %I ON %s', tgname, :'name') FROM pg_trigger WHERE tgrelid = :'name'::regclass AND NOT tgisinternal \gexec
SELECT format('ALTER TABLE %s SET SCHEMA %I', :'name', :'side') \gexec
END
  sed -n 's/^left //p' "$WORK/answered" >"$WORK/left"
  mkfifo "$WORK/table"
  start pg_dump /dev/null "$WORK/table" super pg_dump "$TEMPORARY" --format=plain --schema="$SIDE"
  start psql "$WORK/table" /dev/null super psql "$DB_NAME" "${PSQL[@]:1}" --single-transaction --output=/dev/null
  finish_all
  ask super "$DB_NAME" --set=side="$SIDE" --set=table="$table" <<<'SELECT count(*) FROM :"side".:"table";' || die "cannot read what was restored: $(reason first "$WORK/psql.err")"
  rows=$(<"$WORK/answered")
  grep -qxF "table"$'\t'"$(json_string "$(quoted "$schema").$(quoted "$table")")"$'\t'"$rows" "$WORK/contents" || warn "$rows rows, which is not what the manifest says"
  while IFS= read -r line; do say table "left out, to be made where it goes: $line"; done <"$WORK/left"
  say table "$SIDE.$table of $DB_NAME has $rows rows; when nobody needs it: DROP SCHEMA $SIDE CASCADE"
}

# quoted NAME: as PostgreSQL writes it, quoted only where it must be; names that are keywords aside.
quoted() { if [[ $1 =~ ^[a-z_][a-z0-9_]*$ ]]; then printf '%s' "$1"; else sql_name "$1"; fi; }

# The databases that --replace kept.
drop_old() {
  local name
  STAGE=drop-old
  ask super postgres --set=pattern="^$(printf '%s' "${TARGET:0:40}" | sed 's/[.]/\\./g')_before_[0-9]{8}_[0-9]{6}\$" <<<"SELECT datname FROM pg_database WHERE datname ~ :'pattern' ORDER BY 1;" ||
    die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/old"
  [[ -s $WORK/old ]] || say drop-old "no older $TARGET is kept"
  while IFS= read -r name; do
    ask super postgres --set=name="$name" <<<'DROP DATABASE :"name";' || die "cannot drop $name: $(reason first "$WORK/psql.err")"
    say drop-old "$name is gone"
  done <"$WORK/old"
}

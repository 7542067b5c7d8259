TARGET='' REPLACE=no FILL=no OLD_NAME=''

# there DATABASE: whether it is. empty_database DATABASE: whether nobody has put anything into it: no table, view, sequence, function
# or large object that isn't an extension's.
there() {
  ask superior postgres --set=name="$1" <<<"SELECT count(*) FROM pg_database WHERE datname = :'name';" || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 1 ]]
}

IFS= read -r -d '' EMPTY_SQL <<'END' || :
WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT (SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'p', 'm', 'v', 'S', 'f') AND relnamespace IN (SELECT oid FROM own) AND (1259, c.oid) NOT IN (SELECT * FROM member))
  + (SELECT count(*) FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM own) AND (1255, p.oid) NOT IN (SELECT * FROM member))
  + (SELECT count(*) FROM pg_largeobject_metadata);
END
readonly EMPTY_SQL
empty_database() {
  ask superior "$1" <<<"$EMPTY_SQL" || die "cannot look into $1: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 0 ]]
}

# Before anything is fetched: what is asked for must be possible.
check_target() {
  ask superior postgres <<<'SELECT pg_is_in_recovery()' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") != t ]] || die 'this server is a standby, which only reads: nothing can be restored into it. Restore on the primary, or on another host, or promote this one'
  if [[ -n $TABLE ]]; then
    there "$DB_NAME" || die "there is no database $DB_NAME to put the table beside"
    return 0
  fi
  [[ -n $TARGET ]] || return 0
  if ! there "$TARGET"; then return; fi
  [[ $REPLACE == yes || $FILL == yes ]] || die "the database $TARGET is there already; --replace puts the restored one in its place and keeps it under another name"
  held_by_nothing
  [[ $FILL == no ]] || empty_database "$TARGET" || die "the database $TARGET has tables already; nothing was restored over them"
}

# What holds on to a database cannot be cut off as a session can: a prepared transaction keeps its name from changing hands, and a slot
# stays with the database that is kept, so that whoever reads from it gets nothing of the restored one.
held_by_nothing() {
  local held
  ask superior postgres --set=name="$TARGET" <<'END' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
SELECT format('the prepared transaction %s, which %s began: first COMMIT PREPARED or ROLLBACK PREPARED %1$s, as that user in that database', translate(quote_literal(gid), E'\n\r', '  '), owner)
  FROM pg_prepared_xacts WHERE database = :'name'
UNION ALL SELECT format('the replication slot %s, from which somebody reads its changes: first SELECT pg_drop_replication_slot(%1$L)', slot_name)
  FROM pg_replication_slots WHERE database = :'name' AND NOT temporary LIMIT 1;
END
  held=$(<"$WORK/answered")
  [[ -z $held ]] || die "the database $TARGET has $held; nothing was changed"
}

# The name under which a replaced database is kept: of a long one, a part and a sum of it, so that no two share a name.
kept_base() {
  local sum start=$TARGET
  if (($(bytes_of "$TARGET") <= 40)); then printf '%s' "$TARGET"; return; fi
  sum=$(printf '%s' "$TARGET" | sha256sum)
  while (($(bytes_of "$start") > 31)); do start=${start%?}; done
  printf '%s_%s' "$start" "${sum:0:8}"
}

old_name() {
  OLD_NAME=$(kept_base)_before_$(date -u +%Y%m%d_%H%M%S)
  ! there "$OLD_NAME" || die "a database $OLD_NAME exists already; try again in a second"
}

# Which databases --replace kept, by number and name: nothing else is ever dropped as such.
kept_file() { printf '%s' "$BACKUP_DIR/.kept_$PROJECT"; }

close_database() {
  note_made "closed $1"
  ask superior postgres --set=name="$1" <<<'ALTER DATABASE :"name" ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'"'name'"';' || die "cannot close $1: $(reason first "$WORK/psql.err")"
}

open_database() { ask superior postgres --set=name="$1" <<<'ALTER DATABASE :"name" ALLOW_CONNECTIONS true;'; }

rename_database() { ask superior postgres --set=old="$1" --set=new="$2" <<<'ALTER DATABASE :"old" RENAME TO :"new";'; }

# Everything was compared: only now does the name change hands.
take_name() {
  stage switch "$TEMPORARY becomes $TARGET"
  drop_loaders "${LOGINS[@]}" || die "the logins for loading could not be dropped: $(reason first "$WORK/psql.err")"
  # Somebody's monitoring may look into each database that there is.
  close_database "$TEMPORARY"
  if ! there "$TARGET"; then
    rename_database "$TEMPORARY" "$TARGET" || die "the name could not be given: $(reason first "$WORK/psql.err")"
    named_restored
    return
  fi
  # It was not there when this began.
  [[ $REPLACE == yes || $FILL == yes ]] || die "a database $TARGET exists now; it is kept as it is, and nothing was restored over it"
  held_by_nothing
  old_name
  if [[ $FILL == yes ]]; then fill_name; else replace_name; fi
}

# named_restored: the restored database has the name; nothing of it may be swept away from here on.
named_restored() {
  : >"$NOTES"
  note_made "closed $TARGET"
  open_database "$TARGET" || die "$TARGET is the restored database, but nobody may connect: $(reason first "$WORK/psql.err")"
  : >"$NOTES"
  say switch "$TARGET is the restored database"
}

# Both renames happen or none.
replace_name() {
  close_database "$TARGET"
  note_made "closed $OLD_NAME"
  ask superior postgres --set=name="$TARGET" <<<"SELECT oid FROM pg_database WHERE datname = :'name';" || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  printf '%s %s\n' "$(<"$WORK/answered")" "$OLD_NAME" >>"$(kept_file)"
  ask superior postgres --set=name="$TARGET" --set=old="$OLD_NAME" --set=new="$TEMPORARY" <<'END' || die "the names could not be changed, so $TARGET is as it was: $(reason first "$WORK/psql.err")"
BEGIN;
ALTER DATABASE :"name" RENAME TO :"old";
ALTER DATABASE :"new" RENAME TO :"name";
COMMIT;
END
  named_restored
  # What was there is opened again under its other name.
  note_made "closed $OLD_NAME"
  say switch "what was there is kept as $OLD_NAME; this drops it when nobody needs it: $0 --drop-old"
}

# An hour has passed since the target was seen to be empty. It is looked at again under a name that nobody knows, where nobody can
# write meanwhile; if somebody has, it gets its name back.
fill_name() {
  close_database "$TARGET"
  note_made "renamed $OLD_NAME"$'\t'"$TARGET"
  rename_database "$TARGET" "$OLD_NAME" || die "the name could not be changed, so $TARGET is as it was: $(reason first "$WORK/psql.err")"
  note_made "closed $OLD_NAME"
  open_database "$OLD_NAME" || die "cannot look into $TARGET: $(reason first "$WORK/psql.err")"
  empty_database "$OLD_NAME" || die "the database $TARGET has got something meanwhile; it is kept as it is, and nothing was restored over it"
  rename_database "$TEMPORARY" "$TARGET" || die "the name could not be changed, so $TARGET is as it was: $(reason first "$WORK/psql.err")"
  named_restored
  ask superior postgres --set=old="$OLD_NAME" <<<'DROP DATABASE :"old" WITH (FORCE);' || warn "the empty database $OLD_NAME could not be dropped: $(reason first "$WORK/psql.err")"
  OLD_NAME=''
}

# The databases that --replace kept: those of its record, while number and name still fit.
drop_old() {
  local name oid base slot
  STAGE=drop-old
  base=$(kept_base)
  ask superior postgres <<<'SELECT oid, datname FROM pg_database' || die "cannot ask PostgreSQL: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/databases"
  : >"$WORK/old"
  [[ ! -f $(kept_file) ]] || cp -- "$(kept_file)" "$WORK/old"
  while IFS= read -r name; do
    oid=${name%% *} name=${name#* }
    [[ ${name%_before_*} == "$base" ]] || continue
    grep -qxF -- "$oid|$name" "$WORK/databases" || continue
    detach_subscriptions "$name" || die "cannot detach the subscriptions of $name: $(reason first "$WORK/psql.err")"
    while IFS= read -r slot; do warn "left to you: the slot $slot of a subscription of $name stays on its publisher; unless another one uses it, drop it there: SELECT pg_drop_replication_slot('NAME');"; done <"$WORK/answered"
    ask superior postgres --set=name="$name" <<<'ALTER DATABASE :"name" IS_TEMPLATE false; DROP DATABASE :"name";' || die "cannot drop $name: $(reason first "$WORK/psql.err")"
    say drop-old "$name is gone"
    sed -i "/^$oid /d" "$(kept_file)"
    OLD_NAME=$name
  done <"$WORK/old"
  while IFS= read -r name; do
    oid=${name%%'|'*} name=${name#*'|'}
    [[ $name =~ ^(.*)_before_[0-9]{8}_[0-9]{6}$ && ${BASH_REMATCH[1]} == "${TARGET:0:40}" ]] || continue
    grep -qxF -- "$oid $name" "$WORK/old" || warn "$name is not in the record of what --replace kept, so it stays; drop it by hand if nobody needs it"
  done <"$WORK/databases"
  [[ -n $OLD_NAME ]] || say drop-old "no older $TARGET is kept"
}

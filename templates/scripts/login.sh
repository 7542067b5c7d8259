# The word that lines to the program begin with that started this one: kept from others, so it comes in the environment.
readonly FRAME=${BITACORA_FRAME:-}
LOGIN=null WAIT_LOGIN=0

# Of what lies in a foreign table, or has one below it, nothing is read: the other server may not be there.
readonly AWAY_SQL="WITH RECURSIVE away AS (SELECT oid FROM pg_class WHERE relkind = 'f' UNION SELECT inhparent FROM pg_inherits JOIN away ON inhrelid = away.oid)"

# Reads one row of every table that the role may read, each by itself: "read", whether a policy applies, its name; then a number, where it
# can be read. At last "tables" and how many there are.
IFS= read -r -d '' READ_SQL <<'END' || :
\set ON_ERROR_STOP off
\set VERBOSITY terse
@away@
SELECT format('SELECT %L', E'read\t' || row_security_active(c.oid) || E'\t' || to_json(format('%I.%I', nspname, relname))),
  format('SELECT count(*) FROM (SELECT FROM %I.%I LIMIT 1) AS one', nspname, relname)
FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND has_schema_privilege(s.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AND c.oid NOT IN (SELECT oid FROM away) \gexec
@away@
SELECT E'tables\t' || count(*) || E'\t' || encode(convert_to(current_user, pg_client_encoding()), 'hex') FROM pg_class JOIN pg_namespace s ON s.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND pg_class.oid NOT IN (SELECT oid FROM away);
END
readonly READ_SQL=${READ_SQL//@away@/"$AWAY_SQL"}

# Of that: each table that could not be read, with whether a policy applies; then how many could be, and how many there are; whose rights it has.
readonly READ_AWK='
BEGIN { FS = "\t" }
function failed() { if (name != "") print policy "\t" name; name = "" }
$1 == "read" { failed(); policy = $2; name = $3; next }
$1 == "tables" { failed(); print "tables\t" good + 0 "\t" $2 "\t" $3; next }
{ good++; name = "" }'

# Whether the role, the database or the server has as many connections as it may have.
IFS= read -r -d '' TAKEN_SQL <<'END' || :
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role'
    AND rolconnlimit BETWEEN 0 AND (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname))
  OR EXISTS (SELECT FROM pg_database d WHERE d.datname = :'database'
    AND datconnlimit BETWEEN 0 AND (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname))
  OR (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
    >= current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int;
END
readonly TAKEN_SQL

# How many tables of this database a role may read, whose name comes in hex.
IFS= read -r -d '' MAY_READ_SQL <<'END' || :
SELECT convert_from(decode(:'hex', 'hex'), pg_client_encoding()) AS role \gset
SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND has_schema_privilege(:'role', s.oid, 'USAGE') AND has_any_column_privilege(:'role', c.oid, 'SELECT');
END
readonly MAY_READ_SQL

# It only reads: a policy of an old backup must not change a role of today.
application() {
  export PGOPTIONS='-c client_min_messages=error -c default_transaction_read_only=on'
  [[ $SERVER_NUMBER -lt 170000 ]] || ! grep -qxF -- "$LOGIN_ROLE" "$WORK/superusers" || PGOPTIONS+=' -c event_triggers=off'
  as_role "$@"
}

# As the application does: its role, its password, over TCP.
log_in() {
  local why tries=0 superuser=no read=$READ_SQL
  if [[ -z $DB_PASSWORD ]]; then say login 'the config has no password for the role; not tried'; return; fi
  stage login "as $DB_USER"
  LOGIN=false
  # Reading a table plans a query, which may run code of the table's owner. A superuser may read anything: that it gets in is the proof.
  if grep -qxF -- "$LOGIN_ROLE" "$WORK/superusers"; then superuser=yes read='SELECT;'; fi
  until ask application "$TEMPORARY" <<<"$read"; do
    why=$(reason first "$WORK/psql.err")
    # The application may have taken all that the role has. Words of PostgreSQL may be in any language, so it is asked.
    if connections_taken; then
      LOGIN=null
      warn "$DB_USER could not log in, and all connections that it may have are taken: $why"
      return
    fi
    # One may have become free before that was asked.
    ((tries++ == 0)) || die "$DB_USER cannot log in or read: $why"
  done
  if [[ $superuser == yes ]]; then say login "$DB_USER logs in, and reads all tables as a superuser"; else judge_reading; fi
  if ((WAIT_LOGIN > 0)); then wait_for_login; fi
  LOGIN=true
}

connections_taken() {
  ask superior postgres --set=role="$DB_USER" --set=database="$TEMPORARY" <<<"$TAKEN_SQL" && [[ $(<"$WORK/answered") == t ]]
}

# A table that it may not read is none of its own. What a policy says of a login that sets nothing for it is only reported.
judge_reading() {
  local policy name good='' total='' role='' errors=0 notes=0
  local -a said=()
  awk "$READ_AWK" "$WORK/answered" >"$WORK/unread"
  mapfile -t said < <(sed -n 's/^psql:<stdin>:[0-9]*: //p' "$WORK/psql.err")
  while IFS=$'\t' read -r policy name total role; do
    if [[ $policy == tables ]]; then good=$name; break; fi
    name+=": ${said[errors]:-no reason given}"
    errors=$((errors + 1))
    [[ $policy == true ]] || die "$DB_USER cannot log in or read: $name"
    notes=$((notes + 1))
    ((notes > 3)) || say login "a policy lets nobody read who has set nothing for it: $name"
  done <"$WORK/unread"
  [[ $good$total =~ ^[0-9]+$ && -n $total ]] || die "$DB_USER cannot log in or read: its session ended"
  ((good + notes > 0 || total == 0)) || expect_unreadable "$total" "$role"
  if ((good == total)); then say login "$DB_USER logs in and reads $good tables"; return; fi
  say login "$DB_USER logs in and reads $good of $total tables; it may read $((good + notes))"
}

# expect_unreadable TABLES ROLE-HEX: it may read none of them, which is right only where it is so in the live database: with the rights of the
# role that is set for its sessions.
expect_unreadable() {
  local live=0
  if ask superior "$DB_NAME" --set=hex="$2" <<<"$MAY_READ_SQL"; then live=$(<"$WORK/answered"); fi
  [[ $live == 0 ]] || die "$DB_USER cannot log in or read: it may read none of $1 tables, and $live of the live database"
  warn "$DB_USER may read none of $1 tables"
}

# Somebody else logs in from outside, and says how that went in a file.
wait_for_login() {
  local file=$RUN_DIR/$PROJECT.login tries=$((WAIT_LOGIN * 10)) answer
  rm -f -- "$file"
  say login "waiting for a login from outside to $TEMPORARY"
  [[ -z $FRAME ]] || printf '\n%s login %s\n' "$FRAME" "$TEMPORARY"
  while [[ ! -s $file ]]; do
    ((tries-- > 0)) || die "nobody logged in from outside within $WAIT_LOGIN s"
    await exec_tied sleep 0.1
  done
  IFS= read -r answer <"$file"
  rm -f -- "$file"
  [[ $answer == ok* ]] || die "the login from outside: ${answer#failed }"
  say login "${answer#ok }"
}

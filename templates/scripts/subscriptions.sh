# Subscriptions come back disabled and without their slot on the publisher, in the one statement that makes them: dropping one, or the database
# that it is in, can then never drop a slot that a live subscription uses. Nothing here ever connects to a publisher.

# detach_subscriptions DATABASE: those of a database that is about to be dropped go first, or it could not. Their slots, if they still have one,
# stay where they are. $WORK/answered holds the names of those. Event triggers of the backup are not for a superuser to run.
detach_subscriptions() {
  ask superior postgres --set=name="$1" <<'SQL' || return
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database d
WHERE datname = :'name' AND NOT datallowconn AND EXISTS (SELECT FROM pg_subscription WHERE subdbid = d.oid) \gexec
SELECT quote_ident(coalesce(subslotname, '')) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = :'name';
SQL
  [[ -s $WORK/answered ]] || return 0
  mv -- "$WORK/answered" "$WORK/slots"
  ask superior "$1" <<'SQL' || return
SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger \gexec
SELECT format('ALTER SUBSCRIPTION %I DISABLE', subname), format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', subname), format('DROP SUBSCRIPTION %I', subname)
FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database() \gexec
SQL
  sed '/^""$/d' "$WORK/slots" >"$WORK/answered"
}

# tell_subscriptions: what a person decides of those that came back, and of those of a database that is replaced.
tell_subscriptions() {
  local name statement
  [[ -n $TARGET && -s $WORK/subscriptions ]] || return 0
  while IFS= read -r -d '' name && IFS= read -r -d '' statement; do
    warn "left to you: the subscription ${name//[[:cntrl:]]/ } is disabled and without a slot; once nothing else uses that slot on the publisher: ${statement//[[:cntrl:]]/ }"
  done <"$WORK/subscriptions"
  ask superior postgres --set=name="$TARGET" <<<"SELECT quote_ident(subname) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = :'name' AND subenabled" ||
    die "cannot read the subscriptions: $(reason first "$WORK/psql.err")"
  while IFS= read -r name; do warn "left to you: the subscription $name of the replaced database goes on in it, under its other name: ALTER SUBSCRIPTION $name DISABLE;"; done <"$WORK/answered"
}

# The lock of whoever changes this host from outside: a migration must not run while the database under it is changed for another.
readonly CHANGE_LOCK=/run/bitacora.lock

# take_change_lock WHAT: waits for a run that is changing this host. --fill is part of one, which has the lock.
take_change_lock() {
  [[ $FILL == no ]] || return 0
  exec 6<>"$CHANGE_LOCK"
  if ! flock -n 6; then
    stage lock "another run is changing this host; waiting up to $LOCK_WAIT_SECONDS s: $(head -n 1 "$CHANGE_LOCK")"
    flock -w "$LOCK_WAIT_SECONDS" 6 7>&- 8>&- &
    wait "$!" || die "another run still changes this host after $LOCK_WAIT_SECONDS s; nothing was changed"
  fi
  mark_change changing "$1"
}

# Its end is marked by whoever began it; where this script is killed, the next run sees that its process is gone.
leave_change_lock() {
  [[ $FILL == no ]] || return 0
  mark_change changed "$1"
  exec 6>&-
}

# mark_change WORD WHAT: what a reading of the host looks at, to know whether it fell into a change.
mark_change() {
  local holder
  local -a own
  read -ra own <<<"$(sed 's/^.*) //' "/proc/$$/stat")"
  holder=$(object run "$RUN_ID" since "$STARTED_AT" who "root@$(uname -n)" task "restore $2")
  printf '%s restore-%s-%s %s %s %s\n' "$1" "$RUN_ID" "$1" "$$" "${own[19]}" "$holder" >"$CHANGE_LOCK"
}

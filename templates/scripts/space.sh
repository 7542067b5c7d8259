# watch_space WHAT DIRECTORY…: stops the programs that were started, once one of these file systems has less than the reserve left.
# Call it when they run; finish_all then gives the reason.
WATCHER=''
watch_space() {
  [[ -p $WORK/watch ]] || mkfifo "$WORK/watch"
  watch_loop "$@" 5<&- 6>&- 7>&- 8>&- &
  WATCHER=$!
}

watch_loop() {
  local what=$1 directory free tool parent
  shift
  exec 4<>"$WORK/watch"
  while :; do
    # Killed, the run can't end this.
    read -r _ _ _ parent _ <"/proc/$BASHPID/stat"
    [[ $parent == "$$" ]] || return 0
    for directory in "$@"; do
      free=$(free_bytes "$directory") || continue
      ((free < RESERVE_MIB * 1048576)) || continue
      printf 'too little free disk in %s while %s: %s left, and %s MiB are kept in reserve' "$directory" "$what" "$(mib "$free")" "$RESERVE_MIB" >"$WORK/short"
      for tool in "${STARTED[@]}"; do kill -TERM "${PID[$tool]}" 2>/dev/null || :; done
      return 0
    done
    # Nobody writes there: it only waits, and a signal ends it at once.
    read -r -t 1 -u 4 || :
  done
}

end_watch() {
  [[ -n $WATCHER ]] || return 0
  kill "$WATCHER" 2>/dev/null || :
  wait "$WATCHER" 2>/dev/null || :
  WATCHER=''
}

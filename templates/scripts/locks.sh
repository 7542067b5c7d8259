# One run a project, and one run a host: projects share its processors and the box's few connections.
take_locks() {
  local since
  exec 8<>"$RUN_DIR/$PROJECT.lock"
  if ! flock -n 8; then
    since=$(head -n 1 "$RUN_DIR/$PROJECT.lock")
    skip "${since:-an unknown time}"
  fi
  printf '%s (process %s)\n' "$STARTED_AT" "$$" >"$RUN_DIR/$PROJECT.lock"
  rm -f -- "$RUN_DIR/$PROJECT.skips"
  take_host_lock host.lock backup
}

# take_host_lock FILE WHAT: one of the kind at a time on this host.
take_host_lock() {
  exec 7<>"$RUN_DIR/$1"
  flock -n 7 && return
  stage lock "another project's $2 is running on this host; waiting up to $LOCK_WAIT_SECONDS s"
  flock -w "$LOCK_WAIT_SECONDS" 7 8>&- &
  wait "$!" || die "another project's $2 still runs after $LOCK_WAIT_SECONDS s"
}

# Someone else holds this project's lock: fine once or twice, a failure from the third time in a row on.
skip() {
  count_skip "$RUN_DIR/$PROJECT.skips"
  ((SKIPS <= SKIPS_ALLOWED)) || die "skipped $SKIPS times in a row: still running since $1"
  stage lock "skipped, still running since $1"
  note_skips "$SKIPS"
  exit 0
}

# count_skip FILE: one more, in SKIPS.
SKIPS=0
count_skip() {
  SKIPS=0
  exec 9<>"$1.lock"
  flock 9
  [[ ! -s $1 ]] || read -r SKIPS <"$1" || :
  [[ $SKIPS =~ ^[0-9]{1,6}$ ]] || SKIPS=0
  SKIPS=$((10#$SKIPS + 1))
  printf '%s\n' "$SKIPS" >"$1"
  exec 9>&-
}

# Only this project's own: names are matched exactly, since one database's name may begin with another's.
sweep() {
  local file name work=$RUN_DIR/$PROJECT.work
  if [[ -e $work ]]; then
    rm -rf -- "$work"
    stage sweep "an earlier run was killed; its work in $work is gone"
  fi
  for file in "$BACKUP_DIR"/*.part{,.d}; do
    [[ -e $file ]] || continue
    name=${file##*/}
    [[ $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION($BESIDE_PATTERN|\.download)?\.part(\.d)?$ || $name == "status_$PROJECT.json.part" ]] || continue
    rm -rf -- "$file"
    stage sweep "removed the partial file $file of a run that was killed"
  done
  mkdir -m 0700 -- "$work"
  WORK=$work
}

usage() {
  cat <<END
Usage: backup-PROJECT.sh [--config FILE]              make a backup now
       backup-PROJECT.sh [--config FILE] --prune [--check]  remove what is old now; --check only says what and why
       backup-PROJECT.sh [--config FILE] --acknowledge [--gone BOX NAME]…  what was unusual is right; pruning goes on; nor is NAME missed on the
                                                      box of that number
       backup-PROJECT.sh [--config FILE] --adopt FILE  take a dump made by hand into the ledger, as dumped only
       backup-PROJECT.sh [--config FILE] --adopt-box   take what lies on the box into the ledger, as if made here
       backup-PROJECT.sh [--config FILE] --seed        begin the ledger with what an earlier version made
       backup-PROJECT.sh --version | --help
Exit:  0 done, or skipped because a run is going; 1 failed.  What lies on a box and whether it is right: verify, status and box, from where
       bitacora is run
END
}

main() {
  while (($# > 0)); do
    case $1 in
      --config) (($# > 1)) || die "--config needs a file"; CONFIG=$2; shift ;;
      --prune) MODE=prune ;;
      --acknowledge) MODE=acknowledge ;;
      --adopt) (($# > 1)) || die "--adopt needs a file"; MODE=adopt ADOPT=$2; shift ;;
      --adopt-box) MODE=adopt-box ;;
      --seed) MODE=seed ;;
      --gone) (($# > 2)) || die "--gone needs the number of a box and a name"; GONE+=("$2 $3"); shift 2 ;;
      --check) CHECK=yes ;;
      --version) printf 'backup script %s\n' "$VERSION"; exit 0 ;;
      --help) usage; exit 0 ;;
      *) die "unknown argument: $1; --help tells what there is" ;;
    esac
    shift
  done
  [[ $CHECK == no || $MODE == prune ]] || die "--check goes with --prune"
  [[ ${#GONE[@]} == 0 || $MODE == acknowledge ]] || die "--gone goes with --acknowledge"
  configure
  case $MODE in prune) prune_only ;; acknowledge) acknowledge ;; adopt | adopt-box | seed) ledger_only ;; run) run ;; esac
}

run() {
  local started=$SECONDS
  begin
  stage config "$CONFIG"
  STAGE=lock
  take_locks
  STAGE=sweep
  sweep
  tell start
  require_jq
  [[ -n ${LINE_OF[INTERVAL_SECONDS]:-} ]] || say config "$CONFIG was written by an earlier version; to renew it: provision $PROJECT"
  seed_ledger
  choose_name
  find_reference
  preflight
  PART=$BACKUP_DIR/$NAME.part
  dump_with_globals
  inspect
  hash_backup
  compare_with_last_ones
  deliver_everywhere
  [[ -z ${SUSPECT[$NAME]:-} || $BEFORE == null ]] || NEWEST=$BEFORE
  prune_boxes
  STAGE='done'
  say 'done' "$NAME, $BYTES bytes, $TABLES tables, $ROWS rows, equal on the box, $((SECONDS - started)) s"
  write_status true 0
  # The result stands; what is told of it takes a bounded time.
  trap '' TERM INT HUP
  tell success
}

begin() {
  mkdir -p -- "$RUN_DIR" "$BACKUP_DIR" "$LOG_DIR"
  STARTED_AT=$(now_iso)
  RECORDS=yes
  hold_files
  load_status
  load_ledger
}

# After the wait for the locks: the name tells when the dump began. No two runs have the same one.
choose_name() {
  local now extension
  case $COMPRESSION in gzip) extension=.sql.gz ;; zstd) extension=.sql.zst ;; directory) extension=.dir.tar ;; esac
  extension+=${ENCRYPT_TO:+.age}
  while :; do
    printf -v now '%(%s)T' -1
    printf -v NAME 'backup_%s_%(%Y%m%d_%H%M%S)T%s' "$DB_FILE" "$now" "$extension"
    [[ -e $BACKUP_DIR/$NAME || -e $BACKUP_DIR/$NAME.bad ]] || break
    await exec_tied sleep 1
  done
  printf -v DAY_DIR '%s/%(%Y/%m/%d)T' "$STORAGEBOX_REMOTE_DIR" "$now"
  printf -v RUN_ID '%s-%d' "$now" "$$"
}

# Roles, settings and grants stand in no snapshot: one that changed during the dump may be named by it and not be there. Then both
# are made again, once.
dump_with_globals() {
  read_globals
  dump
  STAGE=globals
  if globals_unchanged; then return; fi
  say globals 'they have changed during the dump, which is made again'
  dump
  STAGE=globals
  globals_unchanged || warn 'roles, settings or grants changed during the dump again; those of its end are kept'
}

# The one way out: whatever happened, partial files go, the stage is recorded, and nothing says done that isn't.
finish() {
  local code=$?
  ending "$code"
  if ((code != 0)); then
    discard_partials
    say failed "$STAGE: $ERROR"
    if [[ $RECORDS == yes ]]; then
      write_status false "$code"
      tell fail
    fi
  fi
  box_close
  [[ -z $SCRATCH ]] || rm -f -- "$SCRATCH"
  [[ -z $WORK ]] || rm -rf -- "$WORK"
  exit "$code"
}

discard_partials() {
  local ending
  if [[ -n $PART ]]; then
    for ending in '' "${BESIDE[@]}"; do rm -f -- "$BACKUP_DIR/$NAME$ending.part"; done
    rm -rf -- "$PART.d"
  fi
  discard_remote_partials
}

# Only what a run does at its end. With --check nothing is changed, here or there.
prune_only() {
  if [[ $CHECK == yes ]]; then
    hold_files
    WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
    load_ledger
  else
    begin
    RECORDS=no
    take_locks
    sweep
  fi
  find_reference
  prune_boxes
}

# What changes the ledger alone: takes the locks of a run, writes no status.
ledger_only() {
  begin
  RECORDS=no
  take_locks
  sweep
  printf -v RUN_ID '%(%s)T-%d' -1 "$$"
  [[ $MODE == adopt ]] || seed_ledger
  [[ $MODE != adopt ]] || adopt_file "$ADOPT"
  [[ $MODE != adopt-box ]] || adopt_box
}

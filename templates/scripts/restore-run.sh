KEY_TEXT='' BOX_WANTED='' SCHEDULED=no ON_OTHER=no KEY_FOLLOWS=no RUN_ID='' RESULT='' DONE=no

usage() {
  cat <<END
Usage: restore-PROJECT.sh [--at TIME | --name NAME]   a drill: restore the newest backup from the box into a new database, compare, drop it
       restore-PROJECT.sh --into DATABASE             restore for real, into a database that is not there yet
       restore-PROJECT.sh --into DATABASE --replace   the restored one takes its name; what was there is kept under another
       restore-PROJECT.sh --table [SCHEMA.]TABLE      only one table, into a new schema beside the live ones
       restore-PROJECT.sh --drop-old                  drop the databases that --replace kept
Also:  --local         the copy on this machine, where the box is away
       --tablespace OLD=NEW  things of one tablespace of the backup go into another one; may be given more than once
       --trust-box     load the newest copy although neither this machine's ledger nor a signature says whose it is: whoever can write
                       to the box may have made it, and what they put into it comes into the database
       --box N         the N-th box of the config instead of its first
       --identity      the private key of age comes on stdin
       --config FILE, --version, --help
Exit:  0 restored and equal, 1 failed: nothing that was there before is changed
END
}

main() {
  while (($# > 0)); do
    case $1 in
      --config | --into | --table | --tablespace | --at | --name | --box | --wait-login)
        (($# > 1)) || die "$1 needs a value"
        case $1 in
          --config) CONFIG=$2 ;; --into) TARGET=$2 ;; --table) TABLE=$2 ;; --tablespace) MOVES+=("$2") ;; --at) parse_at "$2" ;; --name) WANTED=$2 ;;
          --box) BOX_WANTED=$2 ;; --wait-login) WAIT_LOGIN=$2 ;;
        esac
        shift ;;
      --replace) REPLACE=yes ;;
      --fill) FILL=yes ;;
      --drop-old) MODE=drop-old ;;
      --local) LOCAL=yes ;;
      --trust-box) TRUST_BOX=yes ;;
      --scheduled) SCHEDULED=yes ;;
      --on-other) ON_OTHER=yes ;;
      --identity) KEY_FOLLOWS=yes ;;
      --version) printf 'restore script %s\n' "$VERSION"; exit 0 ;;
      --help) usage; exit 0 ;;
      *) die "unknown argument: $1; --help tells what there is" ;;
    esac
    shift
  done
  check_arguments
  configure
  if [[ -n $BOX_WANTED ]]; then
    [[ " ${BOXES[*]} " == *" $BOX_WANTED "* ]] || die "--box $BOX_WANTED: the config has ${#BOXES[@]}"
    use_box "$BOX_WANTED"
  fi
  [[ $MODE != drop-old || -n $TARGET ]] || TARGET=$DB_NAME
  if [[ $MODE == drop-old ]]; then
    begin
    take_change_lock --drop-old
    drop_old
    leave_change_lock --drop-old
    DONE=yes
  elif [[ $FILL == yes && -z $WANTED ]]; then
    restore_newest_that_holds
  else
    restore
  fi
}

check_arguments() {
  local one
  [[ -z $TARGET ]] || is_name "$TARGET" && [[ $TARGET != @(postgres|template0|template1) ]] ||
    die "--into needs the name of a database: at most 63 bytes of UTF-8 without control characters, and not one of PostgreSQL's own"
  [[ -z $TABLE || -z $TARGET ]] || die '--table and --into do not go together'
  [[ $REPLACE == no || -n $TARGET ]] || die '--replace goes with --into'
  for one in ${MOVES[@]+"${MOVES[@]}"}; do [[ $one == ?*=?* ]] || die '--tablespace needs OLD=NEW'; done
  [[ $WAIT_LOGIN =~ ^[0-9]{1,4}$ ]] || die '--wait-login needs seconds'
  if [[ -n $TABLE ]]; then KIND=table; elif [[ -n $TARGET ]]; then KIND=into; fi
}

# Where the newest copy is damaged, the one before it may do: it must not keep an older one from coming back. What fails for another reason
# (a package that is missing here, too little disk) would fail for it as well, or bring back older data unasked. Each try is a run of its
# own. What --trust-box says is said of one copy.
restore_newest_that_holds() {
  local path tried=0 most=3
  local -a there paths=() options=()
  [[ $TRUST_BOX == no ]] || most=1 options=(--trust-box)
  for path in ${MOVES[@]+"${MOVES[@]}"}; do options+=(--tablespace "$path"); done
  WORK=$(mktemp -d /run/postgres-restore.XXXXXXXX)
  load_ledger
  [[ $KEY_FOLLOWS == no ]] || read_identity
  box_prepare
  box_open || die "not reached: $BOX_ERROR"
  candidates >"$WORK/candidates"
  [[ -s $WORK/candidates ]] || die "no complete backup of $DB_NAME in $STORAGEBOX_REMOTE_DIR on the box"
  miss_newest
  mapfile -t there < <(head -n 100 "$WORK/candidates")
  weigh "${there[@]}"
  for path in "${there[@]}"; do
    if may_take "$path"; then paths+=("$path"); else say choose "${path##*/} is passed over: $declined"; fi
    ((${#paths[@]} < most)) || break
  done
  ((${#paths[@]} > 0)) || die "no backup of $DB_NAME on the box may be loaded: none is signed with the project's key$(how_to_trust)"
  for path in "${paths[@]}"; do
    tried=$((tried + 1))
    rm -f -- "$RUN_DIR/$PROJECT.restore.json"
    if await "$0" --config "$CONFIG" --into "$TARGET" --fill --name "${path##*/}" ${options[@]+"${options[@]}"} ${IDENTITY:+--identity} <"${IDENTITY:-/dev/null}"; then return; fi
    read_texts "$RUN_DIR/$PROJECT.restore.json" stage error
    STAGE=restore
    is_damage "${TEXTS[0]}" "${TEXTS[1]}" || die "${path##*/} could not be restored: ${TEXTS[1]:-see above}"
    say restore "${path##*/} does not hold"
  done
  die "none of the newest $tried backups could be restored"
}

begin() {
  mkdir -p -- "$RUN_DIR" "$BACKUP_DIR" "$LOG_DIR"
  STARTED_AT=$(now_iso)
  RESULT=$RUN_DIR/$PROJECT.restore.json
  printf -v RUN_ID '%(%s)T-%d' -1 "$$"
  BEGAN=$(milliseconds) LAST=$BEGAN
  RECORDS=yes
  load_status
  load_ledger
  STAGE=lock
  take_restore_lock
  rm -f -- "$RESULT"
  STAGE=sweep
  rm -rf -- "$RUN_DIR/$PROJECT.restore.work" "$BACKUP_DIR/.restore_$PROJECT"
  mkdir -m 0700 -- "$RUN_DIR/$PROJECT.restore.work" "$BACKUP_DIR/.restore_$PROJECT"
  WORK=$RUN_DIR/$PROJECT.restore.work
  KEPT=$BACKUP_DIR/.restore_$PROJECT
  NOTES=$BACKUP_DIR/.restoring_$PROJECT
  # On another machine that folder goes with this run, however it ends.
  [[ $ON_OTHER == no ]] || NOTES=$RUN_DIR/$PROJECT.restoring
  [[ ! -s $NOTES ]] || say sweep 'an earlier restore was killed; what it made goes'
  forget_made || warn "what a killed restore made cannot be taken away yet: $(reason first "$WORK/psql.err")"
}

restore() {
  begin
  stage config "$CONFIG"
  need_programs
  write_pgpass
  [[ $KEY_FOLLOWS == no ]] || read_identity
  session_options
  check_target
  if [[ $LOCAL == no ]]; then
    box_prepare
    box_open || die "not reached: $BOX_ERROR"
  fi
  [[ $ON_OTHER == yes || $LOCAL == yes ]] || seed_ledger
  choose_backup
  record_duration choose
  [[ $ENCRYPTED == yes && -z $IDENTITY ]] || try_loader
  fetch
  record_duration fetch
  check_hash
  record_duration hash
  if [[ $ENCRYPTED == yes && -z $IDENTITY ]]; then hash_only; return; fi
  prepare_tools
  [[ -z $TABLE ]] || find_table
  make_database
  load
  record_duration load
  compare_contents
  make_events
  compare_text
  admit
  compare_globals
  record_duration compare
  log_in
  record_duration login
  extrapolate
  if [[ -n $TABLE$TARGET ]]; then put_in_place; fi
  if [[ -n $TARGET ]]; then keep_single; keep_indexes; fi
  tear_down
  record_duration end
  if [[ $FILL == yes ]]; then take_over; fi
  PROOF=$(proof true)
  keep_proof
  STAGE='done'
  record true
  say 'done' "$NAME $(what_was_done), $(($(milliseconds) - BEGAN)) ms; the backup is $((AGE / 3600)) h $((AGE / 60 % 60)) min old"
}

# The one way out: what was made and isn't wanted goes, the result is recorded, and nothing says done that isn't.
finish() {
  local code=$?
  ending "$code"
  if [[ $SCHEDULED == yes && $ERROR == 'too little free disk'* ]]; then record_skipped; code=0; fi
  [[ -z $NOTES ]] || forget_made || say "$STAGE" "warning: not all that was made could be taken away; the next run does it: $(reason first "$WORK/psql.err")"
  if ((code != 0)); then
    say failed "$STAGE: $ERROR"
    [[ $RECORDS == no || $DONE == yes ]] || ! command -v jq >/dev/null || record false
  fi
  box_close
  [[ -z $KEPT ]] || rm -rf -- "$KEPT"
  [[ -z $WORK ]] || rm -rf -- "$WORK"
  exit "$code"
}

# A drill of the schedule is left out where the disk is too small for it: the backup is as good as it was. The status tells why.
record_skipped() {
  say "$STAGE" "this drill is left out: $ERROR"
  SKIPPED=$ERROR
  record true
}

# record OK: for whoever started this run, for the status, and an alarm where it failed.
record() {
  DONE=yes
  case $ERROR in 'too little free disk'* | 'not fetched'* | 'cannot decrypt'* | 'stopped by '*) TESTED=no ;; esac
  PROOF=$(proof "$1")
  if [[ $KIND == table ]]; then with_sql "$PROOF"; elif [[ $SQL_FILES != '[]' ]]; then with "$PROOF" '. + {sql: $sql}' --argjson sql "$SQL_FILES"; else printf '%s\n' "$PROOF"; fi >"$RESULT"
  # A request that was refused was told to whoever made it. A drill of the schedule has nobody who sees it.
  [[ $KIND != drill || $1 == true || $TESTED == yes || $SCHEDULED == yes ]] || return 0
  [[ $ON_OTHER == yes || $KIND != drill ]] || note_proof
  if [[ $1 == true ]]; then
    [[ $ON_OTHER == yes || -n $SKIPPED ]] || tell success
    return
  fi
  alarm "$STAGE" "$KIND of ${NAME:-the newest backup}: $ERROR"
}

# What was tried before and now, at once, under locks of its own: a backup must not wait for a drill.
take_restore_lock() {
  local since lock=$RUN_DIR/$PROJECT.restore.lock
  exec 8<>"$lock"
  if ! flock -n 8; then
    since=$(head -n 1 "$lock")
    [[ $SCHEDULED == no ]] || skip_drill "another restore is still running since ${since:-an unknown time}"
    die "another restore of $PROJECT is running since ${since:-an unknown time}"
  fi
  printf '%s (process %s)\n' "$STARTED_AT" "$$" >"$lock"
  rm -f -- "$RUN_DIR/$PROJECT.restore.skips"
  take_host_lock restore.lock restore
}

# skip_drill REASON: what keeps drills out for good must not go unnoticed.
skip_drill() {
  count_skip "$RUN_DIR/$PROJECT.restore.skips"
  ((SKIPS <= SKIPS_ALLOWED)) || die "left out $SKIPS times in a row: $1"
  say lock "this drill is left out: $1"
  SKIPPED=$1 DONE=yes
  PROOF=$(proof true)
  note_proof
  exit 0
}

# Loading takes hours and disturbs nobody; this takes a moment.
put_in_place() {
  take_change_lock "${TABLE:+--table}${TARGET:+--into}"
  if [[ -n $TABLE ]]; then copy_table; else take_name; fi
  leave_change_lock "${TABLE:+--table}${TARGET:+--into}"
}

what_was_done() {
  if [[ -n $TABLE ]]; then printf 'gave %s.%s' "$SIDE" "$TABLE_NAME"
  elif [[ -n $TARGET ]]; then printf 'restored into %s, equal to its manifest and its text%s' "$TARGET" "$(without_refused)"
  else printf 'restored and equal to its manifest and its text, %s' "$(leaned_on)"; fi
}

# Without the private key the contents cannot be looked at, and nothing pretends that they were.
hash_only() {
  [[ -z $TARGET$TABLE ]] || die "$NAME is encrypted: its private key is needed to restore it"
  CONTENTS='not looked at'
  STAGE='done'
  record true
  say 'done' "$NAME: hash proven, contents not, since no private key was given"
}

prepare_tools() {
  case ${NAME%.age} in *.sql.zst) need zstd zstd ;; *.dir.tar) need pg_restore postgresql-client ;; esac
  if [[ $ENCRYPTED == yes ]]; then
    need age age
    try_identity
  fi
}

tear_down() {
  STAGE=tear-down
  forget_made || die "the database $TEMPORARY could not be dropped: $(reason first "$WORK/psql.err")"
}

# is_damage STAGE ERROR: whether that is the fault of the copy on the box, and of nothing here.
is_damage() { [[ $1 == hash || ($1 == fetch && $2 == 'the manifest of '*) ]]; }

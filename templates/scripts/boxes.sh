CHECKED=no FAULT_FILE=''
declare -A BOX_GRADES=() BOX_PATHS=() BOX_FAULTS=()

# Each box in turn. One that fails does not stop the others, but nothing is pruned then, and the run fails at the end, with all reasons.
deliver_everywhere() {
  local n failed_stage='' faults=''
  COLLECT=yes
  BOX_GRADES=() BOX_PATHS=() BOX_FAULTS=()
  for n in "${BOXES[@]}"; do
    use_box "$n"
    PENDING=$BACKUP_DIR/.uploading_$PROJECT
    ((n == 1)) || PENDING+=.$n
    DAY_DIR=$STORAGEBOX_REMOTE_DIR/${DAY_DIR: -10}
    deliver
    note_box
    if [[ -n $UNDELIVERED ]]; then
      : "${failed_stage:=$STAGE}"
      faults+="${faults:+; }${BOX_FAULTS[$n]}"
      ((${#BOXES[@]} == 1)) || box_given_up
    fi
  done
  COLLECT=no
  [[ -z $faults ]] || { STAGE=$failed_stage; die "$faults"; }
}

# Its partial files go now, while its login stands.
box_given_up() {
  say "$STAGE" "failed: ${BOX_FAULTS[$BOX]}"
  discard_remote_partials || :
}

# How the present box fared, for the status file; those not yet tried have no grade.
note_box() {
  local n
  if [[ -z $UNDELIVERED ]]; then
    BOX_GRADES[$BOX]='hashed on the box' BOX_PATHS[$BOX]=$DAY_DIR/$NAME
  else
    BOX_FAULTS[$BOX]=$UNDELIVERED
    ((${#BOXES[@]} == 1)) || BOX_FAULTS[$BOX]="$(box_label): $UNDELIVERED"
  fi
  BOXES_STATE=''
  for n in "${BOXES[@]}"; do
    BOXES_STATE+=,$(object host "${BOX_SETTINGS[$n HOST]}" user "${BOX_SETTINGS[$n USER]}" '?grade' "${BOX_GRADES[$n]:-}" \
      '?remotePath' "${BOX_PATHS[$n]:-}" '?error' "${BOX_FAULTS[$n]:-}")
  done
  BOXES_STATE=[${BOXES_STATE:1}]
}

# After all boxes have the backup, and for --prune: each box's turn, the last one's together with this machine's.
prune_boxes() {
  local n
  for n in "${BOXES[@]}"; do
    if [[ $n != "$BOX" || ! -S $WORK/box ]]; then
      use_box "$n"
      box_open || die "could not look: $BOX_ERROR"
    fi
    if [[ $n == "${BOXES[-1]}" ]]; then prune; elif [[ ! -s $HELD ]]; then prune_remote; fi
  done
}

# check_boxes: --check-box for each box. The document is the first one's, with all of them in "boxes"; its "ok" is that of all.
# 0 all equal; 2 one is not so; 1 none could be looked at.
check_boxes() {
  local n code report document='' list='[]' faults='' looked=no wrong=no
  STAGE=check-box
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  load_ledger
  for n in "${BOXES[@]}"; do
    code=0
    await check_one "$n" "$WORK/fault" >"$WORK/report" || code=$?
    ((code == 0 || code == 1 || code == 2)) || die "the look at box $n ended with exit code $code"
    report=$(<"$WORK/report")
    if ((code == 1)); then faults+="${faults:+; }$(<"$WORK/fault")"; else looked=yes; fi
    ((code == 0)) || wrong=yes
    : "${document:=$report}"
    list=$(with "$list" '. + [{host: $host, user: $user, remoteDirectory: $folder} + $report]' --arg host "${BOX_SETTINGS[$n HOST]}" \
      --arg user "${BOX_SETTINGS[$n USER]}" --arg folder "${BOX_SETTINGS[$n REMOTE_DIR]}" --argjson report "$report")
  done
  with "$document" '. + {ok: (.ok and $ok), boxes: $boxes}' --argjson ok "$([[ $wrong == no ]] && printf true || printf false)" --argjson boxes "$list"
  CHECKED=yes
  [[ $looked == yes ]] || die "$faults"
  [[ $wrong == no ]] || exit 2
}

# check_one N FAULT-FILE: a child of its own, since what goes wrong with one box ends the process.
check_one() {
  FAULT_FILE=$2
  trap 'check_one_ended "$?"' EXIT
  trap 'exit 143' TERM INT HUP
  use_box "$1"
  check_box
}

check_one_ended() {
  trap - EXIT ERR
  set +e
  stop_children
  if (($1 == 1)); then
    check_report false null "$ERROR"
    printf '%s' "$ERROR" >"$FAULT_FILE"
  fi
  box_close
  [[ -z $SCRATCH ]] || rm -f -- "$SCRATCH"
  [[ $WORK == "${FAULT_FILE%/*}" ]] || rm -rf -- "$WORK"
  exit "$1"
}

check_failed() {
  [[ $CHECKED == yes ]] || check_report false null "$ERROR"
  printf '%s [%s] %s\n' "$SHOWN" check-box "$ERROR" >&2
}

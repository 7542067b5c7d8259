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

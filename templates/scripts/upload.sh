PENDING='' DAY_DIR='' RUN_ID=''
UNDELIVERED='' DELIVERED=0 RENAMING=no
ENDINGS=() PARTIALS=()

# Brings the backup to the present box; where that fails, UNDELIVERED says why, and the run is not ended, since another box may be
# yet to try. Each try has a fresh connection and starts from zero: resuming onto other content would spoil it silently.
deliver() {
  local try code mismatches=0
  UNDELIVERED='' RENAMING=no
  if [[ ! -e $BACKUP_DIR/$NAME ]]; then UNDELIVERED="$NAME is no longer on this machine"; return; fi
  ENDINGS=('' ${GLOBALS_FILE:+"$GLOBALS_FILE"} .sha256 ${SIGNING_KEY:+.manifest.json.sig} .manifest.json)
  for ((try = 1; try <= UPLOAD_TRIES; try++)); do
    code=0
    if ((try > 1)); then await exec_tied sleep "$((UPLOAD_RETRY_SECONDS * (try - 1)))"; fi
    upload "$try" || code=$?
    if ((code == 0)); then compare || code=$?; fi
    if ((code == 0)); then publish || code=$?; fi
    case $code in
      0) return ;;
      2) : "${UNDELIVERED:="refused by $BOX_ERROR"}" ;;
      3) ((++mismatches < HASH_TRIES)) || not_equal ;;
      4) UNDELIVERED=$BOX_ERROR ;;
      *) ((try < UPLOAD_TRIES)) || UNDELIVERED="not reached in $UPLOAD_TRIES tries: $BOX_ERROR" ;;
    esac
    [[ -z $UNDELIVERED ]] || return 0
    if ((code == 3)); then say compare "checksum on the box differs; trying again from zero"; else say "$STAGE" "try $try of $UPLOAD_TRIES: $BOX_ERROR"; fi
  done
}

upload() {
  local level='' part ending free
  local -a commands=() levels files=()
  stage upload "$DAY_DIR/$NAME"
  box_open || return
  grep -qsxF "$DAY_DIR/$NAME $RUN_ID" "$PENDING" || printf '%s\n' "$DAY_DIR/$NAME $RUN_ID" >>"$PENDING"
  remote_partials
  commands=("${PARTIALS[@]}")
  IFS=/ read -ra levels <<<"${DAY_DIR#/}"
  for part in "${levels[@]}"; do
    level+=/$part
    commands+=("-mkdir $level")
  done
  box_batch "${commands[@]}" "-df $DAY_DIR" || return
  free=$(box_free)
  claim_folder || return
  [[ -z $free ]] || ((free >= BYTES)) || fail_permanently "the box is full: $(mib "$free") free, $(mib "$BYTES") needed" || return
  commands=()
  for ending in "${ENDINGS[@]}"; do
    files+=("$BACKUP_DIR/$NAME$ending")
    commands+=("put -f $BACKUP_DIR/$NAME$ending $DAY_DIR/$NAME$ending.part-$RUN_ID")
  done
  box_move "$(stat -c %s -- "${files[@]}" | awk '{ sum += $1 } END { printf "%.0f", sum }')" "${commands[@]}"
}

# What sftp's df said last, in bytes; nothing where the box doesn't tell.
box_free() {
  awk '$1 == "Size" && $3 == "Avail" { getline; if ($3 ~ /^[0-9]+$/ && length($3) <= 12) printf "%.0f", $3 * 1024 }' "$WORK/box.out"
}

# What this run and killed ones before it may have left on the box, as commands that remove it. Each upload notes its name first.
remote_partials() {
  local path run ending
  PARTIALS=()
  while read -r path run; do
    [[ $path =~ ^/[A-Za-z0-9_@%+=:,./-]+/backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION$ && $run =~ ^[0-9]+-[0-9]+$ ]] || continue
    for ending in '' "${BESIDE[@]}"; do PARTIALS+=("-rm $path$ending.part-$run"); done
    [[ $run == "$RUN_ID" ]] || say sweep "removing from the box what a killed run may have left: $path.part-$run"
  done <"$PENDING"
}

# On the box only over a login that stands: a run that was stopped must end soon. What stays there the next run sweeps.
discard_remote_partials() {
  [[ -n $PENDING && -e $PENDING && -S $WORK/box ]] || return 0
  remote_partials
  BOX_WITHIN=20
  (box_batch "${PARTIALS[@]}") && rm -f -- "$PENDING"
}

compare() {
  stage compare "sha256 of the uploaded copy"
  box_sha256 "$DAY_DIR/$NAME.part-$RUN_ID" "$BACKUP_DIR/$NAME.download.part" "$BYTES" || return
  [[ $BOX_SHA256 == "$SHA256" ]] || return 3
  if [[ -n $GLOBALS_FILE ]]; then
    box_sha256 "$DAY_DIR/$NAME$GLOBALS_FILE.part-$RUN_ID" "$BACKUP_DIR/$NAME.download.part" "$BYTES" || return
    [[ $BOX_SHA256 == "$GLOBALS_SHA256" ]] || return 3
  fi
  say compare "equal on the box, $BOX_WAY"
}

# Whose copy is another than what was hashed: where it is this machine's, that is no backup any more.
not_equal() {
  local ending
  if as_hashed "$SHA256" "$BACKUP_DIR/$NAME" && { [[ -z $GLOBALS_FILE ]] || as_hashed "$GLOBALS_SHA256" "$BACKUP_DIR/$NAME$GLOBALS_FILE"; }; then
    UNDELIVERED="its checksum on the box is $BOX_SHA256, not $SHA256, also after another try; the partial file there is removed"
    return
  fi
  mv -T -- "$BACKUP_DIR/$NAME" "$BACKUP_DIR/$NAME.bad"
  ledger_note aside "$NAME"
  for ending in "${BESIDE[@]}"; do rm -f -- "$BACKUP_DIR/$NAME$ending"; done
  UNDELIVERED="$NAME changed on this machine after it was hashed; kept aside as $BACKUP_DIR/$NAME.bad"
  ((DELIVERED > 0)) || NEWEST=$BEFORE
}

# as_hashed SHA256 FILE
as_hashed() {
  local now
  await sha256sum <"$2" >"$WORK/now" || return
  read -r now _ <"$WORK/now"
  [[ $now == "$1" ]]
}

# rename -l refuses a name that is taken; sftp's plain rename would replace the file. The manifest comes last: complete.
publish() {
  local ending code
  local -a commands=()
  stage publish "$DAY_DIR/$NAME"
  for ending in "${ENDINGS[@]}"; do
    code=0
    is_published "$ending" || code=$?
    case $code in
      0) commands+=("-rm $DAY_DIR/$NAME$ending.part-$RUN_ID") ;;
      5) commands+=("rename -l $DAY_DIR/$NAME$ending.part-$RUN_ID $DAY_DIR/$NAME$ending") ;;
      *) return "$code" ;;
    esac
  done
  RENAMING=yes code=0
  box_batch "${commands[@]}" || code=$?
  ((code != 2)) || UNDELIVERED="not renamed on the box: $BOX_ERROR$(whose_name)"
  ((code == 0)) || return "$code"
  rm -f -- "$PENDING"
  ledger_note uploaded "$NAME" box "$(box_name)"
  # The status names the first box that has it; how it fared on each stands there as well.
  ((DELIVERED > 0)) || graded 'hashed on the box' "$DAY_DIR/$NAME"
  DELIVERED=$((DELIVERED + 1))
  write_owner "$NAME" || warn "OWNER.json on the box could not be renewed: $BOX_ERROR"
  publish_card
}

# is_published ENDING: 0 where a try of this run gave the file its name before the connection was lost, 5 where not.
is_published() {
  local path=$DAY_DIR/$NAME$1 code=0
  [[ $RENAMING == yes ]] || return 5
  box_batch "ls -1 $path" || code=$?
  ((code != 2)) || return 5
  ((code == 0)) || return "$code"
  box_sha256 "$path" "$BACKUP_DIR/$NAME.download.part" "$BYTES" || return
  [[ $BOX_SHA256 == "${MADE_FILES[$NAME$1]:-}" ]] && return
  UNDELIVERED="not renamed on the box: the name $NAME$1 is taken there by another file"
  return 2
}

# A name is called taken only where something of that name is there.
whose_name() {
  local ending
  for ending in "${ENDINGS[@]}"; do
    if box_batch "ls -1 $DAY_DIR/$NAME$ending" "ls -1 $DAY_DIR/$NAME$ending.part-$RUN_ID"; then
      printf '; the name %s is taken there' "$NAME$ending"
      return
    fi
  done
}

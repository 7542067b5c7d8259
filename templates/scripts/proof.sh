# TESTED: whether this run came to test a backup. What ends it before that, or is no fault of the backup, proves nothing of it.
KIND=drill TESTED=no SKIPPED='' BEGAN=0 LAST=0 LIVE_BYTES='' RESTORED_BYTES=''

# What was on this server before and an empty one would lack: a backup that leans on none of it comes back wherever PostgreSQL is.
declare -a LEANED=()
lean_on() { LEANED+=("$1"); }

# leaned_on: that in words, a few of many.
leaned_on() {
  local names
  if ((${#LEANED[@]} == 0)); then printf 'as on an empty server%s' "$(without_single)"; return; fi
  printf -v names ', %s' "${LEANED[@]:0:5}"
  printf 'leaning on what is here already: %s%s%s' "${names:2}" "$( ((${#LEANED[@]} <= 5)) || printf ' and %s more' "$((${#LEANED[@]} - 5))")" "$(without_single)"
}

milliseconds() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# record_duration WORD: the time since the last such call belongs to WORD.
declare -a DURATIONS=()
record_duration() {
  local now
  now=$(milliseconds)
  DURATIONS+=(":$1" "$(seconds "$((now - LAST))")")
  LAST=$now
}

seconds() { printf '%d.%03d' "$(($1 / 1000))" "$(($1 % 1000))"; }

# How long the database of today would take on this disk, from how long the restored one took.
extrapolate() {
  ask super postgres --set=live="$DB_NAME" --set=new="$TEMPORARY" <<<"SELECT pg_database_size(:'new'), (SELECT pg_database_size(datname) FROM pg_database WHERE datname = :'live');" || return 0
  IFS='|' read -r RESTORED_BYTES LIVE_BYTES <"$WORK/answered" || :
}

# proof OK: the record of what was proven, one line of JSON.
proof() {
  local total expected=null leaned=null without=null refused=null
  [[ ${CONTENTS:-} != equal ]] || leaned=$(array ${LEANED[@]+"${LEANED[@]}"}) without=$(single_json) refused=$(refused_json)
  total=$(($(milliseconds) - BEGAN))
  if [[ -n $LIVE_BYTES && ${RESTORED_BYTES:-0} -gt 0 ]]; then expected=$(seconds $((total * (LIVE_BYTES / 1024) / (RESTORED_BYTES / 1024)))); fi
  object name "$NAME" :ok "$1" :tested "$([[ $TESTED == yes ]] && printf true || printf false)" at "$(now_iso)" kind "$KIND" stage "$STAGE" \
    host "$(</proc/sys/kernel/hostname)" contents "${CONTENTS:-not looked at}" :login "$LOGIN" :ageSeconds "$AGE" \
    :seconds "$(object ${DURATIONS[@]+"${DURATIONS[@]}"} :total "$(seconds "$total")")" :databaseBytes "${RESTORED_BYTES:-null}" :liveDatabaseBytes "${LIVE_BYTES:-null}" \
    :expectedSeconds "$expected" database "${SIDE:-${TARGET:-$TEMPORARY}}" :leanedOn "$leaned" :without "$without" :refusedIndexes "$refused" kept "$OLD_NAME" '?acceptedBy' "$ACCEPTED_BY" \
    '?skipped' "$SKIPPED" '?error' "$([[ -n $SKIPPED ]] || printf '%s' "$ERROR")"
}

# The proof goes beside the backup, here and on the box, under a name of its own; retention knows it by the ledger.
keep_proof() {
  local file
  printf -v file '%s.proof-%(%Y%m%d_%H%M%S)T.json' "$NAME" -1
  [[ $CONTENTS == equal && $REFUSED == '[]' ]] || return 0
  printf '%s\n' "$PROOF" >"$WORK/proof.json"
  if [[ $ON_OTHER == no ]] && is_mine "$NAME"; then ledger_note proof "$NAME" contents equal; fi
  if [[ -f $BACKUP_DIR/$NAME && $ON_OTHER == no ]]; then cp -- "$WORK/proof.json" "$BACKUP_DIR/$file.part" && mv -T -- "$BACKUP_DIR/$file.part" "$BACKUP_DIR/$file"; fi
  [[ $LOCAL == no ]] || return 0
  box_batch "put -f $WORK/proof.json $BACKUP.proof.part-$RUN_ID" "rename -l $BACKUP.proof.part-$RUN_ID ${BACKUP%/*}/$file" ||
    warn "the proof could not be written on the box: $BOX_ERROR"
}

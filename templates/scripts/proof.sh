KIND=drill SKIPPED='' TOOK=() BEGAN=0 LAST=0 LIVE_BYTES='' RESTORED_BYTES=''

milliseconds() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# took WORD: the time since the last such call belongs to WORD.
took() {
  local now
  now=$(milliseconds)
  TOOK+=("\"$1\":$(seconds $((now - LAST)))")
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
  local total error=null skipped=null expected=null IFS=,
  total=$(($(milliseconds) - BEGAN))
  [[ -z $ERROR ]] || error=$(json_string "$ERROR")
  [[ -z $SKIPPED ]] || skipped=$error error=null
  if [[ -n $LIVE_BYTES && ${RESTORED_BYTES:-0} -gt 0 ]]; then expected=$(seconds $((total * (LIVE_BYTES / 1024) / (RESTORED_BYTES / 1024)))); fi
  printf '{"name":%s,"ok":%s,"at":"%s","kind":"%s","stage":"%s","host":%s,"contents":"%s","login":%s,"ageSeconds":%s,"seconds":{%s,"total":%s},"databaseBytes":%s,"liveDatabaseBytes":%s,"expectedSeconds":%s,"database":%s,"kept":%s,"skipped":%s,"error":%s}\n' \
    "$(json_string "$NAME")" "$1" "$(now_iso)" "$KIND" "$STAGE" "$(json_string "$(</proc/sys/kernel/hostname)")" "${CONTENTS:-not looked at}" "$LOGIN" "$AGE" \
    "${TOOK[*]:-\"none\":0}" "$(seconds "$total")" "${RESTORED_BYTES:-null}" "${LIVE_BYTES:-null}" "$expected" \
    "$(json_string "${SIDE:-${TARGET:-$TEMPORARY}}")" "$(json_string "$OLD_NAME")" "$skipped" "$error"
}

# The proof goes beside the backup, here and on the box, under a name of its own; retention knows it by that.
keep_proof() {
  local file
  printf -v file '%s.proof-%(%Y%m%d_%H%M%S)T.json' "$NAME" -1
  [[ $CONTENTS == equal ]] || return 0
  printf '%s\n' "$PROOF" >"$WORK/proof.json"
  if [[ -f $BACKUP_DIR/$NAME && $ON_OTHER == no ]]; then cp -- "$WORK/proof.json" "$BACKUP_DIR/$file.part" && mv -T -- "$BACKUP_DIR/$file.part" "$BACKUP_DIR/$file"; fi
  [[ $LOCAL == no ]] || return 0
  box_batch "put -f $WORK/proof.json $BACKUP.proof.part-$RUN_ID" "rename -l $BACKUP.proof.part-$RUN_ID ${BACKUP%/*}/$file" ||
    warn "the proof could not be written on the box: $BOX_ERROR"
}

# TESTED: whether this run came to test a backup. What ends it before that, or is no fault of the backup, proves nothing of it.
KIND=drill TESTED=no SKIPPED='' TOOK='' BEGAN=0 LAST=0 LIVE_BYTES='' RESTORED_BYTES=''

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

# took WORD: the time since the last such call belongs to WORD.
took() {
  local now
  now=$(milliseconds)
  TOOK+="$1 $((now - LAST))"$'\n'
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
  local total expected=null leaned='[]'
  ((${#LEANED[@]} == 0)) || leaned=$(jq -nc '$ARGS.positional' --args -- "${LEANED[@]}")
  total=$(($(milliseconds) - BEGAN))
  if [[ -n $LIVE_BYTES && ${RESTORED_BYTES:-0} -gt 0 ]]; then expected=$(seconds $((total * (LIVE_BYTES / 1024) / (RESTORED_BYTES / 1024)))); fi
  json 'def some: if . == "" then null else . end;
    {name: $name, ok: $ok, tested: $tested, at: $at, kind: $kind, stage: $stage, host: $host, contents: $contents, login: $login, ageSeconds: $age,
      seconds: ([$took | split("\n")[] | select(. != "") | split(" ") | {(.[0]): ((.[1] | tonumber) / 1000)}] | add + {total: $total}), databaseBytes: $bytes, liveDatabaseBytes: $live, expectedSeconds: $expected, database: $database,
      leanedOn: (if $contents == "equal" then $leaned else null end), without: (if $contents == "equal" then $without else null end), kept: $kept, acceptedBy: ($by | some), skipped: ($skipped | some), error: (if $skipped == "" then $error | some else null end)}' \
    --arg name "$NAME" --argjson ok "$1" --argjson tested "$([[ $TESTED == yes ]] && printf true || printf false)" --arg at "$(now_iso)" --arg kind "$KIND" --arg stage "$STAGE" --arg host "$(</proc/sys/kernel/hostname)" \
    --arg contents "${CONTENTS:-not looked at}" --argjson login "$LOGIN" --argjson age "$AGE" --arg took "$TOOK" --argjson total "$(seconds "$total")" \
    --argjson bytes "${RESTORED_BYTES:-null}" --argjson live "${LIVE_BYTES:-null}" --argjson expected "$expected" \
    --arg database "${SIDE:-${TARGET:-$TEMPORARY}}" --arg kept "$OLD_NAME" --arg by "$ACCEPTED_BY" --arg skipped "$SKIPPED" --arg error "$ERROR" --argjson leaned "$leaned" --argjson without "$(single_json)"
}

# The proof goes beside the backup, here and on the box, under a name of its own; retention knows it by the ledger.
keep_proof() {
  local file
  printf -v file '%s.proof-%(%Y%m%d_%H%M%S)T.json' "$NAME" -1
  [[ $CONTENTS == equal ]] || return 0
  printf '%s\n' "$PROOF" >"$WORK/proof.json"
  if [[ $ON_OTHER == no ]] && is_mine "$NAME"; then ledger_note proof "$NAME" contents equal; fi
  if [[ -f $BACKUP_DIR/$NAME && $ON_OTHER == no ]]; then cp -- "$WORK/proof.json" "$BACKUP_DIR/$file.part" && mv -T -- "$BACKUP_DIR/$file.part" "$BACKUP_DIR/$file"; fi
  [[ $LOCAL == no ]] || return 0
  box_batch "put -f $WORK/proof.json $BACKUP.proof.part-$RUN_ID" "rename -l $BACKUP.proof.part-$RUN_ID ${BACKUP%/*}/$file" ||
    warn "the proof could not be written on the box: $BOX_ERROR"
}

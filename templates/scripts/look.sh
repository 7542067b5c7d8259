NEWEST_PATH='' LOCAL_COPY=null

# check_report OK NEWEST ERROR
check_report() {
  object project "$SHOWN" :ok "$1" :newest "$2" :local "${LOCAL_COPY:-null}" :gone "$GONE_JSON" '?error' "$3"
  printf '\n'
}

find_local_copy() {
  local file state name='' finished
  local_stamps | sort -r >"$WORK/local"
  while read -r _ state file; do
    if [[ $state == @(complete|proven) ]]; then name=${file##*/}; break; fi
  done <"$WORK/local"
  [[ -n $name ]] || return 0
  finished=$(manifest_time "$BACKUP_DIR/$name.manifest.json")
  LOCAL_COPY=$(object name "$name" sha256 "${MADE[$name]}" '?finishedAt' "$finished")
}

# The newest complete one, and what is gone, out of one listing.
find_newest_on_box() {
  local state path
  NEWEST_PATH=''
  note_uploading
  box_list "$ALL_DAYS" || die "could not look: $BOX_ERROR"
  find_gone
  while read -r _ state path; do
    if [[ $state == @(complete|proven) ]]; then NEWEST_PATH=$path; return; fi
  done < <(box_stamps | sort -r | skip_future)
}

# Read-only: nothing lasts of what it does, here or there. What lies beside the copy is checked as well, but the ledger's word counts.
check_box() {
  local name sha256='' bytes=0 line equal=true manifest=true size
  STAGE=check-box
  [[ -n $WORK ]] || WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  find_local_copy
  box_prepare
  box_open || die "could not look: $BOX_ERROR"
  find_newest_on_box
  if [[ -z $NEWEST_PATH ]]; then check_report false null "no complete backup of $DB_NAME in $STORAGEBOX_REMOTE_DIR on the box"; exit 2; fi
  name=${NEWEST_PATH##*/}
  fetch_beside "$NEWEST_PATH"
  while IFS= read -r line; do if [[ $line == -* ]]; then read -r _ _ _ _ size _ <<<"$line"; fi; done <"$WORK/box.out"
  if is_size "${size:-}"; then bytes=$size; fi
  read -r sha256 _ <"$WORK/copy.sha256" || :
  check_dump "$NEWEST_PATH" "$bytes"
  check_beside "$name"
  ((${#FAULTS[@]} == 0)) || equal=false
  [[ $(jq -r '.sha256 | strings' "$WORK/copy.manifest.json" 2>/dev/null) == "${MADE[$name]}" ]] || manifest=false
  check_report "$([[ $equal == true && $GONE_JSON == null ]] && printf true || printf false)" \
    "$(object name "$name" path "$NEWEST_PATH" :bytes "$bytes" sha256 "$sha256" sha256OnBox "$BOX_SHA256" :manifest "$manifest" :equal "$equal" \
      :checked "$CHECKED_FILES")" "$(all_faults)"
  [[ $equal == true && $GONE_JSON == null ]] || exit 2
}

# is_size TEXT: a number of bytes that arithmetic can take.
is_size() { [[ $1 =~ ^(0|[1-9][0-9]{0,14})$ ]]; }

# skip_future: of lines that begin with a stamp, those that are not dated in the future.
skip_future() {
  local limit line
  limit=$(too_new)
  while IFS= read -r line; do
    if ((10#${line%% *} <= 10#$limit)); then printf '%s\n' "$line"; fi
  done
}

# --- what `status` asks for: only names and sizes, nothing is hashed; one login on the box

declare -A SIZES=()
TOTAL=0

# file_text FILE: as one JSON string; null where there is none.
file_text() {
  if [[ -f $1 ]]; then head -c 16384 -- "$1" | tr -d '\0' | jq -Rs .; else printf null; fi
}

# copies_json: of lines "STAMP none|complete|proven|unknown PATH" on stdin, all but those that were never complete, as [["NAME",BYTES],…],
# the newest first. Which of them this machine made, the ledger says.
copies_json() {
  local state path
  sort -r | while read -r _ state path; do
    [[ $state == none ]] || printf '%s\t%s\n' "${path##*/}" "${SIZES[$path]:-0}"
  done | jq -Rnc '[inputs | split("\t") | [.[0], (.[1] | tonumber)]]'
}

look_here() {
  local bytes file free=null
  SIZES=() TOTAL=0
  while read -r bytes file; do
    SIZES[$file]=$bytes
    TOTAL=$((TOTAL + bytes))
  done < <(stat -c '%s %n' -- "$BACKUP_DIR/backup_$DB_FILE"_[0-9]* 2>/dev/null)
  read -r free < <(free_bytes "$BACKUP_DIR" 2>/dev/null) || :
  is_size "$free" || free=null
  local_stamps | copies_json >"$WORK/copies"
  object :free "$free" :bytes "$TOTAL" :copies "$(<"$WORK/copies")"
}

# list_sizes: what `ls -ln` has put into $WORK/box.out, as box_list does, into FILES and SIZES.
list_sizes() {
  local bytes path ending part field='[^ ]+ +'
  forget_files
  SIZES=() TOTAL=0
  listed " *$field$field$field$field(0|[1-9][0-9]{0,14}) +$field$field$field"
  while read -r path ending part bytes; do
    TOTAL=$((TOTAL + bytes))
    [[ $part == '*' ]] || continue
    SIZES[$path${ending#'*'}]=$bytes
    note_file "$path" "${ending#'*'}"
  done <"$WORK/listed"
}

# list_box_sizes: the same of the present box, and its free room before that, in what it prints.
list_box_sizes() {
  box_names "-df $STORAGEBOX_REMOTE_DIR" "-ls -ln $STORAGEBOX_REMOTE_DIR/$ALL_DAYS/backup_${DB_FILE}_[0-9]*" || return
  list_sizes
}

# newest_proof: the file of the last proof beside a complete backup; nothing where there is none.
newest_proof() {
  local path ending newest='' found=''
  for path in "${!LAST_PROOF[@]}"; do
    [[ -n ${FILES[$path]:-} ]] && is_complete "$path" && [[ -n ${PROVEN[${path##*/}]:-} ]] || continue
    ending=${LAST_PROOF[$path]}
    if [[ $ending > $newest ]]; then newest=$ending found=$path$ending; fi
  done
  printf '%s' "$found"
}

# look_at_box: prints what lies there; what keeps it from looking is an answer too. It runs as a child of its own, since a refused
# login ends the process.
look_at_box() {
  local free newest='' proof state path found=null shown=null
  local -a wanted
  box_place
  trap 'look_failed "$?"' EXIT
  trap - TERM INT HUP
  BOX_OPTIONS=(-oConnectTimeout=10 "${BOX_OPTIONS[@]}")
  box_open || die "$BOX_ERROR"
  note_uploading
  list_box_sizes || die "$BOX_ERROR"
  free=$(box_free)
  find_gone
  box_stamps | sort -r >"$WORK/remote"
  while read -r _ state path; do
    if [[ $state == @(complete|proven) ]]; then newest=$path; break; fi
  done < <(skip_future <"$WORK/remote")
  proof=$(newest_proof)
  wanted=("-get $(owner_path) $WORK/owner")
  [[ -z $newest ]] || wanted+=("-get $newest.manifest.json $WORK/manifest")
  [[ -z $proof ]] || wanted+=("-get $proof $WORK/proof")
  box_batch "${wanted[@]}" || die "$BOX_ERROR"
  if [[ -n $newest ]]; then
    found=$(jq -c '{bytes: (.bytes | numbers), sha256: (.sha256 | strings | select(test("^[0-9a-f]{64}$")))}' "$WORK/manifest" 2>/dev/null) || found=''
    [[ $found == '{'* ]] || found='{"bytes":null,"sha256":null}'
    found=$(object name "${newest##*/}" path "$newest" :bytes "${SIZES[$newest]:-0}" '?finishedAt' "$(manifest_time "$WORK/manifest")" :manifest "$found")
  fi
  [[ -z $proof ]] || shown=$(object file "${proof##*/}" :text "$(file_text "$WORK/proof")")
  copies_json <"$WORK/remote" >"$WORK/copies"
  object "${BOX_PLACE[@]}" :error null :free "${free:-null}" :bytes "$TOTAL" :newest "$found" :proof "$shown" :owner "$(file_text "$WORK/owner")" \
    :gone "$GONE_JSON" :copies "$(<"$WORK/copies")"
}

box_place() { BOX_PLACE=(host "$STORAGEBOX_HOST" :port "$STORAGEBOX_PORT" user "$STORAGEBOX_USER"); }

look_failed() {
  trap - EXIT ERR
  if (($1 != 0)); then object "${BOX_PLACE[@]}" error "${ERROR:-ended with exit code $1}"; fi
  exit 0
}

last_errors() {
  local log
  printf -v log '%s/backup_%s_' "$LOG_DIR" "$PROJECT"
  { grep -hF ' [failed] ' -- "${log}$(date -u -d '-31 days' +%Y%m).log" "${log}$(date -u +%Y%m).log" 2>/dev/null || :; } | tail -n 3 | jq -Rnc '[inputs]'
}

# show_status: one JSON document. Read-only, takes no lock; a box that can't be looked at says so in it.
show_status() {
  local n held=null zone=null link boxes=''
  STAGE=look
  hold_files
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  load_ledger
  [[ ! -s $HELD ]] || held=$(json_string "$(held_text)")
  # cron goes by the host's own time.
  if link=$(readlink /etc/localtime) && [[ $link == */zoneinfo/* ]]; then zone=$(json_string "${link#*/zoneinfo/}"); fi
  for n in "${BOXES[@]}"; do
    use_box "$n"
    await look_at_box >"$WORK/box.json" || :
    boxes+=,$(<"$WORK/box.json")
    box_close
    rm -f -- "$WORK/manifest" "$WORK/proof" "$WORK/owner"
  done
  look_here >"$WORK/here.json"
  object project "$PROJECT" :scriptVersion "$VERSION" at "$(now_iso)" :zone "$zone" :local "$(<"$WORK/here.json")" :boxes "[${boxes:1}]" \
    :statusFile "$(file_text "$(status_file)")" :held "$held" :errors "$(last_errors)"
  printf '\n'
}

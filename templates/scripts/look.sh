NEWEST_PATH='' LOCAL_COPY=null

check_report() {
  local error=null
  [[ -z $3 ]] || error=$(json_string "$3")
  printf '{"project":%s,"ok":%s,"newest":%s,"local":%s,"error":%s}\n' "$(json_string "$SHOWN")" "$1" "$2" "${LOCAL_COPY:-null}" "$error"
}

find_local_copy() {
  local file state name='' sha256 finished=null
  local_stamps | sort -r >"$WORK/local"
  while read -r _ state file; do
    if [[ $state != none ]]; then name=${file##*/}; break; fi
  done <"$WORK/local"
  [[ -n $name ]] || return 0
  read -r sha256 _ <"$BACKUP_DIR/$name.sha256" || :
  if [[ -f $BACKUP_DIR/$name.manifest.json && $(<"$BACKUP_DIR/$name.manifest.json") =~ \"finishedAt\":(\"[0-9TZ:-]+\") ]]; then finished=${BASH_REMATCH[1]}; fi
  LOCAL_COPY="{\"name\":\"$name\",\"sha256\":$(json_string "$sha256"),\"finishedAt\":$finished}"
}

# The newest complete one: most often of today or yesterday, so that not every day's folder need be listed.
find_newest_on_box() {
  local when state path
  local -a days
  NEWEST_PATH=''
  for when in recent all; do
    days=("$ALL_DAYS")
    [[ $when == all ]] || days=("$(date -u +%Y/%m/%d)" "$(date -u -d '-1 day' +%Y/%m/%d)")
    box_list "${days[@]}" || die "could not look: $BOX_ERROR"
    while read -r _ state path; do
      if [[ $state != none ]]; then NEWEST_PATH=$path; return; fi
    done < <(box_stamps | sort -r)
  done
}

# Read-only: nothing lasts of what it does, here or there.
check_box() {
  local name sha256='' bytes=0 line manifest=false equal=false error=''
  STAGE=check-box
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  find_local_copy
  box_prepare
  box_open || die "could not look: $BOX_ERROR"
  find_newest_on_box
  if [[ -z $NEWEST_PATH ]]; then check_report false null "no complete backup of $DB_NAME in $STORAGEBOX_REMOTE_DIR on the box"; exit 2; fi
  name=${NEWEST_PATH##*/}
  box_batch "get $NEWEST_PATH.sha256 $WORK/sha256" "get $NEWEST_PATH.manifest.json $WORK/manifest" "ls -ln $NEWEST_PATH" || die "could not look: $BOX_ERROR"
  while IFS= read -r line; do if [[ $line == -* ]]; then read -r _ _ _ _ bytes _ <<<"$line"; fi; done <"$WORK/box.out"
  read -r sha256 _ <"$WORK/sha256" || :
  box_sha256 "$NEWEST_PATH" "/var/tmp/${WORK##*/}" || die "could not look: $BOX_ERROR"
  if [[ -n $sha256 && $(tr -d '\0' <"$WORK/manifest") == *"\"sha256\":\"$sha256\""* ]]; then manifest=true; fi
  if [[ $BOX_SHA256 != "$sha256" ]]; then
    error="$name has another checksum on the box than the .sha256 beside it"
  elif [[ -f $BACKUP_DIR/$name.sha256 && $(head -c 64 "$BACKUP_DIR/$name.sha256") != "$sha256" ]]; then
    error="$name has another checksum on the box than here"
  elif [[ $manifest == false ]]; then
    error="the manifest of $name on the box does not hold its checksum"
  else
    equal=true
  fi
  check_report "$equal" "{\"name\":\"$name\",\"path\":\"$NEWEST_PATH\",\"bytes\":$bytes,\"sha256\":$(json_string "$sha256"),\"sha256OnBox\":\"$BOX_SHA256\",\"manifest\":$manifest,\"equal\":$equal}" "$error"
  [[ $equal == true ]] || exit 2
}

# --- what `status` asks for: only names and sizes, nothing is hashed; one login on the box

declare -A SIZES=()
TOTAL=0

# file_text FILE: as one JSON string; null where there is none.
file_text() {
  local text
  if [[ -f $1 ]] && text=$(head -c 65536 -- "$1" 2>/dev/null | tr -d '\0'); then json_string "$text"; else printf null; fi
}

# copies_json: of lines "STAMP none|complete|proven PATH" on stdin, the complete ones as [["NAME",BYTES],…], the newest first.
copies_json() {
  local state path list=''
  while read -r _ state path; do
    [[ $state == none ]] || list+="${list:+,}[\"${path##*/}\",${SIZES[$path]:-0}]"
  done < <(sort -r)
  printf '[%s]' "$list"
}

look_here() {
  local bytes file free=null copies
  SIZES=() TOTAL=0
  while read -r bytes file; do
    SIZES[$file]=$bytes
    TOTAL=$((TOTAL + bytes))
  done < <(stat -c '%s %n' -- "$BACKUP_DIR/backup_$DB_NAME"_[0-9]* 2>/dev/null)
  read -r free < <(free_bytes "$BACKUP_DIR" 2>/dev/null) || :
  [[ $free =~ ^[0-9]+$ ]] || free=null
  copies=$(local_stamps | copies_json)
  printf '{"free":%s,"bytes":%s,"copies":%s}' "$free" "$TOTAL" "$copies"
}

# list_sizes: what `ls -ln` has put into $WORK/box.out, as box_list does, into FILES and SIZES.
list_sizes() {
  local bytes path
  FILES=() SIZES=() TOTAL=0
  while read -r _ _ _ _ bytes _ _ _ path; do
    [[ $bytes =~ ^[0-9]+$ && $path =~ ^("$STORAGEBOX_REMOTE_DIR"/[0-9]{4}/[0-9]{2}/[0-9]{2}/backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}$EXTENSION)($BESIDE_PATTERN)?(\.part-[0-9]+-[0-9]+)?$ ]] || continue
    TOTAL=$((TOTAL + bytes))
    [[ -z ${BASH_REMATCH[5]} ]] || continue
    SIZES[$path]=$bytes
    FILES[${BASH_REMATCH[1]}]="${FILES[${BASH_REMATCH[1]}]:- }${BASH_REMATCH[4]:-*} "
  done <"$WORK/box.out"
}

# newest_proof: the file of the last proof beside a complete backup; nothing where there is none.
newest_proof() {
  local path ending newest='' found=''
  local -a endings
  for path in "${!FILES[@]}"; do
    is_complete "$path" || continue
    read -ra endings <<<"${FILES[$path]}"
    for ending in "${endings[@]}"; do
      if [[ $ending == .proof-* && $ending > $newest ]]; then newest=$ending found=$path$ending; fi
    done
  done
  printf '%s' "$found"
}

# look_at_box: prints what lies there; what keeps it from looking is an answer too. It runs as a child of its own, since a refused
# login ends the process.
look_at_box() {
  local free newest='' proof state path manifest='' bytes=null finished=null sha256=null
  local -a wanted=()
  trap 'look_failed "$?"' EXIT
  trap - TERM INT HUP
  printf '{"host":"%s","port":%s,"user":"%s",' "$STORAGEBOX_HOST" "$STORAGEBOX_PORT" "$STORAGEBOX_USER"
  BOX_OPTIONS=(-oConnectTimeout=10 "${BOX_OPTIONS[@]}")
  box_open || die "$BOX_ERROR"
  box_batch "-df $STORAGEBOX_REMOTE_DIR" "-ls -ln $STORAGEBOX_REMOTE_DIR/$ALL_DAYS/backup_${DB_NAME}_[0-9]*" || die "$BOX_ERROR"
  free=$(box_free)
  list_sizes
  box_stamps | sort -r >"$WORK/remote"
  while read -r _ state path; do
    if [[ $state != none ]]; then newest=$path; break; fi
  done <"$WORK/remote"
  proof=$(newest_proof)
  [[ -z $newest ]] || wanted+=("-get $newest.manifest.json $WORK/manifest")
  [[ -z $proof ]] || wanted+=("-get $proof $WORK/proof")
  if ((${#wanted[@]} > 0)); then box_batch "${wanted[@]}" || die "$BOX_ERROR"; fi
  [[ ! -f $WORK/manifest ]] || manifest=$(head -c 4096 "$WORK/manifest" | tr -d '\0')
  if [[ $manifest =~ \"bytes\":([0-9]+) ]]; then bytes=${BASH_REMATCH[1]}; fi
  if [[ $manifest =~ \"sha256\":(\"[0-9a-f]{64}\") ]]; then sha256=${BASH_REMATCH[1]}; fi
  if [[ $manifest =~ \"finishedAt\":(\"[0-9TZ:-]+\") ]]; then finished=${BASH_REMATCH[1]}; fi
  printf '"error":null,"free":%s,"bytes":%s,"newest":' "${free:-null}" "$TOTAL"
  if [[ -z $newest ]]; then
    printf null
  else
    printf '{"name":"%s","path":"%s","bytes":%s,"finishedAt":%s,"manifest":{"bytes":%s,"sha256":%s}}' \
      "${newest##*/}" "$newest" "${SIZES[$newest]}" "$finished" "$bytes" "$sha256"
  fi
  printf ',"proof":'
  if [[ -z $proof ]]; then printf null; else printf '{"file":"%s","text":%s}' "${proof##*/}" "$(file_text "$WORK/proof")"; fi
  printf ',"copies":%s}' "$(copies_json <"$WORK/remote")"
}

look_failed() {
  trap - EXIT ERR
  if (($1 != 0)); then printf '"error":%s}' "$(json_string "${ERROR:-ended with exit code $1}")"; fi
  exit 0
}

last_errors() {
  local log list='' line
  printf -v log '%s/backup_%s_' "$LOG_DIR" "$PROJECT"
  while IFS= read -r line; do list+="${list:+,}$(json_string "$line")"; done \
    < <(grep -hF ' [failed] ' -- "${log}$(date -u -d '-31 days' +%Y%m).log" "${log}$(date -u +%Y%m).log" 2>/dev/null | tail -n 3)
  printf '[%s]' "$list"
}

# show_status: one JSON document. Read-only, takes no lock; a box that can't be looked at says so in it.
show_status() {
  local n held=null zone=null link boxes=''
  STAGE=look
  hold_files
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  [[ ! -s $HELD ]] || held=$(file_text "$HELD")
  # cron goes by the host's own time.
  if link=$(readlink /etc/localtime) && [[ $link == */zoneinfo/* ]]; then zone=$(json_string "${link#*/zoneinfo/}"); fi
  for n in "${BOXES[@]}"; do
    use_box "$n"
    await look_at_box >"$WORK/box.json" || :
    boxes+="${boxes:+,}$(<"$WORK/box.json")"
    box_close
    rm -f -- "$WORK/manifest" "$WORK/proof"
  done
  printf '{"project":"%s","scriptVersion":%s,"at":"%s","zone":%s,"local":%s,"boxes":[%s],"statusFile":%s,"held":%s,"errors":%s}\n' \
    "$PROJECT" "$VERSION" "$(now_iso)" "$zone" "$(look_here)" "$boxes" "$(file_text "$(status_file)")" "$held" "$(last_errors)"
}

status_file() { printf '%s/status_%s.json' "$BACKUP_DIR" "$PROJECT"; }

# The newest good backup and the last proof are remembered through runs that fail.
load_status() {
  local line
  [[ -f $(status_file) ]] || return 0
  while IFS= read -r line; do
    if [[ $line =~ ^\ \ \"newest\":\ (\{\"name\":\"backup_[A-Za-z0-9_.-]+\",.*\})$ ]]; then NEWEST=${BASH_REMATCH[1]}; fi
    if [[ $line =~ ^\ \ \"boxes\":\ (\[.*\]),$ ]]; then BOXES_STATE=${BASH_REMATCH[1]}; fi
  done <"$(status_file)"
  load_proof
}

load_proof() {
  local line
  line=$(grep -m 1 '^  "proof": {.*},$' "$(status_file)" 2>/dev/null) || return 0
  line=${line#*: }
  PROOF=${line%,}
}

lock_status() {
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
}

# replace_status: stdin becomes the status file, all of it or nothing. A skipped run may write at the same time: one after the other.
replace_status() {
  local file
  file=$(status_file)
  { cat >"$file.part" && mv -T -- "$file.part" "$file"; } 2>/dev/null || say "$STAGE" "warning: could not write $file"
}

write_status() {
  local error=null warnings='' text skips=0 held=null
  [[ ! -s $HELD ]] || held=$(json_string "$(<"$HELD")")
  [[ ! -s $RUN_DIR/$PROJECT.skips ]] || read -r skips <"$RUN_DIR/$PROJECT.skips" || :
  [[ -z $ERROR ]] || error=$(json_string "$ERROR")
  for text in ${WARNINGS[@]+"${WARNINGS[@]}"}; do warnings+="${warnings:+, }$(json_string "$text")"; done
  lock_status
  load_proof
  replace_status <<END
{
  "project": "$PROJECT",
  "ok": $1,
  "stage": "$STAGE",
  "startedAt": "$STARTED_AT",
  "finishedAt": "$(now_iso)",
  "exitCode": $2,
  "error": $error,
  "skipped": $skips,
  "warnings": [$warnings],
  "held": $held,
  "proof": $PROOF,
  "boxes": $BOXES_STATE,
  "newest": $NEWEST
}
END
  exec 9>&-
}

# The number of runs in a row that were skipped, and the last proof, are written by others than the run whose status it is.
note_skips() { change_status skipped "$1"; }
note_proof() { change_status proof "$PROOF"; }

# change_status KEY JSON: one line of the status file, in place.
change_status() {
  local line text=''
  [[ -f $(status_file) ]] || return 0
  lock_status
  while IFS= read -r line; do
    [[ $line != "  \"$1\": "* ]] || line="  \"$1\": $2,"
    text+=$line$'\n'
  done <"$(status_file)"
  replace_status <<<"${text%$'\n'}"
  exec 9>&-
}

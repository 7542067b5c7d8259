status_file() { printf '%s/status_%s.json' "$BACKUP_DIR" "$PROJECT"; }

# The newest good backup and the last proof are remembered through runs that fail.
load_status() {
  local line
  [[ -f $(status_file) ]] || return 0
  while IFS= read -r line; do
    if [[ $line =~ ^\ \ \"newest\":\ (\{\"name\":\"backup_[A-Za-z0-9_.-]+\",.*\})$ ]]; then NEWEST=${BASH_REMATCH[1]}; fi
    if [[ $line =~ ^\ \ \"boxes\":\ (\[.*\]),$ ]]; then BOXES_STATE=${BASH_REMATCH[1]}; fi
    if [[ $line =~ ^\ \ \"proof\":\ (\{.*\}),$ ]]; then PROOF=${BASH_REMATCH[1]}; fi
  done <"$(status_file)"
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
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
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

note_skips() {
  local text
  [[ -f $(status_file) ]] || return 0
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
  text=$(sed "s/^  \"skipped\": [0-9]*,$/  \"skipped\": $1,/" "$(status_file)")
  replace_status <<<"$text"
  exec 9>&-
}

status_file() { printf '%s/status_%s.json' "$BACKUP_DIR" "$PROJECT"; }

# The newest good backup, the last drill and each backup's last proof are remembered through runs that fail.
load_status() {
  [[ -f $(status_file) ]] || return 0
  read_objects "$(status_file)" newest boxes proof proofs
  NEWEST=${TEXTS[0]} BOXES_STATE=${TEXTS[1]} PROOF=${TEXTS[2]} PROOFS=${TEXTS[3]}
  [[ $BOXES_STATE == '['* ]] || BOXES_STATE='[]'
  [[ $PROOFS == '['* ]] || PROOFS='[]'
}

load_proof() {
  [[ -f $(status_file) ]] || return 0
  read_objects "$(status_file)" proof proofs
  PROOF=${TEXTS[0]} PROOFS=${TEXTS[1]}
  [[ $PROOFS == '['* ]] || PROOFS='[]'
}

lock_status() {
  exec 9<>"$RUN_DIR/$PROJECT.status.lock"
  flock -w 10 9 || :
}

# replace_status FILTER [OPTION…]: what jq makes becomes the status file, all of it or nothing. A skipped run may write at the same time:
# one after the other.
replace_status() {
  local file
  file=$(status_file)
  { jq "${@:2}" "$1" >"$file.part" && mv -T -- "$file.part" "$file"; } 2>/dev/null || say "$STAGE" "warning: could not write $file"
}

write_status() {
  local skips=0 held='' warnings
  [[ ! -s $HELD ]] || held=$(held_text)
  [[ ! -s $RUN_DIR/$PROJECT.skips ]] || read -r skips <"$RUN_DIR/$PROJECT.skips" || :
  [[ $skips =~ ^[0-9]{1,6}$ ]] || skips=0
  warnings=$(array ${WARNINGS[@]+"${WARNINGS[@]}"})
  lock_status
  load_proof
  # shellcheck disable=SC2016  # jq's variables
  replace_status 'def some: if . == "" then null else . end;
    {project: $project, ok: $ok, stage: $stage, startedAt: $started, finishedAt: $finished, exitCode: $code, error: ($error | some), skipped: $skips,
      warnings: $warnings, held: ($held | some), proof: $proof, proofs: $proofs, boxes: $boxes, newest: $newest}' -n --arg project "$PROJECT" --argjson ok "$1" \
    --arg stage "$STAGE" --arg started "$STARTED_AT" --arg finished "$(now_iso)" --argjson code "$2" --arg error "$ERROR" --argjson skips "$((10#$skips))" \
    --argjson warnings "$warnings" --arg held "$held" --argjson proof "$PROOF" --argjson proofs "$PROOFS" --argjson boxes "$BOXES_STATE" --argjson newest "$NEWEST"
  exec 9>&-
}

# The number of runs in a row that were skipped, and the last proof, are written by others than the run whose status it is.
note_skips() { change_status '.skipped = $value' "$1"; }

# note_proof: the last drill; and of a backup that was tested, the last that is known of it. A hash alone does not clear a failure to restore.
readonly PROOFS_KEPT=20
note_proof() {
  # shellcheck disable=SC2016  # jq's variables
  change_status '.proof = $value | if $value.tested and $value.skipped == null then
      ($value | {name, ok, at, contents, stage, error}) as $new | ((.proofs // []) | map(objects)) as $known
      | if $new.ok and $new.contents != "equal" and any($known[]; .name == $new.name and .ok == false and .stage != "hash") then .
        else .proofs = ([$new] + ($known | map(select(.name != $new.name))))[:'"$PROOFS_KEPT"'] end
    else . end' "$PROOF"
}

# change_status FILTER JSON: the filter's $value.
change_status() {
  [[ -f $(status_file) ]] || return 0
  lock_status
  # shellcheck disable=SC2016  # jq's variables
  replace_status '$was[0] | '"$1" -n --argjson value "$2" --slurpfile was "$(status_file)"
  exec 9>&-
}

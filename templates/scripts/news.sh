# What is told of a run: in one line, and in a report that says the error, what is safe still, and what to do. Read by notify.sh's
# child shell, whose event, kind, stage, error, host, safe, message and next these functions share.
readonly TOLD_LINES=8 TOLD_WIDTH=240

# plain TEXT: one line of valid UTF-8, without control characters and secrets, of a length fit for a message.
plain() {
  local text=${1//[[:cntrl:]]/ } secret
  for secret in "$DB_PASSWORD" "$STORAGEBOX_PASSWORD" "$PING_URL" "$WEBHOOK_URL"; do
    [[ -z $secret ]] || text=${text//"$secret"/***}
  done
  if ! grep -qax '.*' <<<"$text"; then
    local LC_ALL=C
    text=${text//[^ -~]/?}
  fi
  printf '%s' "${text:0:1500}"
}

on_the_box() { [[ $(field "$1" remotePath) == /* ]]; }

# The newest backup that is equal on the box, or null. A later one that did not get there takes its place in the status, so it is
# remembered here too.
find_safe() {
  local file=$BACKUP_DIR/.safe_$PROJECT
  if on_the_box "$NEWEST"; then
    printf '%s\n' "$NEWEST" | tee "$file.part"
    mv -T -- "$file.part" "$file"
  elif [[ -s $file ]] && on_the_box "$(<"$file")"; then
    head -n 1 "$file"
  else
    printf null
  fi
}

summary() {
  local what="the $kind of $PROJECT on $host"
  case $event in
    start) printf '%s has started' "$what" ;;
    success) printf '%s is done' "$what"; [[ $kind != backup ]] || printf ': %s' "$(describe "$NEWEST")" ;;
    fail) printf '%s failed in the stage %s: %s' "$what" "$stage" "$error" ;;
    alarm) printf '%s needs a look, %s: %s' "$what" "$stage" "$error" ;;
  esac
}

# describe BACKUP
describe() {
  printf '%s, %s bytes, %s tables, %s rows, of %s' "$(field "$1" name)" "$(field "$1" bytes)" "$(field "$1" tables)" "$(field "$1" rows)" "$(field "$1" finishedAt)"
}

# seconds_of TIME: of ISO 8601 since 1970; nothing for what is none.
seconds_of() { if [[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z$ ]]; then date -u -d "$1" +%s; fi; }

age() {
  local now seconds
  seconds=$(seconds_of "$1")
  printf -v now '%(%s)T' -1
  seconds=$((now - ${seconds:-now}))
  if ((seconds < 7200)); then printf '%s minutes' "$((seconds / 60))"
  elif ((seconds < 172800)); then printf '%s hours' "$((seconds / 3600))"
  else printf '%s days' "$((seconds / 86400))"; fi
}

write_safe() {
  local name
  if [[ $safe != null ]]; then
    name=$(field "$safe" name)
    printf '%s, %s old.\n' "$(describe "$safe")" "$(age "$(field "$safe" finishedAt)")"
    printf 'It lies on the box, %s@%s:%s, where its checksum was equal' "$STORAGEBOX_USER" "$STORAGEBOX_HOST" "$(field "$safe" remotePath)"
    if [[ -f $BACKUP_DIR/$name ]]; then printf ', and on %s in %s.\n' "$host" "$BACKUP_DIR"; else printf '.\n'; fi
  else
    printf 'no backup on the box is known here; to check: verify %s\n' "$PROJECT"
  fi
  if [[ $NEWEST != null && $NEWEST != "$safe" ]] && ! on_the_box "$NEWEST"; then
    printf 'A newer one lies on %s only, in %s: %s.\n' "$host" "$BACKUP_DIR" "$(describe "$NEWEST")"
  fi
  if [[ $PROOF != null ]]; then
    printf 'The last restore drill was at %s with %s, and %s.\n' "$(field "$PROOF" at)" "$(field "$PROOF" name)" "$([[ $(field "$PROOF" ok) == true ]] && printf 'it held' || printf 'it did not hold')"
  fi
}

next_step() {
  local again="then run it again: $0"
  case $event:$stage in
    start:* | success:*) ;;
    *:size | *:rows | *:gap) printf 'check whether that is right, then: %s --acknowledge' "$0" ;;
    *:config) printf 'mend %s, %s' "$CONFIG" "$again" ;;
    *:lock) printf 'look what the run that holds the lock does: ps -ef | grep %s; %s' "${0##*/}" "$again" ;;
    *:preflight | *:globals | *:dump) printf 'look at what the error names: the database %s on port %s, a program or the disk; %s' "$DB_NAME" "$DB_PORT" "$again" ;;
    *:upload | *:compare | *:publish) printf 'check whether the box answers: box %s; %s' "$PROJECT" "$again" ;;
    *) printf 'look into the log in %s, %s' "$LOG_DIR" "$again" ;;
  esac
}

# lines NUMBER FILE: its last ones, indented.
lines() {
  local line
  tail -n "$1" -- "$2" | while IFS= read -r line || [[ -n $line ]]; do
    line=$(plain "$line")
    printf '  %s\n' "${line:0:TOLD_WIDTH}"
  done
}

# What a program said is only told where the error is made of it.
write_report() {
  local file rest=$message log
  while [[ -n $rest ]]; do
    printf '%s\n' "${rest:0:TOLD_WIDTH}"
    rest=${rest:TOLD_WIDTH}
  done
  for file in ${WORK:+"$WORK"/*.err}; do
    [[ -s $file && $error == *"$(reason first "$file")"* || -s $file && $error == *"$(reason last "$file")"* ]] || continue
    printf '\nWhat the program said:\n'
    lines "$TOLD_LINES" "$file"
  done
  printf -v log '%s/backup_%s_%(%Y%m)T.log' "$LOG_DIR" "$PROJECT" -1
  if [[ -f $log ]]; then printf '\nThe last lines of the log:\n'; lines "$TOLD_LINES" "$log"; fi
  printf '\nStill safe: %s\nNext: %s\n' "$(write_safe)" "$next"
}

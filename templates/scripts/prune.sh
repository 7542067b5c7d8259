OLD=()
declare -A WHY=()
# Age is measured against this, as a stamp: the newest complete backup before this run. A clock that jumps, or a host that was off, must
# not make all of them old at once.
REFERENCE=''

find_reference() {
  REFERENCE=$(newest_uploaded "$NAME")
  : "${REFERENCE:=$(date -u +%Y%m%d%H%M%S)}"
}

# choose_old DAYS: of lines "STAMP none|complete|proven|unknown PATH" on stdin, the paths to remove, in OLD, and WHY. Age is the name's,
# since a copied file's mtime says nothing. The newest three complete ones and the newest three proven ones stay however old, so the
# best-proven one does too; so do the newest of each of the last days, weeks and months that the config asks for. What this machine did
# not make stays, and so does what is dated in the future. No more than the cap go in one run, the oldest first.
choose_old() {
  local cutoff stamp state path kept=0 proven=0 stays limit
  local -A slots=()
  local -A used=([daily]=0 [weekly]=0 [monthly]=0)
  cutoff=$(date -u -d "$(date_of "$REFERENCE") UTC $1 days ago" +%Y%m%d%H%M%S)
  limit=$(too_new)
  OLD=() WHY=()
  while read -r stamp state path; do
    stays=no
    if [[ $state == unknown ]] || ((10#$stamp > 10#$limit)); then continue; fi
    if [[ $state == @(complete|proven) ]]; then
      if ((kept < KEEP)); then kept=$((kept + 1)) stays=yes; fi
      if [[ $state == proven ]] && ((proven < KEEP)); then proven=$((proven + 1)) stays=yes; fi
      if takes_slot daily "$KEEP_DAILY" "${stamp:0:8}"; then stays=yes; fi
      to_day "$stamp"
      if takes_slot weekly "$KEEP_WEEKLY" "$((DAY / 7))"; then stays=yes; fi
      if takes_slot monthly "$KEEP_MONTHLY" "${stamp:0:6}"; then stays=yes; fi
    fi
    if [[ $stays == no ]] && ((10#$stamp < cutoff)); then
      OLD+=("$path")
      WHY[$path]="older than $1 days, ${state/none/never complete}"
    fi
  done < <(sort -r)
  ((${#OLD[@]} <= PRUNE_CAP)) || OLD=("${OLD[@]: -PRUNE_CAP}")
}

# takes_slot KIND HOW-MANY KEY: whether this backup is the newest of its day, week or month, and that is one of the last so many.
takes_slot() {
  [[ -z ${slots[$1 $3]:-} ]] && ((used[$1] < $2)) || return 1
  slots[$1 $3]=taken
  used[$1]=$((used[$1] + 1))
}

# to_day STAMP: sets DAY to the number of its day, counted from the start of the calendar, a Monday.
DAY=0
to_day() {
  local y=$((10#${1:0:4})) m=$((10#${1:4:2})) d=$((10#${1:6:2})) a
  a=$(((14 - m) / 12))
  y=$((y + 4800 - a)) m=$((m + 12 * a - 3))
  DAY=$((d + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045))
}

# remove_local FILE WORDS: the dump itself goes last, so that what a kill leaves is found by the next run.
remove_local() {
  if rm -f -- "${BESIDE[@]/#/$1}" "$1".proof-*.json && rm -f -- "$1"; then say prune "removed $1$2"; else warn "could not remove $1"; fi
}

prune_local() {
  local file
  local_stamps >"$WORK/local"
  choose_old "$RETENTION_DAYS" <"$WORK/local"
  for file in ${OLD[@]+"${OLD[@]}"}; do
    if [[ $CHECK == yes ]]; then say prune "would remove $file: ${WHY[$file]}"; else remove_local "$file" ''; fi
  done
  prune_logs
}

# Pruning that is paused must not fill the disk: a copy here that is old may go where its copy on the box is equal now.
prune_verified() {
  local file name path
  local -a old
  local_stamps >"$WORK/local"
  choose_old "$RETENTION_DAYS" <"$WORK/local"
  old=(${OLD[@]+"${OLD[@]}"})
  ((${#old[@]} > 0)) && [[ $CHECK == no ]] || return 0
  box_list "$ALL_DAYS" || { warn "could not list the box: $BOX_ERROR"; return; }
  for file in "${old[@]}"; do
    name=${file##*/}
    path=$STORAGEBOX_REMOTE_DIR/$(day_of "$name")/$name
    [[ -n ${FILES[$path]:-} ]] && has_all "$path" && is_mine "$name" || continue
    box_sha256 "$path" "$BACKUP_DIR/$NAME.download.part" "$(stat -c %s -- "$file")" || { warn "could not compare $name on the box: $BOX_ERROR"; return; }
    if [[ $BOX_SHA256 == "${MADE[$name]}" ]]; then remove_local "$file" ', whose copy on the box is equal'; fi
  done
}

# Logs have a month in their names; they go when the longest retention is over, at least a year.
prune_logs() {
  local log month oldest days=$RETENTION_DAYS
  ((REMOTE_RETENTION_DAYS <= days)) || days=$REMOTE_RETENTION_DAYS
  ((days >= 365)) || days=365
  oldest=$(date -u -d "$(date_of "$REFERENCE") UTC $days days ago" +%Y%m)
  for log in "$LOG_DIR/backup_${PROJECT}"_[0-9][0-9][0-9][0-9][0-9][0-9].log; do
    month=${log##*_}
    month=${month%.log}
    [[ -f $log && ! -L $log && $month =~ ^[0-9]{6}$ ]] && ((10#$month < 10#$oldest)) || continue
    if [[ $CHECK == yes ]]; then say prune "would remove the log $log"; continue; fi
    if rm -f -- "$log"; then say prune "removed the log $log"; else warn "could not remove $log"; fi
  done
}

# sftp's pattern for the proofs beside a backup.
readonly ALL_PROOFS='.proof-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_[0-9][0-9][0-9][0-9][0-9][0-9].json'

# The box has no find: names are listed, matched here, and removed one by one. What fails here is a warning: the backup is good.
prune_remote() {
  local path ending
  local -a commands=()
  if ! box_list "$ALL_DAYS"; then warn "could not list the box: $BOX_ERROR"; return; fi
  box_stamps >"$WORK/remote"
  choose_old "$REMOTE_RETENTION_DAYS" <"$WORK/remote"
  if [[ $CHECK == yes ]]; then
    for path in ${OLD[@]+"${OLD[@]}"}; do say prune "would remove from the box $path: ${WHY[$path]}"; done
    report_unknown_on_box
    return
  fi
  for path in ${STALE[@]+"${STALE[@]}"}; do
    commands+=("-rm $path")
    say sweep "removing from the box the partial file of a killed run: $path"
  done
  for path in ${OLD[@]+"${OLD[@]}"}; do
    for ending in ${FILES[$path]//'*'/}; do commands+=("-rm $path${ending/#.proof/$ALL_PROOFS}"); done
    [[ ${FILES[$path]} != *' * '* ]] || commands+=("-rm $path")
    commands+=("-rmdir ${path%/*}")
    say prune "removing from the box $path"
  done
  ((${#commands[@]} > 0)) || return 0
  if ! box_batch "${commands[@]}"; then warn "could not prune the box: $BOX_ERROR"; return; fi
  note_pruned
  # A day's folder that still holds something refuses to go, and should.
  if grep -q '^remote delete' "$WORK/box.err"; then warn "could not remove from the box: $(grep -m 1 '^remote delete' "$WORK/box.err")"; fi
}

# note_pruned: what is in OLD is not missed from here on.
note_pruned() {
  local path name
  local -a names=()
  for path in ${OLD[@]+"${OLD[@]}"}; do
    name=${path##*/}
    [[ -n ${PRUNED["$name $(box_name)"]:-} ]] || names+=("$name")
  done
  ((${#names[@]} == 0)) || ledger_note_here pruned "${names[@]}"
}

prune() {
  if [[ -s $HELD ]]; then
    STAGE=prune
    warn "nothing is pruned: $(held_text)"
    prune_verified
    return
  fi
  stage prune "older than $RETENTION_DAYS days here, $REMOTE_RETENTION_DAYS days on the box; the newest $KEEP stay, and the newest $KEEP proven"
  prune_local
  [[ $CHECK == no ]] || report_unknown_here
  prune_remote
}

# report_unknown PLACE PATH BYTES: something named like a backup that this machine did not make. It is never removed by itself.
report_unknown() {
  local now day
  to_stamp "$2"
  to_day "$STAMP"
  printf -v now '%(%s)T' -1
  day=$(((now - (DAY - 2440588) * 86400 - 10#${STAMP:8:2} * 3600 - 10#${STAMP:10:2} * 60 - 10#${STAMP:12:2}) / 86400))
  say prune "not created by bitacora, so it stays: $1$2, $day days old, $((($3 + 1048575) / 1048576)) MiB"
}

report_unknown_here() {
  local state file
  while read -r _ state file; do
    [[ $state != unknown ]] || report_unknown '' "$file" "$(stat -c %s -- "$file")"
  done < <(sort "$WORK/local")
}

report_unknown_on_box() {
  local state path
  while read -r _ state path; do
    [[ $state != unknown ]] || report_unknown 'on the box, ' "$path" "${SIZES[$path]:-0}"
  done < <(sort "$WORK/remote")
}

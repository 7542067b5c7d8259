OLD=()
declare -A WHY=()

# choose_old DAYS: of lines "STAMP none|complete|proven PATH" on stdin, the paths to remove, in OLD, and WHY. Age is the name's, since
# a copied file's mtime says nothing. The newest three complete ones and the newest three proven ones stay however old, so the
# best-proven one does too; so do the newest of each of the last days, weeks and months where the config asks for them. No more
# than the cap go in one run, the oldest first.
choose_old() {
  local cutoff stamp state path kept=0 proven=0 stays
  local -A slots=()
  local -A used=([daily]=0 [weekly]=0 [monthly]=0)
  cutoff=$(date -u -d "-$1 days" +%Y%m%d%H%M%S)
  OLD=() WHY=()
  while read -r stamp state path; do
    stays=no
    if [[ $state != none ]]; then
      if ((kept < KEEP)); then kept=$((kept + 1)) stays=yes; fi
      if [[ $state == proven ]] && ((proven < KEEP)); then proven=$((proven + 1)) stays=yes; fi
      if takes_slot daily "$KEEP_DAILY" "${stamp:0:8}"; then stays=yes; fi
      if takes_slot weekly "$KEEP_WEEKLY" "$(week "$stamp")"; then stays=yes; fi
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

# week STAMP: the number of its week, Monday to Sunday, counted from the start of the calendar.
week() {
  local y=$((10#${1:0:4})) m=$((10#${1:4:2})) d=$((10#${1:6:2})) a
  a=$(((14 - m) / 12))
  y=$((y + 4800 - a)) m=$((m + 12 * a - 3))
  printf '%s' "$(((d + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045) / 7))"
}

prune_local() {
  local file
  local_stamps >"$WORK/local"
  choose_old "$RETENTION_DAYS" <"$WORK/local"
  for file in ${OLD[@]+"${OLD[@]}"}; do
    if [[ $CHECK == yes ]]; then say prune "would remove $file: ${WHY[$file]}"; continue; fi
    # The dump itself goes last, so that what a kill leaves is found by the next run.
    if rm -f -- "${BESIDE[@]/#/$file}" "$file".proof-*.json && rm -f -- "$file"; then say prune "removed $file"; else warn "could not remove $file"; fi
  done
}

# The box has no find: names are listed, matched here, and removed one by one. What fails here is a warning: the backup is good.
prune_remote() {
  local path ending
  local -a commands=()
  if ! box_list "$ALL_DAYS"; then warn "could not list the box: $BOX_ERROR"; return; fi
  box_stamps >"$WORK/remote"
  choose_old "$REMOTE_RETENTION_DAYS" <"$WORK/remote"
  if [[ $CHECK == yes ]]; then
    for path in ${OLD[@]+"${OLD[@]}"}; do say prune "would remove from the box $path: ${WHY[$path]}"; done
    return
  fi
  for path in ${STALE[@]+"${STALE[@]}"}; do
    commands+=("-rm $path")
    say sweep "removing from the box the partial file of a killed run: $path"
  done
  for path in ${OLD[@]+"${OLD[@]}"}; do
    for ending in ${FILES[$path]//'*'/}; do commands+=("-rm $path$ending"); done
    [[ ${FILES[$path]} != *' * '* ]] || commands+=("-rm $path")
    commands+=("-rmdir ${path%/*}")
    say prune "removing from the box $path"
  done
  ((${#commands[@]} > 0)) || return 0
  if ! box_batch "${commands[@]}"; then warn "could not prune the box: $BOX_ERROR"; return; fi
  # A day's folder that still holds something refuses to go, and should.
  if grep -q '^remote delete' "$WORK/box.err"; then warn "could not remove from the box: $(grep -m 1 '^remote delete' "$WORK/box.err")"; fi
}

prune() {
  if [[ -s $HELD ]]; then warn "nothing is pruned: $(head -n 1 "$HELD")"; return; fi
  stage prune "older than $RETENTION_DAYS days here, $REMOTE_RETENTION_DAYS days on the box; the newest $KEEP stay, and the newest $KEEP proven"
  prune_local
  prune_remote
}

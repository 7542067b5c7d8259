# A backup much smaller or larger than the last ones is kept and uploaded, but nothing is pruned until a person has said that it is
# right: what made it so may have spoiled the newest copies. HELD says why; ACKNOWLEDGED names the backup that a person accepted,
# and only those from it on are compared with.
ACKNOWLEDGED='' CHECK=no
readonly SMALLER=30 LARGER=200 COMPARED=7 ENOUGH=3

hold_files() { HELD=$BACKUP_DIR/.held_$PROJECT ACKNOWLEDGED=$BACKUP_DIR/.acknowledged_$PROJECT; }

# The sizes of the last seven complete backups of the same format before this one, in order of size.
sizes_before() {
  local since=0 stamp state file
  [[ ! -s $ACKNOWLEDGED ]] || since=$(stamp "$(<"$ACKNOWLEDGED")")
  local_stamps | sort -r | while read -r stamp state file; do
    if [[ $state != none && $file == *".${NAME#*.}" && ${file##*/} != "$NAME" ]] && ((10#$stamp >= 10#$since)); then stat -c %s -- "$file"; fi
  done | head -n "$COMPARED" | sort -n
}

compare_size() {
  local -a sizes
  local median
  mapfile -t sizes < <(sizes_before)
  ((${#sizes[@]} >= ENOUGH)) || return 0
  median=${sizes[${#sizes[@]} / 2]}
  ((BYTES * 100 < median * (100 - SMALLER) || BYTES * 100 > median * (100 + LARGER))) || return 0
  printf '%s\n' "$NAME has $BYTES bytes, the median of the ${#sizes[@]} before it is $median; look whether that is right, then: $0 --acknowledge" >"$HELD"
  warn "the size is unusual: $(<"$HELD")"
  alarm size "$(<"$HELD")"
}

# A person says that the newest size is right.
acknowledge() {
  STAGE=acknowledge
  hold_files
  if [[ ! -s $HELD ]]; then printf '%s\n' 'nothing is held'; return; fi
  read -r NAME _ <"$HELD"
  printf '%s\n' "$NAME" >"$ACKNOWLEDGED"
  rm -f -- "$HELD"
  printf '%s\n' "the size of $NAME is taken as right; pruning goes on with the next run"
}

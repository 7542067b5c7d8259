# A backup much smaller or larger than the last ones, with a table emptied, halved or gone, or after a gap of days, is kept and uploaded,
# but pruning is paused until a person has acknowledged it: what made it so may have spoiled the newest copies. HELD has a line for each
# reason, "KIND NAME: TEXT"; ACKNOWLEDGED names the backup whose size a person accepted, and only those from it on are compared with;
# ACCEPTED holds the rows of the last backup that nothing was wrong with.
ACKNOWLEDGED='' ACCEPTED='' CHECK=no
readonly SMALLER=30 LARGER=200 COMPARED=7 ENOUGH=3 GAP_DAYS=3

hold_files() { HELD=$BACKUP_DIR/.held_$PROJECT ACKNOWLEDGED=$BACKUP_DIR/.acknowledged_$PROJECT ACCEPTED=$BACKUP_DIR/.rows_$PROJECT.json; }

# hold KIND TEXT: one line a kind; pauses pruning, and raises the alarm.
hold() {
  { grep -v "^$1 " "$HELD" 2>/dev/null || :; printf '%s %s: %s\n' "$1" "$NAME" "$2"; } >"$HELD.part"
  mv -T -- "$HELD.part" "$HELD"
  warn "$2"
  alarm "$1" "$2"
}

# accept_rows NAME: the next backup's rows are compared with those of this one.
accept_rows() { jq -c '{name, tables}' "$BACKUP_DIR/$1.manifest.json" >"$ACCEPTED.part" && mv -T -- "$ACCEPTED.part" "$ACCEPTED"; }

# What is unusual of this backup. A pause that nobody has acknowledged alarms each night.
compare_with_last_ones() {
  local held=''
  [[ ! -s $HELD ]] || held=$(<"$HELD")
  compare_size
  compare_rows
  compare_gap
  if [[ -z $held && ! -s $HELD ]]; then
    accept_rows "$NAME" || warn "cannot write $ACCEPTED"
  elif [[ -n $held && $(<"$HELD") == "$held" ]]; then
    alarm "$(held_kind)" "pruning is paused: $(held_text)"
  fi
}

held_kind() { sed -n '$s/^\([a-z]*\) .*/\1/p' "$HELD"; }
held_text() { sed -n '$s/^[a-z]* [^ ]*: //; $p' "$HELD"; }

# The sizes of the last seven complete backups of the same format before this one, in order of size.
sizes_before() {
  local since=0 stamp state file
  [[ ! -s $ACKNOWLEDGED ]] || since=$(stamp "$(<"$ACKNOWLEDGED")")
  local_stamps | sort -r | while read -r stamp state file; do
    if [[ $state == @(complete|proven) && $file == *".${NAME#*.}" && ${file##*/} != "$NAME" ]] && ((10#$stamp >= 10#$since)); then stat -c %s -- "$file"; fi
  done | head -n "$COMPARED" | sort -n
}

compare_size() {
  local -a sizes
  local median
  mapfile -t sizes < <(sizes_before)
  ((${#sizes[@]} >= ENOUGH)) || return 0
  median=${sizes[${#sizes[@]} / 2]}
  ((BYTES * 100 < median * (100 - SMALLER) || BYTES * 100 > median * (100 + LARGER))) || return 0
  hold size "the size is unusual: $NAME has $BYTES bytes, the median of the ${#sizes[@]} before it is $median; check whether that is right, then: $0 --acknowledge"
}

# The rows of each table against those of the last backup that nothing was wrong with.
# shellcheck disable=SC2016  # jq's variables
readonly ROWS_JQ='
  def rows: with_entries(.value |= tonumber);
  ($last[0].tables | rows) as $was | (.tables | rows) as $is
  | [$was | to_entries[] | $is[.key] as $now | .value as $before | "\(.key)" as $table
    | if $now == null then "\($table) is missing" elif $now == 0 and $before > 0 then "\($table) is empty, it had \($before) rows"
      elif $before >= 10 and $now * 2 <= $before then "\($table) has \($now) rows, it had \($before)" else empty end]
  | if length == 0 then empty else "\(length) of \($was | length) tables: \(.[:5] | join("; "))\(if length > 5 then "; …" else "" end)" end'

compare_rows() {
  local last=$ACCEPTED file state found
  if [[ ! -s $last || $(jq -r '.name | strings' "$last" 2>/dev/null) != backup_"$DB_NAME"_* ]]; then
    # The first run of a script that compares rows, or of another database: with the newest complete backup before this one.
    last=''
    while read -r _ state file; do
      if [[ $state == @(complete|proven) && ${file##*/} != "$NAME" && -f $file.manifest.json ]]; then last=$file.manifest.json; break; fi
    done < <(local_stamps | sort -r)
    [[ -n $last ]] || return 0
  fi
  found=$(jq -r --slurpfile last "$last" "$ROWS_JQ" "$BACKUP_DIR/$NAME.manifest.json" 2>"$WORK/rows.err") || { warn "rows cannot be compared with the last backup's: $(reason first "$WORK/rows.err")"; return; }
  [[ -z $found ]] || hold rows "fewer rows than in the last backup: ${found//[[:cntrl:]]/ }; check whether that is right, then: $0 --acknowledge"
}

# A gap of over twice the schedule's interval, and of three days at least, is a host that was off, or a clock that jumped.
compare_gap() {
  local before seconds limit=$((2 * INTERVAL_SECONDS))
  ((limit > GAP_DAYS * 86400)) || limit=$((GAP_DAYS * 86400))
  before=$(newest_uploaded "$NAME")
  [[ -n $before ]] || return 0
  seconds=$(($(seconds_of_stamp "$(stamp "$NAME")") - $(seconds_of_stamp "$before")))
  ((seconds > limit)) || return 0
  hold gap "the last backup on the box before this one is $((seconds / 86400)) days older: the host was off, or its clock is wrong; check that, then: $0 --acknowledge"
}

seconds_of_stamp() { date -u -d "$(date_of "$1")" +%s; }

# A person says that what was unusual is right.
acknowledge() {
  local name text kinds pattern="^backup_${DB_NAME//./\\.}_[0-9]{8}_[0-9]{6}$EXTENSION\$"
  STAGE=acknowledge
  hold_files
  if [[ ! -s $HELD ]]; then printf '%s\n' 'pruning is not paused'; return; fi
  read -r kinds name _ < <(tail -n 1 "$HELD")
  if [[ $kinds =~ $pattern ]]; then
    # As earlier versions wrote it.
    name=$kinds kinds=size
  else
    name=${name%:} kinds=$(cut -d ' ' -f 1 "$HELD" | sort -u | paste -sd ' ')
  fi
  [[ $name =~ $pattern ]] || die "$HELD names no backup; remove it if you know why it is there"
  if [[ " $kinds " == *' size '* ]]; then printf '%s\n' "$name" >"$ACKNOWLEDGED"; fi
  if [[ -f $BACKUP_DIR/$name.manifest.json ]]; then
    accept_rows "$name" || die "cannot write $ACCEPTED"
  fi
  rm -f -- "$HELD"
  for text in $kinds; do printf '%s\n' "the $text of $name is taken as right; pruning goes on with the next run"; done
}

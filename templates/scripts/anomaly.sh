# A backup much smaller or larger than the last ones, with a table emptied, halved or gone, or after a gap of days, is kept and uploaded,
# but pruning is paused until a person has acknowledged it: what made it so may have spoiled the newest copies. HELD has a line for each
# reason, "KIND NAME: TEXT"; ACKNOWLEDGED names the backup whose size a person accepted, and only those from it on are compared with;
# ACCEPTED holds for each table the rows that it last had before any loss, and what was found lost since pruning is paused.
ACKNOWLEDGED='' ACCEPTED='' CHECK=no
declare -a UNUSUAL=()
readonly SMALLER=30 LARGER=200 COMPARED=7 ENOUGH=3 GAP_DAYS=3

hold_files() { HELD=$BACKUP_DIR/.held_$PROJECT ACKNOWLEDGED=$BACKUP_DIR/.acknowledged_$PROJECT ACCEPTED=$BACKUP_DIR/.rows_$PROJECT.json; }

# --acknowledge may be said while a run goes on: what is held then must not get lost between the two.
lock_held() {
  exec 9<>"$RUN_DIR/$PROJECT.held.lock"
  flock -w 30 9
}

# note_held KIND TEXT: one line a kind; pauses pruning.
note_held() {
  { grep -v "^$1 " "$HELD" 2>/dev/null || :; printf '%s %s: %s\n' "$1" "$NAME" "$2"; } >"$HELD.part"
  mv -T -- "$HELD.part" "$HELD"
}

# hold KIND TEXT: does that for something that this backup shows, which raises the alarm.
hold() {
  note_held "$@"
  warn "$2"
  UNUSUAL+=("$1 $2")
}

# What is unusual of this backup. A pause that nobody has acknowledged alarms each night.
compare_with_last_ones() {
  local one
  UNUSUAL=()
  lock_held || :
  compare_size
  compare_rows
  compare_gap
  exec 9>&-
  if ((${#UNUSUAL[@]} == 0)) && [[ -s $HELD ]]; then UNUSUAL=("$(held_kind) pruning is paused: $(held_text)"); fi
  for one in ${UNUSUAL[@]+"${UNUSUAL[@]}"}; do alarm "${one%% *}" "${one#* }"; done
}

# The part of a text that says what to do.
readonly ADVICE='; check [a-z ]*, then: .* --acknowledge$'

held_kind() { sed -n '$s/^\([a-z]*\) .*/\1/p' "$HELD"; }

# All that is held, in one line, with what to do once.
held_text() { sed -e 's/^[a-z]* [^ ]*: //' -e "\$!s/$ADVICE//" -e '$!s/$/;/' "$HELD" | paste -sd ' '; }

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
  find_suspects
  if [[ -n ${SUSPECT[$NAME]:-} ]]; then
    hold size "$NAME does not count as the newest: ${SUSPECT[$NAME]}; check whether that is right, then: $0 --acknowledge"
    return
  fi
  mapfile -t sizes < <(sizes_before)
  ((${#sizes[@]} >= ENOUGH)) || return 0
  median=${sizes[${#sizes[@]} / 2]}
  ((BYTES * 100 < median * (100 - SMALLER) || BYTES * 100 > median * (100 + LARGER))) || return 0
  hold size "the size is unusual: $NAME has $BYTES bytes, the median of the ${#sizes[@]} before it is $median; check whether that is right, then: $0 --acknowledge"
}

# The rows of each table against those that it last had before any loss. A partition counts for its topmost table alone, since dropping the
# oldest one is ordinary. Gives the next reference, in which a table that lost rows keeps the number from before; how many lost some in this
# backup; all that was found since pruning is paused, in one text with the new first, or ""; and each of that in a line.
# shellcheck disable=SC2016  # jq's variables
readonly ROWS_JQ='
  def plain: explode | map(if . < 32 or . == 127 then 32 else . end) | implode;
  def rows($parents): reduce (.tables | to_entries[]) as $one ({}; .[$parents[$one.key] // $one.key] += ($one.value | tonumber));
  if $last | length == 0 then {tables: {}}
  elif $last[0].name | startswith("backup_\($database)_") then $last[0] else error("it is of another database") end
  | . as $before | $manifest[0] as $new | (($before.partitions // {}) + ($new.partitions // {})) as $parents
  | ($before | rows($parents)) as $was | ($new | rows($parents)) as $is
  | (reduce ($was | to_entries[]) as $one ({}; $is[$one.key] as $now | $one.value as $had
      | if $now == null then .[$one.key] = "is missing"
        elif $now == 0 and $had > 0 then .[$one.key] = "is empty, it had \($had) rows"
        elif $had >= 10 and $now * 2 <= $had then .[$one.key] = "has \($now) rows, it had \($had)"
        else . end)) as $lost
  | (if $held == "" then {} elif ($before.found // {}) == {} then {"": $held} else $before.found end) as $known
  | ($known + $lost) as $found
  | [$found | to_entries[] | select($known[.key] != .value)] + [$found | to_entries[] | select($known[.key] == .value)]
  | map((if .key == "" then .value else "\(.key) \(.value)" end)
      + (if $lost[.key] or $is[.key] == null then "" else ", now it has \($is[.key]) rows" end) | plain)
  | (if $accept == "yes" then {name: $new.name, tables: $is, found: {}}
    else {name: $new.name, tables: ($is + ($was | with_entries(select($lost[.key])))), found: $found} end),
    ($lost | length),
    (if length == 0 then "" else "\(length) of \($was | length) tables: \(.[:20] | join("; "))\(if length > 20 then "; …" else "" end)" end),
    .[]'

# rows_since REFERENCE MANIFEST ACCEPT: what that gives, into $WORK/unusual.
rows_since() {
  local held=''
  [[ ! -s $HELD ]] || held=$(sed -n -e "s/$ADVICE//" -e 's/^rows [^ ]*: //p' "$HELD")
  jq -nrc --slurpfile last "$1" --slurpfile manifest "$2" --arg database "$DB_FILE" --arg held "$held" --arg accept "$3" "$ROWS_JQ" \
    >"$WORK/unusual" 2>"$WORK/rows.err"
}

# newest_manifest [EXCEPT]: of the newest complete backup here that has one and is not dated in the future; nothing where there is none.
newest_manifest() {
  local stamp state file limit
  limit=$(too_new)
  while read -r stamp state file; do
    if [[ $state == @(complete|proven) && ${file##*/} != "${1:-}" && -f $file.manifest.json ]] && ((10#$stamp <= 10#$limit)); then
      printf '%s' "$file.manifest.json"
      return
    fi
  done < <(local_stamps | sort -r)
}

keep_rows() { head -n 1 "$WORK/unusual" >"$ACCEPTED.part" && mv -T -- "$ACCEPTED.part" "$ACCEPTED"; }

compare_rows() {
  local manifest=$BACKUP_DIR/$NAME.manifest.json last lost text
  if [[ ! -s $ACCEPTED ]] || ! rows_since "$ACCEPTED" "$manifest" no; then
    # The first run of a script that compares rows, or of another database: with the newest complete backup before this one.
    last=$(newest_manifest "$NAME")
    rows_since "${last:-/dev/null}" "$manifest" no || { warn "rows cannot be compared with the last backup's: $(reason first "$WORK/rows.err")"; return; }
  fi
  { read -r; read -r lost; IFS= read -r text; } <"$WORK/unusual"
  text="fewer rows than in the last backup: $text; check whether that is right, then: $0 --acknowledge"
  if ((lost > 0)); then
    hold rows "$text"
  elif grep -qs '^rows ' "$HELD"; then
    note_held rows "$text"
  fi
  keep_rows || warn "cannot write $ACCEPTED"
}

# A gap of over twice the schedule's interval, and of three days at least, is a host that was off, a box that was away, or a clock that jumped.
compare_gap() {
  local before seconds limit=$((2 * INTERVAL_SECONDS))
  ((limit > GAP_DAYS * 86400)) || limit=$((GAP_DAYS * 86400))
  before=$(newest_uploaded "$NAME")
  [[ -n $before ]] || return 0
  seconds=$(($(seconds_of_stamp "$(stamp "$NAME")") - $(seconds_of_stamp "$before")))
  ((seconds > limit)) || return 0
  hold gap "the last backup on the box before this one is $((seconds / 86400)) days older: the host was off, the box was away, or the clock is wrong; check that, then: $0 --acknowledge"
}

seconds_of_stamp() { date -u -d "$(date_of "$1")" +%s; }

# A person says that what was unusual is right, or is gone from a box on purpose, and sees what that is. Of the rows, those of the newest
# complete backup are right.
acknowledge() {
  STAGE=acknowledge
  hold_files
  mkdir -p -- "$RUN_DIR"
  lock_held || die "another process holds $RUN_DIR/$PROJECT.held.lock"
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  load_ledger
  if [[ -s $HELD ]]; then acknowledge_held; else printf '%s\n' 'pruning is not paused'; fi
  exec 9>&-
  [[ -z $VOUCHED_NOW ]] || ledger_note acknowledged "$VOUCHED_NOW"
  accept_gone
}

# What --gone names, each "BOX NAME". Whoever looked at the boxes found it; only this machine's own backups can be missed.
declare -a GONE=()
accept_gone() {
  local n one
  local -a names
  for n in "${BOXES[@]}"; do
    use_box "$n"
    names=()
    for one in ${GONE[@]+"${GONE[@]}"}; do
      is_mine "${one#* }" || die "--gone: ${one#* } is not in the ledger of this machine"
      [[ ${one%% *} != "$n" ]] || names+=("${one#* }")
    done
    ((${#names[@]} > 0)) || continue
    ledger_note_here gone "${names[@]}"
    for one in "${names[@]}"; do printf 'accepted: %s is gone from the box, or not complete there (%s)\n' "$one" "$(box_label)"; done
  done
}

acknowledge_held() {
  local line kind name manifest pattern="backup_${DB_FILE//./\\.}_[0-9]{8}_[0-9]{6}$EXTENSION"
  local older="^$pattern( |\$)" newer="^([a-z]+) ($pattern): (.*)\$"
  local -a said=()
  vouch
  while IFS= read -r line; do
    # Without a kind, as earlier versions wrote it.
    [[ ! $line =~ $older ]] || line="size ${BASH_REMATCH[0]% }: $line"
    [[ $line =~ $newer ]] || die "$HELD names no backup; remove it if you know why it is there"
    kind=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
    manifest=''
    [[ $kind != rows ]] || manifest=$(newest_manifest)
    if [[ -n $manifest ]]; then
      name=${manifest##*/} name=${name%.manifest.json}
      accept_rows "$manifest"
    else
      printf 'accepted: %s\n' "${line#*: }" | sed "s/$ADVICE//"
    fi
    # All that its tables lost is accepted with it.
    if [[ $kind == contents ]]; then object name "$name" :tables '{}' :found '{}' >"$ACCEPTED.part" && mv -T -- "$ACCEPTED.part" "$ACCEPTED"; fi
    if [[ $kind == size ]]; then printf '%s\n' "$name" >"$ACKNOWLEDGED"; fi
    said+=("the $kind of $name is taken as right; pruning goes on with the next run")
  done <"$HELD"
  rm -f -- "$HELD"
  printf '%s\n' "${said[@]}"
}

# vouch: the last backup whose size, or emptiness, is right: from it on backups are compared with none before it. The manifests of later ones
# say so to a host that has no ledger. The ledger has a lock of its own, so that it is written once this one is left.
VOUCHED_NOW=''
vouch() {
  local name
  name=$(sed -nE "s/^(size|contents) ([^ ]+): .*/\\2/p" "$HELD" | sort | tail -n 1)
  is_named "$name" || return 0
  VOUCHED[$name]=yes VOUCHED_NOW=$name
  find_suspects
}

# accept_rows MANIFEST: it may be of a run that ended before it was compared.
accept_rows() {
  rows_since "$ACCEPTED" "$1" yes 2>/dev/null || rows_since /dev/null "$1" yes || die "cannot read $1: $(reason first "$WORK/rows.err")"
  tail -n +4 "$WORK/unusual" | sed 's/^/accepted: /'
  keep_rows || die "cannot write $ACCEPTED"
}

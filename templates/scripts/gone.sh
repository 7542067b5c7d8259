# Backups that the ledger says lie on a box and that do not, and incomplete remains of backups there: one rule for --check-box, --status,
# --doctor and --acknowledge. Each applies it to FILES, the listing that it has made anyway.

# GONE_JSON: null, or what the documents carry; GONE_TEXT: the same in words; GONE_NAMES: what --acknowledge accepts, none but this machine's
# own. Names on a box are anybody's, and there may be any number of them: no loop over them starts a process.
GONE_JSON=null GONE_TEXT='' UPLOADING='' LACKS='' REMAINING='' THIS_BOX=''
declare -a GONE_NAMES=()
# Backup → its stamp where it should lie on the present box; and those there that are ours, but never came to be complete.
declare -A SHOULD_LIE=() NEVER_WHOLE=() DUE=()
readonly GONE_NAMED=3

# note_uploading: what a run may be giving its name on the present box just now. Asked before the box is listed, and again after it.
note_uploading() {
  local file=$BACKUP_DIR/.uploading_$PROJECT path
  ((BOX == 1)) || file+=.$BOX
  [[ -f $file ]] || return 0
  while read -r path _; do UPLOADING+=" ${path##*/} "; done < <(cat -- "$file" 2>/dev/null)
}

# find_gone: what was pruned, what pruning is due to remove, and what a person has accepted is not missed.
find_gone() {
  local path name
  note_uploading
  find_copies_that_should_lie
  for path in "${!FILES[@]}"; do
    name=${path##*/}
    if is_mine "$name" && [[ -z ${SHOULD_LIE[$name]:-} ]] && ! has_all "$path"; then to_stamp "$name"; NEVER_WHOLE[$name]=$STAMP; fi
  done
  find_due
  {
    for name in "${!SHOULD_LIE[@]}"; do
      lacking "$name"
      [[ -z $LACKS || -n ${DUE[$name]:-} ]] || printf '%s gone %s %s\n' "${SHOULD_LIE[$name]}" "$name" "$LACKS"
    done
    for path in "${!FILES[@]}"; do
      name=${path##*/}
      is_remains "$path" || continue
      to_stamp "$name"
      find_remaining "$path"
      printf '%s remains %s%s\n' "$STAMP" "$name" "$REMAINING"
    done
  } | sort -r >"$WORK/gone"
  tell_gone
}

find_copies_that_should_lie() {
  local key name limit
  SHOULD_LIE=() NEVER_WHOLE=() DUE=()
  THIS_BOX=$(box_name)
  limit=$(too_new)
  for key in "${!UPLOADED[@]}"; do
    name=${key%% *}
    [[ ${key#* } == "$THIS_BOX" && -z ${PRUNED[$key]:-}${ACCEPTED_GONE[$key]:-}${ASIDE[$name]:-}${ADOPTED[$name]:-} ]] || continue
    [[ $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION$ ]] && is_mine "$name" || continue
    to_stamp "$name"
    ((10#$STAMP > 10#$limit)) || SHOULD_LIE[$name]=$STAMP
  done
}

# find_due: which of these pruning would remove by now, were they all there. Versions before this one did not write down what they pruned.
find_due() {
  local name
  find_reference
  choose_old "$REMOTE_RETENTION_DAYS" all < <(
    for name in "${!SHOULD_LIE[@]}"; do state_of "$name" yes; printf '%s %s %s\n' "${SHOULD_LIE[$name]}" "$STATE" "$name"; done
    for name in "${!NEVER_WHOLE[@]}"; do printf '%s none %s\n' "${NEVER_WHOLE[$name]}" "$name"; done
  )
  for name in ${OLD[@]+"${OLD[@]}"}; do DUE[$name]=yes; done
}

# lacking NAME: sets LACKS to the endings of what should lie there and does not; the dump is "dump", and "all" where nothing is left.
lacking() {
  local stamp=${SHOULD_LIE[$1]} there ending
  there=${FILES[$STORAGEBOX_REMOTE_DIR/${stamp:0:4}/${stamp:4:2}/${stamp:6:2}/$1]:-}
  LACKS=all
  [[ -n ${there// .proof /} ]] || return 0
  LACKS=''
  [[ $there == *' * '* ]] || LACKS=dump
  for ending in "${BESIDE[@]}"; do
    [[ $ending == @(.sha256|.manifest.json) || -n ${MADE_FILES[$1$ending]:-} ]] || continue
    [[ $there == *" $ending "* ]] || LACKS+="${LACKS:+ }$ending"
  done
}

# is_remains PATH: ours, never complete and not to be pruned; or without its dump, whoever put it there. A dump that this machine did not
# make is told of as that.
is_remains() {
  local name=${1##*/}
  [[ -z ${SHOULD_LIE[$name]:-}${DUE[$name]:-}${ACCEPTED_GONE["$name $THIS_BOX"]:-} && $UPLOADING != *" $name "* ]] || return 1
  [[ -n ${NEVER_WHOLE[$name]:-} ]] || { ! is_mine "$name" && [[ ${FILES[$1]} != *' * '* ]]; }
}

# find_remaining PATH: sets REMAINING to the endings of what is left of it, in a fixed order.
find_remaining() {
  local ending
  REMAINING=''
  [[ ${FILES[$1]} != *' * '* ]] || REMAINING=' dump'
  for ending in "${BESIDE[@]}" .proof; do [[ ${FILES[$1]} != *" $ending "* ]] || REMAINING+=" $ending"; done
}

# tell_gone: of the lines in $WORK/gone, the newest first.
tell_gone() {
  local stamp kind name lacks count=0 remains=0 oldest='' newest='' text='' rest='' latest
  GONE_JSON=null GONE_TEXT='' GONE_NAMES=()
  latest=$(newest_uploaded)
  while read -r stamp kind name lacks; do
    ! is_mine "$name" || GONE_NAMES+=("$name")
    if [[ $kind == gone ]]; then
      count=$((count + 1)) oldest=$name
      : "${newest:=$name}"
      ((count > GONE_NAMED)) || text+="${text:+, }$name$(how_it_is_gone "$stamp" "$latest" "$lacks")"
    else
      remains=$((remains + 1))
      ((remains > GONE_NAMED)) || rest+="${rest:+, }$name (only ${lacks// /, })"
    fi
  done <"$WORK/gone"
  ((count + remains > 0)) || return 0
  ((count <= GONE_NAMED)) || text+=" and $((count - GONE_NAMED)) more, the oldest $oldest"
  ((remains <= GONE_NAMED)) || rest+=" and $((remains - GONE_NAMED)) more"
  if ((count > 0)); then GONE_TEXT="$count $( ((count == 1)) && printf 'backup' || printf 'backups') that this host uploaded, gone from the box or incomplete there: $text"; fi
  if ((remains > 0)); then GONE_TEXT+="${GONE_TEXT:+; }incomplete remains on the box: $rest"; fi
  GONE_JSON=$(object :count "$count" '?newest' "$newest" '?oldest' "$oldest" :remains "$remains" text "$GONE_TEXT")
}

# how_it_is_gone STAMP LATEST LACKS
how_it_is_gone() {
  local is=''
  [[ $1 != "$2" ]] || is='the newest'
  [[ $3 == all ]] || is+="${is:+, }without its ${3// /, }"
  [[ -z $is ]] || printf ' (%s)' "$is"
}

# accept_gone: what is gone from the boxes is right, as --acknowledge says. Sets NOT_LOOKED to why a box could not be listed.
NOT_LOOKED=''
accept_gone() {
  local n name
  for n in "${BOXES[@]}"; do
    use_box "$n"
    note_uploading
    if ! box_open || ! box_list "$ALL_DAYS"; then
      NOT_LOOKED+="${NOT_LOOKED:+; }$(box_label): $BOX_ERROR"
      continue
    fi
    find_gone
    ((${#GONE_NAMES[@]} > 0)) || continue
    ledger_note_here gone "${GONE_NAMES[@]}"
    for name in "${GONE_NAMES[@]}"; do printf 'accepted: %s is gone from the box, or not complete there (%s)\n' "$name" "$(box_label)"; done
  done
}

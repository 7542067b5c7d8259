# Every file of one backup on the box against what this machine wrote down of it.
declare -a FAULTS=()
CHECKED_FILES=0

# fetch_beside PATH: what lies beside the dump, as $WORK/copy.ENDING, and the dump's own line, in one session. All of it is small.
fetch_beside() {
  local ending
  local -a commands=()
  rm -f -- "$WORK"/copy.*
  for ending in "${BESIDE[@]}"; do
    [[ ${FILES[$1]} != *" $ending "* ]] || commands+=("get $1$ending $WORK/copy$ending")
  done
  box_batch "${commands[@]}" "ls -ln $1" || die "could not look: $BOX_ERROR"
}

# check_dump PATH BYTES: hashed there, else here. A copy of another size has another checksum; its size is the box's word, and must not
# say how long it is waited for.
check_dump() {
  local name=${1##*/} known
  known=${MADE_BYTES[$name]:-$2}
  BOX_SHA256='' FAULTS=() CHECKED_FILES=1
  if (($2 == known || $2 == 0)); then box_sha256 "$1" "/var/tmp/${WORK##*/}" "$known" || die "could not look: $BOX_ERROR"; fi
  [[ $BOX_SHA256 == "${MADE[$name]}" ]] || FAULTS+=("$name has another checksum on the box than here")
}

# check_beside NAME: what fetch_beside fetched. A copy that was adopted on the box has no record of some files: what these say of the dump
# must hold.
check_beside() {
  local ending found wanted text
  for ending in "${BESIDE[@]}"; do
    [[ -f $WORK/copy$ending ]] || continue
    read -r found _ < <(sha256sum <"$WORK/copy$ending")
    wanted=${MADE_FILES[$1$ending]:-}
    if [[ -n $wanted ]]; then
      [[ $found == "$wanted" ]] || FAULTS+=("$1$ending has another checksum on the box than here")
    elif [[ $ending == .sha256 ]]; then
      text=''
      read -r text _ <"$WORK/copy.sha256" || :
      [[ $text == "${MADE[$1]}" ]] || FAULTS+=("$1.sha256 on the box holds another checksum than the dump's")
    elif [[ $ending == .manifest.json ]]; then
      [[ $(jq -r '.sha256 | strings' "$WORK/copy.manifest.json" 2>/dev/null) == "${MADE[$1]}" ]] ||
        FAULTS+=("$1.manifest.json on the box does not hold the dump's checksum")
    elif [[ $ending == .manifest.json.sig ]]; then
      [[ -z $SIGNING_PUBLIC ]] || is_signed "$WORK/copy.manifest.json" "$WORK/copy.manifest.json.sig" || FAULTS+=("$1.manifest.json.sig on the box does not sign the manifest there")
    else
      FAULTS+=("$1$ending on the box is not one of the files that were recorded here")
    fi
    CHECKED_FILES=$((CHECKED_FILES + 1))
  done
}

# all_faults: in one text; nothing where there are none.
all_faults() {
  local text='' one
  for one in ${FAULTS[@]+"${FAULTS[@]}"}; do text+="${text:+; }$one"; done
  printf '%s' "$text"
}

STALE=()

# box_list DAYS-PATTERN…: fills FILES (path of a dump → the endings seen, each between spaces; * is the dump itself) and STALE (old
# partial files).
box_list() {
  local pattern line path today
  local -a commands=()
  for pattern in "$@"; do commands+=("-ls -1 $STORAGEBOX_REMOTE_DIR/$pattern/backup_${DB_NAME}_[0-9]*"); done
  FILES=() STALE=()
  box_batch "${commands[@]}" || return
  today=$(date -u -d '-2 days' +%Y%m%d)
  while IFS= read -r line; do
    [[ $line =~ ^("$STORAGEBOX_REMOTE_DIR"/([0-9]{4})/([0-9]{2})/([0-9]{2})/backup_"$DB_NAME"_([0-9]{8})_[0-9]{6}$EXTENSION)($BESIDE_PATTERN)?(\.part-[0-9]+-[0-9]+)?$ ]] || continue
    [[ ${BASH_REMATCH[2]}${BASH_REMATCH[3]}${BASH_REMATCH[4]} == "${BASH_REMATCH[5]}" ]] || continue
    path=${BASH_REMATCH[1]}
    if [[ -z ${BASH_REMATCH[9]} ]]; then
      FILES[$path]="${FILES[$path]:- }${BASH_REMATCH[8]:-*} "
    elif ((10#${BASH_REMATCH[5]} < today)); then
      STALE+=("$line")
    fi
  done <"$WORK/box.out"
}

is_complete() { [[ ${FILES[$1]} == *' * '* && ${FILES[$1]} == *' .sha256 '* && ${FILES[$1]} == *' .manifest.json '* ]]; }
is_proven() { is_complete "$1" && [[ ${FILES[$1]} == *' .proof-'* ]]; }

# stamp PATH: the time in a backup's name, as one number; the name alone will do.
stamp() {
  local text=${1##*/}
  text=${text#backup_"$DB_NAME"_}
  text=${text:0:15}
  printf '%s' "${text/_/}"
}

# box_stamps: lines "STAMP none|complete|proven PATH", for choosing what goes and for finding the newest.
box_stamps() {
  local path state
  for path in "${!FILES[@]}"; do
    state=none
    if is_proven "$path"; then state=proven; elif is_complete "$path"; then state=complete; fi
    printf '%s %s %s\n' "$(stamp "$path")" "$state" "$path"
  done
}

# The same of the copies on this machine. A file set aside as .bad is none.
local_stamps() {
  local file state proof
  for file in "$BACKUP_DIR/backup_$DB_NAME"_*; do
    [[ ${file##*/} =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}$EXTENSION(\.bad)?$ && -f $file && ! -L $file ]] || continue
    state=none
    if [[ -f $file.sha256 ]]; then
      state=complete
      for proof in "$file".proof-*.json; do [[ ! -f $proof ]] || state=proven; done
    fi
    printf '%s %s %s\n' "$(stamp "$file")" "$state" "$file"
  done
}

readonly ALL_DAYS='[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]'

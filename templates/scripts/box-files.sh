STALE=() STATE=''

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

has_all() { [[ ${FILES[$1]} == *' * '* && ${FILES[$1]} == *' .sha256 '* && ${FILES[$1]} == *' .manifest.json '* ]]; }
# Only what this machine made counts: names on the box are anybody's.
is_complete() { has_all "$1" && is_mine "${1##*/}"; }

# stamp PATH: the time in a backup's name, as one number; the name alone will do.
stamp() {
  local text=${1##*/}
  text=${text#backup_"$DB_NAME"_}
  text=${text:0:15}
  printf '%s' "${text/_/}"
}

# date_of STAMP: as date reads it.
date_of() { printf '%s-%s-%s %s:%s:%s' "${1:0:4}" "${1:4:2}" "${1:6:2}" "${1:8:2}" "${1:10:2}" "${1:12:2}"; }

# day_of NAME: its folder on the box.
day_of() {
  local digits
  digits=$(stamp "$1")
  printf '%s/%s/%s' "${digits:0:4}" "${digits:4:2}" "${digits:6:2}"
}

# state_of NAME COMPLETE: sets STATE to proven, complete, adopted (dumped only), none (ours, but never complete) or unknown (not made by
# this machine).
state_of() {
  if [[ -n ${ASIDE[$1]:-} ]]; then STATE=none
  elif ! is_mine "$1"; then STATE=unknown
  elif [[ $2 == no ]]; then STATE=none
  elif [[ -n ${ADOPTED[$1]:-} ]]; then STATE=adopted
  elif [[ -n ${PROVEN[$1]:-} ]]; then STATE=proven
  else STATE=complete; fi
}

# box_stamps: lines "STAMP none|complete|proven|unknown PATH", for choosing what goes and for finding the newest.
box_stamps() {
  local path whole
  for path in "${!FILES[@]}"; do
    whole=no
    ! has_all "$path" || whole=yes
    state_of "${path##*/}" "$whole"
    printf '%s %s %s\n' "$(stamp "$path")" "$STATE" "$path"
  done
}

# The same of the copies on this machine. A file set aside as .bad is none.
local_stamps() {
  local file name whole
  for file in "$BACKUP_DIR/backup_$DB_NAME"_*; do
    name=${file##*/}
    [[ $name =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}$EXTENSION(\.bad)?$ && -f $file && ! -L $file ]] || continue
    if [[ $name == *.bad ]]; then
      if [[ -n ${ASIDE[${name%.bad}]:-} ]]; then printf '%s none %s\n' "$(stamp "$file")" "$file"; fi
      continue
    fi
    whole=no
    [[ ! -f $file.sha256 ]] || whole=yes
    state_of "$name" "$whole"
    printf '%s %s %s\n' "$(stamp "$file")" "$STATE" "$file"
  done
}

# too_new: a stamp from which on a backup is dated in the future, for clocks that differ by less than a day.
too_new() { date -u -d '+1 day' +%Y%m%d%H%M%S; }

readonly ALL_DAYS='[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]'

STALE=() STATE='' STAMP=''
# Path of a dump on the present box → its bytes, by the box's word.
declare -A SIZES=()

# note_file PATH ENDING: of the dump PATH there is a file with this ending; nothing is the dump itself. Each ending is noted once, all
# proofs as one: names on the box are anybody's, and there may be any number of them.
note_file() {
  local ending=${2:-*}
  [[ $ending != .proof-* ]] || ending=.proof
  [[ ${FILES[$1]:-} == *" $ending "* ]] || FILES[$1]="${FILES[$1]:- }$ending "
}

# listed: of the lines of ls -ln in $WORK/box.out, those that name a file of one of this database's backups, as "PATH *ENDING *PART BYTES" into
# $WORK/listed. sed takes a small part of the time that Bash would, and Bash reads a file in blocks, but a pipe byte by byte.
listed() {
  local dir=${STORAGEBOX_REMOTE_DIR//./\\.} db=${DB_FILE//./\\.} field='[^ ]+ +' size='(0|[1-9][0-9]{0,14}) +'
  dir=${dir//+/\\+}
  LC_ALL=C sed -nE "s#^ *$field$field$field$field$size$field$field$field($dir/[0-9]{4}/[0-9]{2}/[0-9]{2}/backup_${db}_[0-9]{8}_[0-9]{6}$EXTENSION)($BESIDE_PATTERN)?(\\.part-[0-9]+-[0-9]+)?\$#\\2 *\\5 *\\6 \\1#p" \
    "$WORK/box.out" >"$WORK/listed"
}

# in_its_folder PATH: whether that is the folder of the day in its name; sets STAMP.
in_its_folder() {
  local day=${1#"$STORAGEBOX_REMOTE_DIR"/}
  to_stamp "$1"
  [[ ${day:0:4}${day:5:2}${day:8:2} == "${STAMP:0:8}" ]]
}

# box_list DAYS-PATTERN…: fills FILES (path of a dump → the endings seen, each between spaces; * is the dump itself, .proof its proofs), SIZES, and
# STALE (old partial files).
box_list() {
  local pattern path ending part bytes today
  local -a commands=()
  for pattern in "$@"; do commands+=("-ls -ln $STORAGEBOX_REMOTE_DIR/$pattern/backup_${DB_FILE}_[0-9]*"); done
  FILES=() SIZES=() STALE=()
  box_names "${commands[@]}" || return
  today=$(date -u -d '-2 days' +%Y%m%d)
  listed
  while read -r path ending part bytes; do
    in_its_folder "$path" || continue
    if [[ $part == '*' ]]; then
      # shellcheck disable=SC2034  # what --prune --check tells
      SIZES[$path${ending#'*'}]=$bytes
      note_file "$path" "${ending#'*'}"
    elif ((10#${STAMP:0:8} < today)); then
      STALE+=("$path${ending#'*'}${part#'*'}")
    fi
  done <"$WORK/listed"
}

has_all() { [[ ${FILES[$1]} == *' * '* && ${FILES[$1]} == *' .sha256 '* && ${FILES[$1]} == *' .manifest.json '* ]]; }

# to_stamp PATH: sets STAMP to the time in a backup's name, as one number; the name alone will do.
to_stamp() {
  STAMP=${1##*/}
  STAMP=${STAMP#backup_"$DB_FILE"_}
  STAMP=${STAMP:0:15}
  STAMP=${STAMP/_/}
}

# stamp PATH: the same, printed.
stamp() { to_stamp "$1"; printf '%s' "$STAMP"; }

# date_of STAMP: as date reads it.
date_of() { printf '%s-%s-%s %s:%s:%s' "${1:0:4}" "${1:4:2}" "${1:6:2}" "${1:8:2}" "${1:10:2}" "${1:12:2}"; }

# day_of NAME: its folder on the box.
day_of() {
  local digits
  digits=$(stamp "$1")
  printf '%s/%s/%s' "${digits:0:4}" "${digits:4:2}" "${digits:6:2}"
}

# state_of NAME COMPLETE: sets STATE to proven, complete, suspect, adopted (dumped only), none (ours, but never complete) or unknown (not made
# by this machine).
state_of() {
  if [[ -n ${ASIDE[$1]:-} ]]; then STATE=none
  elif ! is_mine "$1"; then STATE=unknown
  elif [[ $2 == no ]]; then STATE=none
  elif [[ -n ${ADOPTED[$1]:-} ]]; then STATE=adopted
  elif [[ -n ${SUSPECT[$1]:-} ]]; then STATE=suspect
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
    to_stamp "$path"
    printf '%s %s %s\n' "$STAMP" "$STATE" "$path"
  done
}

# The same of the copies on this machine. A file set aside as .bad is none.
local_stamps() {
  local file name whole
  for file in "$BACKUP_DIR/backup_$DB_FILE"_*; do
    name=${file##*/}
    [[ $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION(\.bad)?$ && -f $file && ! -L $file ]] || continue
    to_stamp "$file"
    if [[ $name == *.bad ]]; then
      if [[ -n ${ASIDE[${name%.bad}]:-} ]]; then printf '%s none %s\n' "$STAMP" "$file"; fi
      continue
    fi
    whole=no
    [[ ! -f $file.sha256 ]] || whole=yes
    state_of "$name" "$whole"
    printf '%s %s %s\n' "$STAMP" "$STATE" "$file"
  done
}

# too_new: a stamp from which on a backup is dated in the future, for clocks that differ by less than a day.
too_new() { date -u -d '+1 day' +%Y%m%d%H%M%S; }

readonly ALL_DAYS='[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]'

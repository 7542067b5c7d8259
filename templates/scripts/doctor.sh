DOCTOR_BOXES='' BOX_JSON='' SCRATCH_NAME='' ALIAS='' PINNED='' SHOWN_KEY='' PORT_JSON='' LOGIN=null LET_IN='' DENIED=''
STRAYS='' STRAY_COUNT=0 PARTIAL_FILES='' OTHER_BACKUPS=0 FILE_COUNT=0 FILE_TOTAL=0
OLD_SCRATCH=()
declare -A FILE_BYTES=()

# What keeps this box from being looked at any further is a finding, not an end. Read-only, but for scratch files of its own.
doctor() {
  local n
  STAGE=doctor COLLECT=yes
  WORK=$(mktemp -d /run/postgres-backup-check.XXXXXXXX)
  load_ledger
  for n in "${BOXES[@]}"; do
    use_box "$n"
    BOX_JSON="\"host\":\"$STORAGEBOX_HOST\",\"user\":\"$STORAGEBOX_USER\",\"port\":$STORAGEBOX_PORT,\"remoteDirectory\":\"$STORAGEBOX_REMOTE_DIR\""
    doctor_box
    DOCTOR_BOXES+="${DOCTOR_BOXES:+,}{$BOX_JSON}"
  done
  printf '{"project":"%s","scriptVersion":%s,"error":null,"boxes":[%s]}\n' "$PROJECT" "$VERSION" "$DOCTOR_BOXES"
}

# doctor_end CODE: also where it is stopped, nothing of its own stays.
doctor_end() {
  [[ -z $SCRATCH_NAME || ! -S $WORK/box ]] || { BOX_WITHIN=20; (remove_scratch); }
  (($1 == 0)) || printf '{"project":%s,"scriptVersion":%s,"error":%s,"boxes":[]}\n' "$(json_string "$SHOWN")" "$VERSION" "$(json_string "$ERROR")"
  (($1 == 0)) || printf '%s [%s] %s\n' "$SHOWN" doctor "$ERROR" >&2
}

# note KEY JSON: one more field of this box.
note() { BOX_JSON+=",\"$1\":$2"; }

doctor_box() {
  local port list='' opened=null error=''
  LET_IN='' DENIED=''
  ALIAS=$STORAGEBOX_HOST
  ((STORAGEBOX_PORT == 22)) || ALIAS="[$STORAGEBOX_HOST]:$STORAGEBOX_PORT"
  PINNED=$(awk -v name="$ALIAS" '$1 == name { print $2, $3; exit }' "$STORAGEBOX_KNOWN_HOSTS" 2>/dev/null) || :
  note pinned "$(text_or_null "$(fingerprint "$PINNED")")"
  for port in "$STORAGEBOX_PORT" 23 22; do
    if [[ $list == *"\"port\":$port,"* ]]; then continue; fi
    look_at_port "$port"
    list+="${list:+,}$PORT_JSON"
  done
  note ports "[$list]"
  if [[ $LET_IN == *'"ok":true'* ]]; then
    opened=true
    box_open || opened=false error=$BOX_ERROR
  fi
  note opened "$opened"
  note error "$(text_or_null "$error")"
  if [[ $opened == true ]]; then look_inside; fi
}

# fingerprint "TYPE BASE64": SHA256:… (ED25519); nothing for nothing.
fingerprint() {
  local hash kind
  [[ -n $1 ]] || return 0
  read -r _ hash kind < <(ssh-keygen -l -f - <<<"$1 x" 2>/dev/null | awk '{ print $1, $2, $NF }') || :
  printf '%s %s' "${hash:-}" "${kind:-}"
}

# look_at_port PORT: reached or not, the key that it shows, and, only where that is the pinned one, who is let in.
look_at_port() {
  local error='' code=0 reached=false key=none password=null identity=null
  SHOWN_KEY=''
  # shellcheck disable=SC2016 # That Bash expands them.
  await timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$STORAGEBOX_HOST" "$1" 2>"$WORK/port.err" || code=$?
  case $code in 0) reached=true ;; 124) error='no answer within 10 s' ;; *) error=$(not_reached) ;; esac
  if ((code == 0)); then
    find_shown_key "$1"
    if [[ -z $SHOWN_KEY ]]; then error='answers, but shows no SSH host key'; elif [[ $SHOWN_KEY == "$PINNED" ]]; then key=pinned; else key=other; fi
  fi
  if [[ $key == pinned ]]; then
    if [[ -n $STORAGEBOX_PASSWORD ]]; then try_login "$1" password; password=$LOGIN; fi
    if [[ -n $STORAGEBOX_IDENTITY ]]; then try_login "$1" identity; identity=$LOGIN; fi
    [[ $1 != "$STORAGEBOX_PORT" ]] || LET_IN=$password$identity
  fi
  PORT_JSON="{\"port\":$1,\"reached\":$reached,\"error\":$(text_or_null "$error"),\"key\":\"$key\",\"shown\":$(text_or_null "$(fingerprint "$SHOWN_KEY")"),\"password\":$password,\"identity\":$identity}"
}

# Why Bash could not connect: after its "connect: ", or what it says of the name.
not_reached() {
  local text
  text=$(reason first "$WORK/port.err")
  text=${text##*: connect: }
  printf '%s' "${text##*: }"
}

# find_shown_key PORT: sets SHOWN_KEY to "TYPE BASE64", of the pinned key's type where the box has one. ssh-keyscan logs in nowhere.
find_shown_key() {
  local type line
  case ${PINNED%% *} in ssh-rsa) type=rsa ;; ecdsa-*) type=ecdsa ;; *) type=ed25519 ;; esac
  for type in "$type" ed25519,ecdsa,rsa; do
    await timeout 20 ssh-keyscan -T 8 -p "$1" -t "$type" "$STORAGEBOX_HOST" >"$WORK/keys" 2>/dev/null || :
    while read -r line; do
      if [[ $line != '#'* && $line == *' '* ]]; then SHOWN_KEY=${line#* }; return; fi
    done <"$WORK/keys"
  done
}

# try_login PORT password|identity: sets LOGIN to {"ok":…,"error":…}, by this method alone, over a connection of its own. A method
# that one port denies isn't tried on the other: boxes lock out whoever fails too often.
try_login() {
  local code=0
  local -a options=(-oControlPath=none -oPort="$1" -oHostKeyAlias="$ALIAS")
  LOGIN=null
  [[ $DENIED != *"$2"* ]] || return 0
  if [[ $2 == password ]]; then options+=(-oPubkeyAuthentication=no); else options+=(-oPasswordAuthentication=no -oKbdInteractiveAuthentication=no); fi
  printf 'pwd\n' >"$WORK/batch"
  await box_exec sftp -F /dev/null "${options[@]}" "${BOX_OPTIONS[@]}" -b "$WORK/batch" "$BOX_SFTP" >/dev/null 2>"$WORK/box.err" || code=$?
  if ((code == 0)); then LOGIN='{"ok":true,"error":null}'; return; fi
  LOGIN="{\"ok\":false,\"error\":$(json_string "$(box_reason "$code")")}"
  if ((code == 5)) || grep -q 'Permission denied\|Too many authentication' "$WORK/box.err"; then DENIED+=" $2"; fi
}

# With the uploads' own login: room, folder, shell, and what the credential may do.
look_inside() {
  local folder=absent
  box_batch "-df $STORAGEBOX_REMOTE_DIR" "-df ." || :
  note space "$(awk '!told && $1 == "Size" && $3 == "Avail" { getline; if ($1 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ && length($1 $3) <= 24) { printf "{\"size\":%.0f,\"free\":%.0f}", $1 * 1024, $3 * 1024; told = 1 } } END { if (!told) printf "null" }' "$WORK/box.out")"
  if box_batch "ls -1 $STORAGEBOX_REMOTE_DIR"; then folder=there; elif ! grep -Eqi 'not found|no such file' "$WORK/box.err"; then folder=unreadable; fi
  note folder "\"$folder\""
  [[ $folder == there ]] || return 0
  if ! look_at_files; then note unread "$(json_string "$BOX_ERROR")"; return; fi
  tell_files
  try_scratch
}

# Every file in the project's folder, down to one level below the days' folders. Their names say what they are.
look_at_files() {
  local line bytes path level=$STORAGEBOX_REMOTE_DIR
  local -a commands=("-ls -lan $STORAGEBOX_REMOTE_DIR")
  for _ in 1 2 3 4 5; do level+='/*' commands+=("-ls -ln $level"); done
  note_uploading
  box_names "${commands[@]}" || return
  forget_files
  FILE_BYTES=() OLD_SCRATCH=()
  STRAYS='' STRAY_COUNT=0 PARTIAL_FILES='' OTHER_BACKUPS=0 FILE_COUNT=0 FILE_TOTAL=0
  while IFS= read -r line; do
    [[ $line =~ ^[-l][^\ ]+\ +[^\ ]+\ +[^\ ]+\ +[^\ ]+\ +(0|[1-9][0-9]{0,14})\ +[^\ ]+\ +[^\ ]+\ +[^\ ]+\ ("$STORAGEBOX_REMOTE_DIR"/.+)$ ]] || continue
    bytes=${BASH_REMATCH[1]} path=${BASH_REMATCH[2]}
    sort_file "$path" "$bytes"
  done < <(LC_ALL=C sort -u "$WORK/box.out")
}

# sort_file PATH BYTES: one of this database's backups, another database's, a partial file, the restore page, or a stray.
sort_file() {
  local rest=${1#"$STORAGEBOX_REMOTE_DIR"/} partial='' running=false
  if [[ $rest =~ ^\.bitacora-doctor-[0-9]+-[0-9]+\.[a-z]$ ]]; then OLD_SCRATCH+=("$1"); return; fi
  FILE_COUNT=$((FILE_COUNT + 1)) FILE_TOTAL=$((FILE_TOTAL + $2))
  if [[ $rest =~ ^(.*)\.part-[0-9]+-([0-9]+)$ ]]; then rest=${BASH_REMATCH[1]} partial=${BASH_REMATCH[2]}; fi
  if [[ $rest =~ ^([0-9]{4})/([0-9]{2})/([0-9]{2})/(backup_([A-Za-z0-9_%][A-Za-z0-9_.%-]*)_([0-9]{8})_[0-9]{6}$EXTENSION)($BESIDE_PATTERN)?$ &&
    ${BASH_REMATCH[1]}${BASH_REMATCH[2]}${BASH_REMATCH[3]} == "${BASH_REMATCH[6]}" ]]; then
    if [[ -n $partial ]]; then :; elif [[ ${BASH_REMATCH[5]} == "$DB_FILE" ]]; then
      rest=$STORAGEBOX_REMOTE_DIR/${rest%/*}/${BASH_REMATCH[4]}
      [[ -n ${BASH_REMATCH[9]} ]] || FILE_BYTES[$rest]=$2
      note_file "$rest" "${BASH_REMATCH[9]}"
    else
      OTHER_BACKUPS=$((OTHER_BACKUPS + 1))
    fi
  elif [[ $rest == OWNER.json ]]; then
    FILE_BYTES[$STORAGEBOX_REMOTE_DIR/OWNER.json]=$2
  elif [[ $rest != RESTORE.md ]]; then
    STRAY_COUNT=$((STRAY_COUNT + 1))
    ((STRAY_COUNT > 20)) || STRAYS+="${STRAYS:+,}{\"path\":$(json_string "$1"),\"bytes\":$2}"
    return 0
  fi
  [[ -n $partial ]] || return 0
  if [[ -r /proc/$partial/cmdline && $(tr '\0' ' ' <"/proc/$partial/cmdline") == *"-$PROJECT.sh"* ]]; then running=true; fi
  PARTIAL_FILES+="${PARTIAL_FILES:+,}{\"path\":$(json_string "$1"),\"bytes\":$2,\"running\":$running}"
}

tell_files() {
  local path complete=0 proven=0 incomplete=0 newest=null state
  box_stamps | sort -r >"$WORK/remote"
  while read -r _ state path; do
    case $state in none | unknown) incomplete=$((incomplete + 1)); continue ;; proven) proven=$((proven + 1)) ;; esac
    complete=$((complete + 1))
    [[ $newest != null ]] || newest="{\"name\":\"${path##*/}\",\"bytes\":${FILE_BYTES[$path]:-0}}"
  done <"$WORK/remote"
  note files "{\"count\":$FILE_COUNT,\"bytes\":$FILE_TOTAL,\"complete\":$complete,\"proven\":$proven,\"incomplete\":$incomplete,\"otherBackups\":$OTHER_BACKUPS}"
  note newest "$newest"
  find_gone
  note gone "$GONE_JSON"
  # A marker is small; what is larger is none of ours.
  if [[ ${FILE_BYTES[$STORAGEBOX_REMOTE_DIR/OWNER.json]:-} =~ ^[0-9]{1,5}$ ]] && box_batch "get $STORAGEBOX_REMOTE_DIR/OWNER.json $WORK/owner"; then
    note owner "$(file_text "$WORK/owner")"
  fi
  note partials "[$PARTIAL_FILES]"
  note strays "{\"count\":$STRAY_COUNT,\"first\":[$STRAYS]}"
}

# What the credential may do, tried with files of its own. Where nothing can be deleted, what an earlier try left is used again, so
# that no more than two ever lie there.
try_scratch() {
  local name put=true fresh=false over=false delete=true left
  printf -v name '%s/.bitacora-doctor-%(%s)T-%d' "$STORAGEBOX_REMOTE_DIR" -1 "$$"
  if ((${#OLD_SCRATCH[@]} > 0)); then box_batch "${OLD_SCRATCH[@]/#/rm }" || delete=false; fi
  if [[ $delete == true ]]; then OLD_SCRATCH=(); fi
  SCRATCH_NAME=$name
  printf 'scratch of the box task\n' >"$WORK/scratch"
  local first=${OLD_SCRATCH[0]:-$name.a} second=${OLD_SCRATCH[1]:-$name.b}
  [[ -n ${OLD_SCRATCH[0]:-} ]] || box_batch "put $WORK/scratch $first" || put=false
  [[ -n ${OLD_SCRATCH[1]:-} || $put == false ]] || box_batch "put $WORK/scratch $second" || put=false
  if [[ $put == true ]]; then
    ask_shell "$first"
    if box_batch "rename -l $first $name.c"; then fresh=true first=$name.c; fi
    if box_batch "rename $first $second"; then over=true; fi
    if ! box_batch "rm $second"; then delete=false; fi
    note mayWrite true
  else
    note mayWrite false
    note refusal "$(json_string "$BOX_ERROR")"
    ask_shell ''
  fi
  remove_scratch
  left=$(grep -c "^$STORAGEBOX_REMOTE_DIR/\.bitacora-doctor-" "$WORK/box.out") || :
  SCRATCH_NAME=''
  [[ $put == true ]] || fresh=null over=null delete=null
  note mayRename "$fresh"
  note mayRenameOver "$over"
  note mayDelete "$delete"
  note scratchLeft "${left:-0}"
}

remove_scratch() {
  box_batch "-rm $SCRATCH_NAME.a" "-rm $SCRATCH_NAME.b" "-rm $SCRATCH_NAME.c" "-ls -1 $STORAGEBOX_REMOTE_DIR/.bitacora-doctor-*" || :
}

# ask_shell PATH: whether commands run there, and sha256sum among them.
ask_shell() {
  local shell=false sha256sum=false sum
  read -r sum _ < <(sha256sum <"$WORK/scratch")
  : >"$WORK/box.out"
  if [[ -n $1 ]]; then await box_exec ssh "${BOX_OPTIONS[@]}" "$STORAGEBOX_USER@$STORAGEBOX_HOST" "sha256sum $1" >"$WORK/box.out" 2>"$WORK/box.err" || :; fi
  if [[ -n $1 && $(<"$WORK/box.out") == "$sum "* ]]; then
    shell=true sha256sum=true
  else
    await box_exec ssh "${BOX_OPTIONS[@]}" "$STORAGEBOX_USER@$STORAGEBOX_HOST" "ls -d $STORAGEBOX_REMOTE_DIR" >"$WORK/box.out" 2>"$WORK/box.err" || :
    if [[ $(tr -d '\0' <"$WORK/box.out") == "$STORAGEBOX_REMOTE_DIR"* ]]; then shell=true; fi
  fi
  note shell "$shell"
  note sha256sum "$sha256sum"
}

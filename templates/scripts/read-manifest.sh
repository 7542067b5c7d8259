MANIFEST=''

# fetch_manifest PATH: its manifest and signature, into $WORK/try.manifest and $WORK/try.sig.
fetch_manifest() {
  local code tries=0
  rm -f -- "$WORK/try.manifest" "$WORK/try.sig"
  if [[ $1 == "$BACKUP_DIR"/* ]]; then
    cp -- "$1.manifest.json" "$WORK/try.manifest"
    [[ ! -f $1.manifest.json.sig ]] || cp -- "$1.manifest.json.sig" "$WORK/try.sig"
    return
  fi
  # A line that is cut once says nothing of the backup.
  until box_batch "get $1.manifest.json $WORK/try.manifest" "-get $1.manifest.json.sig $WORK/try.sig"; do
    code=$?
    ((code == 1 && ++tries < 3)) || return "$code"
    box_open || :
  done
}

readonly -a MANIFEST_KEYS=(project name database owner bytes databaseBytes manifestVersion serverVersionNumber sha256 host cluster hostname startedAt
  finishedAt encoding localeProvider collation characterType locale scriptVersion acknowledged)
declare -A MANIFEST_VALUES=()

# open_manifest FILE: this one is meant from here on.
open_manifest() {
  local n
  MANIFEST=$1 MANIFEST_VALUES=()
  read_texts "$1" "${MANIFEST_KEYS[@]}"
  for n in "${!MANIFEST_KEYS[@]}"; do
    if has_form "${MANIFEST_KEYS[n]}" "${TEXTS[n]}"; then MANIFEST_VALUES[${MANIFEST_KEYS[n]}]=${TEXTS[n]}; fi
  done
}

# manifest KEY: a value at the manifest's first level; nothing for one of another form than the key's.
manifest() { printf '%s' "${MANIFEST_VALUES[$1]:-}"; }

# has_form KEY VALUE: a manifest comes from the box, and no value of it is used that was not checked here.
has_form() {
  local form='^[^[:cntrl:]]{1,512}$'
  case $1 in
    bytes | databaseBytes) form='^(0|[1-9][0-9]{0,14})$' ;;
    manifestVersion) form='^[1-9]$' ;;
    scriptVersion) form='^[1-9][0-9]{0,3}$' ;;
    serverVersionNumber) form='^[1-9][0-9]{4,6}$' ;;
    sha256) form='^[0-9a-f]{64}$' ;;
    host) form='^[0-9a-f]{32}$' ;;
    cluster) form='^[0-9]{1,20}$' ;;
    acknowledged) form='^backup_[A-Za-z0-9_.%-]{1,220}$' ;;
    hostname) form='^[A-Za-z0-9._-]{1,253}$' ;;
    startedAt | finishedAt) form='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' ;;
    encoding | localeProvider) form='^[A-Za-z0-9_-]{1,40}$' ;;
    collation | characterType | locale) form='^[A-Za-z0-9_.@,;= +-]{1,100}$' ;;
  esac
  [[ $2 =~ $form ]]
}

# manifest_time FILE: when that backup was finished; nothing for anything but a time.
manifest_time() {
  jq -r '.finishedAt | strings | select(test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"))' "$1" 2>/dev/null || :
}

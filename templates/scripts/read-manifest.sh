MANIFEST=''

# fetch_manifest PATH: its manifest and signature, into $WORK/try.manifest and $WORK/try.sig.
fetch_manifest() {
  rm -f -- "$WORK/try.manifest" "$WORK/try.sig"
  if [[ $1 == "$BACKUP_DIR"/* ]]; then
    cp -- "$1.manifest.json" "$WORK/try.manifest"
    [[ ! -f $1.manifest.json.sig ]] || cp -- "$1.manifest.json.sig" "$WORK/try.sig"
    return
  fi
  box_batch "get $1.manifest.json $WORK/try.manifest" "-get $1.manifest.json.sig $WORK/try.sig"
}

# manifest KEY: a value at the manifest's first level, of the form that the key has; nothing for one of another form. The manifest comes
# from the box: no value of it is used that was not checked here.
manifest() {
  local value form='^[^[:cntrl:]]{1,512}$'
  value=$(jq -r --arg key "$1" 'if type == "object" then .[$key] | strings, numbers | tostring else empty end' "$MANIFEST" 2>/dev/null | tr -d '\0') || return 0
  case $1 in
    bytes | databaseBytes) form='^(0|[1-9][0-9]{0,14})$' ;;
    manifestVersion) form='^[1-9]$' ;;
    serverVersionNumber) form='^[1-9][0-9]{4,6}$' ;;
    sha256) form='^[0-9a-f]{64}$' ;;
    host) form='^[0-9a-f]{32}$' ;;
    cluster) form='^[0-9]{1,20}$' ;;
    hostname) form='^[A-Za-z0-9._-]{1,253}$' ;;
    startedAt | finishedAt) form='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' ;;
    encoding | localeProvider) form='^[A-Za-z0-9_-]{1,40}$' ;;
    collation | characterType | locale) form='^[A-Za-z0-9_.@, +-]{1,100}$' ;;
  esac
  if [[ $value =~ $form ]]; then printf '%s' "$value"; fi
}

# manifest_time FILE: when that backup was finished; nothing for anything but a time.
manifest_time() {
  jq -r '.finishedAt | strings | select(test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"))' "$1" 2>/dev/null || :
}

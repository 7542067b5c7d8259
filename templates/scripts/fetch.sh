AT='' WANTED='' LOCAL=no BACKUP='' COPY='' MANIFEST='' GLOBALS_COPY='' ENCRYPTED=no IDENTITY='' BYTES=0 SHA256='' AGE=0

# candidates: the complete backups that may be meant, the newest first, as paths; on the box, or with --local on this machine.
candidates() {
  local stamp state path
  if [[ $LOCAL == yes ]]; then
    local_stamps >"$WORK/there"
  else
    box_list "$ALL_DAYS" || die "could not look at the box: $BOX_ERROR"
    box_stamps >"$WORK/there"
  fi
  sort -r "$WORK/there" | while read -r stamp state path; do
    [[ $state != none ]] || continue
    [[ -z $WANTED || ${path##*/} == "$WANTED" ]] || continue
    [[ -z $AT ]] || ((10#$stamp <= 10#$AT)) || continue
    printf '%s\n' "$path"
  done
}

# parse_at TEXT: --at's date as the digits of a name; a day alone means its end. Times are UTC, as the names are.
parse_at() {
  local digits=${1//[-:TZ _]/}
  [[ $1 =~ ^[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T\ _][0-9]{2}:?[0-9]{2}(:?[0-9]{2})?Z?)?$ ]] ||
    die "--at needs a day or a time in UTC, such as 2026-01-31 or 2026-01-31T03:00"
  case ${#digits} in 8) AT=${digits}235959 ;; 12) AT=${digits}59 ;; *) AT=$digits ;; esac
}

choose_backup() {
  local where=${STORAGEBOX_USER}@$STORAGEBOX_HOST:$STORAGEBOX_REMOTE_DIR
  [[ $LOCAL == no ]] || where=$BACKUP_DIR
  stage choose "in $where"
  BACKUP=$(candidates | { IFS= read -r first && printf '%s' "$first"; }) || :
  if [[ -z $BACKUP ]]; then
    [[ -z $WANTED$AT ]] || die "no complete backup of $DB_NAME ${WANTED:+named $WANTED }${AT:+not later than $AT }in $where"
    die "no complete backup of $DB_NAME in $where"
  fi
  NAME=${BACKUP##*/}
  [[ $NAME != *.age ]] || ENCRYPTED=yes
  say choose "$NAME"
}

# The copy on the box, not the one here: that is what would be left. A copy is never used under its own name's place.
fetch() {
  local suffix
  COPY=$KEPT/$NAME MANIFEST=$KEPT/$NAME.manifest.json
  stage fetch "$BACKUP"
  if [[ $LOCAL == yes ]]; then
    for suffix in '' .sha256 .manifest.json; do ln -- "$BACKUP$suffix" "$COPY$suffix" 2>/dev/null || cp -- "$BACKUP$suffix" "$COPY$suffix" || die "cannot read $BACKUP$suffix"; done
    for suffix in .globals.sql .globals.sql.age; do [[ ! -f $BACKUP$suffix ]] || cp -- "$BACKUP$suffix" "$COPY$suffix"; done
    read_manifest
  else
    box_batch "get $BACKUP.manifest.json $MANIFEST" "get $BACKUP.sha256 $COPY.sha256" "-get $BACKUP.globals.sql $COPY.globals.sql" \
      "-get $BACKUP.globals.sql.age $COPY.globals.sql.age" || die "not fetched: $BOX_ERROR"
    read_manifest
    need_space "$BYTES" "$KEPT" 'the fetched copy'
    box_batch "get $BACKUP $COPY" || die "not fetched: $BOX_ERROR"
  fi
  for suffix in .globals.sql .globals.sql.age; do [[ ! -f $COPY$suffix ]] || GLOBALS_COPY=$COPY$suffix; done
}

# manifest KEY: a text or a number at the manifest's first level.
manifest() {
  local text
  text=$(tr -d '\0' <"$MANIFEST")
  if [[ $text =~ \"$1\"\ ?:\ ?(\"([^\"]*)\"|([0-9]+)) ]]; then printf '%s' "${BASH_REMATCH[2]}${BASH_REMATCH[3]}"; fi
}

read_manifest() {
  local finished
  BYTES=$(manifest bytes) SHA256=$(manifest sha256) finished=$(manifest finishedAt)
  [[ $SHA256 =~ ^[0-9a-f]{64}$ && $BYTES =~ ^[0-9]+$ && $(manifest name) == "$NAME" && $(manifest database) == "$DB_NAME" ]] ||
    die "the manifest of $NAME is not that backup's: it was edited, or belongs to another"
  AGE=$(($(date +%s) - $(date -d "${finished:-invalid}" +%s 2>/dev/null || printf 0)))
}

# What was fetched, against the manifest and the checksum beside it, and against this machine's own record of it where there is one:
# whoever can change the copy on the box can change what lies beside it.
check_hash() {
  local name sum fetched
  stage hash "sha256 of the fetched copy"
  await sha256sum <"$COPY" >"$WORK/sha256" || die "cannot read $COPY"
  read -r fetched _ <"$WORK/sha256"
  [[ $fetched == "$SHA256" ]] || die "$NAME is damaged: its checksum is $fetched, the manifest says $SHA256"
  while read -r sum name; do
    [[ $name == "$NAME" && $sum == "$SHA256" ]] && continue
    if [[ -n $GLOBALS_COPY && $name == "${GLOBALS_COPY##*/}" ]]; then
      read -r fetched _ < <(sha256sum <"$GLOBALS_COPY")
      [[ $fetched == "$sum" ]] && continue
    fi
    die "$name is damaged: its checksum is not the one in $NAME.sha256"
  done <"$COPY.sha256"
  if [[ $(manifest globals) == '' && -z $GLOBALS_COPY && $(tr -d '\0' <"$MANIFEST") != *'"globals":null'* && $(manifest manifestVersion) != '' ]]; then
    die "the roles and settings that the manifest of $NAME names are not beside it"
  fi
  if [[ -f $BACKUP_DIR/$NAME.sha256 && $(head -c 64 "$BACKUP_DIR/$NAME.sha256") != "$SHA256" ]]; then
    die "$NAME on the box is another than the one that this machine made: checksums differ"
  fi
  say hash "$SHA256, $BYTES bytes, as the manifest says"
}

# unseal FILE: to stdout, decrypted where it is encrypted.
unseal() {
  if [[ $1 == *.age ]]; then exec_tied age --decrypt --identity "$IDENTITY" -- "$1"; fi
  exec_tied cat -- "$1"
}

# The private key comes on stdin and lives in memory only while it is needed.
read_identity() {
  IDENTITY=$WORK/identity
  printf '%s\n' "$KEY_TEXT" | grep -E '^AGE-SECRET-KEY-1[0-9A-Z]{58}$' >"$IDENTITY" || die 'what came as the private key is none of age: AGE-SECRET-KEY-1…'
  KEY_TEXT=''
}

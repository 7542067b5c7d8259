AT='' WANTED='' LOCAL=no TRUST_BOX=no BACKUP='' COPY='' GLOBALS_COPY='' ENCRYPTED=no IDENTITY='' BYTES=0 SHA256='' AGE=0
# Why a copy may be loaded: ledger, signature or trust; and the words for a copy that may not.
ACCEPTED_BY='' SOURCE='' declined=''
# So many of the newest are looked at before one is chosen.
readonly MOST_WEIGHED=30 MOST_TRIED=100

# candidates: the backups that may be meant, the newest first, as paths; on the box, or with --local on this machine. Whose they are is
# not looked at yet; those dated in the future are only taken by name.
candidates() {
  local stamp path limit
  limit=$(too_new)
  if [[ $LOCAL == yes ]]; then
    local_stamps >"$WORK/there"
  else
    box_list "$ALL_DAYS" || die "could not look at the box: $BOX_ERROR"
    box_stamps >"$WORK/there"
  fi
  sort -r "$WORK/there" | while read -r stamp _ path; do
    if [[ $LOCAL == yes ]]; then [[ -f $path.sha256 && -f $path.manifest.json ]] || continue; else has_all "$path" || continue; fi
    [[ -z $WANTED || ${path##*/} == "$WANTED" ]] || continue
    [[ -n $WANTED ]] || ((10#$stamp <= 10#$limit)) || continue
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
  [[ $(date -u -d "$(date_of "$AT")" +%Y%m%d%H%M%S 2>/dev/null) == "$AT" ]] || die "--at $1: there is no such day or time"
}

# choose_backup: the newest candidate that this machine's ledger knows, or whose manifest is signed.
# Where the newest is gone, an older one that holds must not hide it: a drill fails, a restore needs what there is.
choose_backup() {
  local where=${STORAGEBOX_USER}@$STORAGEBOX_HOST:$STORAGEBOX_REMOTE_DIR path passed=0 why=''
  local -a paths
  [[ $LOCAL == no ]] || where=$BACKUP_DIR
  stage choose "in $where"
  candidates >"$WORK/candidates"
  mapfile -t paths <"$WORK/candidates"
  if ((${#paths[@]} == 0)); then
    [[ -z $WANTED$AT ]] || die "no complete backup of $DB_NAME ${WANTED:+named $WANTED }${AT:+not later than $AT }in $where"
    die "no complete backup of $DB_NAME in $where"
  fi
  if [[ $LOCAL == no && $ON_OTHER == no && -z $WANTED ]]; then miss_newest; fi
  weigh "${paths[@]}"
  for path in "${paths[@]}"; do
    if may_take "$path"; then BACKUP=$path; break; fi
    : "${why:=${path##*/}: $declined}"
    passed=$((passed + 1))
    ((passed < MOST_TRIED)) || break
  done
  [[ -n $BACKUP ]] || die "no backup of $DB_NAME in $where may be loaded: $why$(how_to_trust)"
  if ((passed > 0)); then warn "passed over $passed newer on the box; the first is $why"; fi
  NAME=${BACKUP##*/}
  COPY=$KEPT/$NAME
  [[ $NAME != *.age ]] || ENCRYPTED=yes
  case $ACCEPTED_BY in
    ledger) say choose "$NAME, made by this machine" ;;
    signature) say choose "$NAME, signed with the project's key$SOURCE" ;;
    trust) say choose "$NAME is neither in this machine's ledger nor signed; whoever can write to the box may have made it. Loaded all the same, as --trust-box says" ;;
  esac
}

miss_newest() {
  find_missing "$AT"
  [[ -n $MISSING ]] || return 0
  # To be missing is a proof that failed.
  if [[ $KIND == drill && $EXPECTED_BY == sure ]]; then NAME=$EXPECTED TESTED=yes; die "$MISSING; a drill of an older one would prove nothing of it"; fi
  warn "$MISSING"
}

how_to_trust() {
  [[ $TRUST_BOX == yes ]] || printf '%s' '; --trust-box loads the newest all the same, which lets whoever can write to the box put what they like into the database'
}

# weigh PATH…: what the ledger doesn't know of them is in their manifests, so far as those are ours; a new host has no ledger.
weigh() {
  local path name sum n=0 tried=0
  [[ -z $WANTED ]] || return 0
  for path in "$@"; do
    # What is nobody's must not stand in front of what is to be weighed.
    ((n < MOST_WEIGHED && ++tried <= MOST_TRIED)) || break
    name=${path##*/}
    [[ ${WEIGHTS[$name]:-- -} == *' -' ]] || { n=$((n + 1)); continue; }
    accept "$path" || continue
    n=$((n + 1))
    if [[ $ACCEPTED_BY == ledger ]]; then
      fetch_manifest "$path" || continue
      sum=$(sha256sum <"$WORK/try.manifest")
      [[ ${sum%% *} == "${MADE_FILES[$name.manifest.json]:-}" ]] || continue
      open_manifest "$WORK/try.manifest"
    fi
    [[ $(manifest name) != "$name" ]] || weigh_manifest
  done
  find_suspects
}

# may_take PATH: whether it is to be restored; sets ACCEPTED_BY, or declined. By its name alone a suspect is.
may_take() {
  local why=${SUSPECT[${1##*/}]:-}
  if [[ -z $why || -n $WANTED ]]; then accept "$1"; return; fi
  declined="$why, and nobody has acknowledged that; if it is right: --name ${1##*/}"
  return 1
}

# accept PATH: whether it may be loaded; sets ACCEPTED_BY, or declined. On this host: what its ledger knows, or what its own signature
# proves. On a new host: what is signed, whichever host it comes from.
accept() {
  local name=${1##*/}
  declined='' SOURCE=''
  if is_mine "$name"; then ACCEPTED_BY=ledger; return; fi
  fetch_manifest "$1" || {
    # An older backup must not take the place of one that was not read for want of a connection.
    (($? != 1)) || die "could not look at the box: $name.manifest.json: $BOX_ERROR"
    declined="its manifest cannot be fetched: $BOX_ERROR"
    return 1
  }
  open_manifest "$WORK/try.manifest"
  if ! is_signed "$MANIFEST" "$WORK/try.sig"; then
    declined='neither in the ledger of this machine nor signed'
    [[ ! -s $WORK/try.sig || -z $SIGNING_PUBLIC ]] || declined='not in the ledger of this machine, and its signature is not valid'
    [[ $TRUST_BOX == yes ]] || return 1
    ACCEPTED_BY=trust
    return
  fi
  [[ $(manifest name) == "$name" && $(manifest project) == "$PROJECT" && $(manifest database) == "$DB_NAME" ]] || { declined='its manifest is signed, but is of another backup'; return 1; }
  if ! is_from_here; then
    SOURCE=", from the host $(manifest hostname)"
    if [[ $FILL == no && $ON_OTHER == no ]]; then declined="signed, but made on another host, $(manifest hostname)"; return 1; fi
  fi
  ACCEPTED_BY=signature
}

# Cloned servers may share a machine-id; pg_upgrade changes the cluster's identifier. Both must fit.
is_from_here() { find_origin; [[ -n $CLUSTER && $(manifest cluster) == "$CLUSTER" && $(manifest host) == "$HOST_ID" ]]; }

# The copy on the box, not the one here: that is what would be left. A copy is never used under its own name's place. What was accepted
# is what is used: the manifest is fetched once.
fetch() {
  local suffix
  stage fetch "$BACKUP"
  if [[ $LOCAL == yes ]]; then
    for suffix in '' .sha256 .manifest.json; do ln -- "$BACKUP$suffix" "$COPY$suffix" 2>/dev/null || cp -- "$BACKUP$suffix" "$COPY$suffix" || die "cannot read $BACKUP$suffix"; done
    for suffix in .globals.sql .globals.sql.age; do [[ ! -f $BACKUP$suffix ]] || cp -- "$BACKUP$suffix" "$COPY$suffix"; done
    read_manifest
    check_extensions
  else
    [[ $ACCEPTED_BY != ledger ]] || fetch_manifest "$BACKUP" || die "not fetched: $BOX_ERROR"
    mv -T -- "$WORK/try.manifest" "$COPY.manifest.json"
    read_manifest
    check_extensions
    box_batch "get $BACKUP.sha256 $COPY.sha256" "-get $BACKUP.globals.sql $COPY.globals.sql" "-get $BACKUP.globals.sql.age $COPY.globals.sql.age" ||
      die "not fetched: $BOX_ERROR"
    need_space "$BYTES" "$KEPT" 'the fetched copy'
    box_get "$BYTES" "get $BACKUP $COPY" || die "not fetched: $BOX_ERROR"
  fi
  for suffix in .globals.sql .globals.sql.age; do [[ ! -f $COPY$suffix ]] || GLOBALS_COPY=$COPY$suffix; done
}

# From here on a fault is the backup's.
read_manifest() {
  local finished
  TESTED=yes
  open_manifest "$COPY.manifest.json"
  BYTES=$(manifest bytes) SHA256=$(manifest sha256) finished=$(manifest finishedAt)
  [[ -n $SHA256 && -n $BYTES && -n $finished && $(manifest name) == "$NAME" && $(manifest database) == "$DB_NAME" ]] ||
    die "the manifest of $NAME is not that backup's: it was edited, or belongs to another"
  [[ $ACCEPTED_BY != ledger ]] || check_manifest
  AGE=$(($(date +%s) - $(date -u -d "$finished" +%s)))
  check_tablespaces
}

# The manifest is the one that this machine wrote. Of a backup that was adopted, the ledger knows the dump's checksum alone.
check_manifest() {
  local sum wanted=${MADE_FILES[$NAME.manifest.json]:-}
  sum=$(sha256sum <"$MANIFEST")
  [[ $SHA256 == "${MADE[$NAME]}" && (-z $wanted || ${sum%% *} == "$wanted") ]] || die "the manifest of $NAME is not the one that this machine wrote"
}

# wanted_sum ENDING: the checksum that the file must have: this machine's own record, else the manifest's, which is signed or trusted.
wanted_sum() {
  if [[ $ACCEPTED_BY == ledger ]]; then
    printf '%s' "${MADE_FILES[$NAME$1]:-}"
  elif [[ -z $1 ]]; then
    printf '%s' "$SHA256"
  else
    jq -r --arg ending "$1" --arg name "$NAME$1" '(.files[$ending].sha256? // (.globals | objects | select(.name == $name) | .sha256)) | strings | select(test("^[0-9a-f]{64}$"))' "$MANIFEST"
  fi
}

# What was fetched against the ledger or the signed manifest: whoever can change a copy on the box can change what lies beside it.
check_hash() {
  local ending fetched wanted
  stage hash "sha256 of the fetched copy"
  await sha256sum <"$COPY" >"$WORK/sha256" || die "cannot read $COPY"
  read -r fetched _ <"$WORK/sha256"
  [[ $fetched == "$(wanted_sum '')" ]] || die "$NAME is damaged: its checksum is $fetched, and was $(wanted_sum '')"
  if [[ -n $GLOBALS_COPY ]]; then
    ending=${GLOBALS_COPY#"$COPY"}
    read -r fetched _ < <(sha256sum <"$GLOBALS_COPY")
    wanted=$(wanted_sum "$ending")
    [[ -n $wanted && $fetched == "$wanted" ]] || die "$NAME$ending is damaged: its checksum is $fetched, and was ${wanted:-never written down}"
  elif [[ $(jq -r '.globals | type' "$MANIFEST") != null ]]; then
    die "the roles and settings that the manifest of $NAME names are not beside it"
  fi
  [[ $(head -c 64 "$COPY.sha256") == "$SHA256" ]] || die "$NAME.sha256 is damaged: it holds another checksum"
  say hash "$SHA256, $BYTES bytes, as $(case $ACCEPTED_BY in ledger) printf 'the ledger' ;; signature) printf 'the signed manifest' ;; *) printf 'the manifest' ;; esac) says"
}

# unseal FILE: to stdout, decrypted where it is encrypted.
unseal() {
  if [[ $1 == *.age ]]; then exec_tied age --decrypt --identity "$IDENTITY" -- "$1"; fi
  exec_tied cat -- "$1"
}

# try_identity: whether the key opens the copy, by its first byte. That it doesn't is no fault of the backup.
try_identity() {
  await first_byte >/dev/null 2>"$WORK/age.err" || die "cannot decrypt $NAME: $(reason first "$WORK/age.err")"
}
# Whoever reads no further ends it by SIGPIPE.
first_byte() { { (unseal "$COPY") || (($? == 141)); } | head -c 1; }

# The private key comes on stdin and lives in memory only while it is needed.
read_identity() {
  IDENTITY=$WORK/identity
  printf '%s\n' "$KEY_TEXT" | grep -E '^AGE-SECRET-KEY-1[0-9A-Z]{58}$' >"$IDENTITY" || die 'what came as the private key is none of age: AGE-SECRET-KEY-1…'
  KEY_TEXT=''
}

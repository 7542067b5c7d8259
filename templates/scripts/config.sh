find_config() {
  [[ $SHOWN =~ ^(backup|restore)-([A-Za-z0-9][A-Za-z0-9_-]*)\.sh$ ]] && SHOWN=${BASH_REMATCH[2]}
  [[ -n $CONFIG ]] && return
  [[ $SHOWN == "${0##*/}" ]] && die "this script finds its config by its own name, backup-PROJECT.sh or restore-PROJECT.sh; it is called $SHOWN: use --config FILE"
  CONFIG=/opt/postgresql-backups/configs/backup-$SHOWN.conf
}

read_config() {
  local line key value number=0 owner_mode
  [[ -f $CONFIG && -r $CONFIG ]] || die "$CONFIG is not there or cannot be read"
  owner_mode=$(stat -L -c '%u %a' -- "$CONFIG")
  [[ ${owner_mode% *} == 0 ]] || die "$CONFIG does not belong to root; this mends it: chown root:root $CONFIG"
  (((8#${owner_mode#* } & 8#77) == 0)) || die "$CONFIG has mode ${owner_mode#* }, so others can read or write it; this mends it: chmod 600 $CONFIG"
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    key=${line%%=*}
    [[ $line == *=* && $key =~ ^[A-Z][A-Z0-9_]*$ ]] || die "$CONFIG, line $number: not of the form KEY='value'"
    [[ " ${KEYS[*]} " == *" $key "* ]] || die "$CONFIG, line $number: $key is not a key that this script knows"
    [[ -z ${LINE_OF[$key]:-} ]] || die "$CONFIG, line $number: $key stands on line ${LINE_OF[$key]} already"
    [[ $line =~ ^[A-Z0-9_]+=\'(.*)\'$ ]] || die "$CONFIG, line $number: $key is not of the form KEY='value'"
    value=${BASH_REMATCH[1]}
    [[ ${value//"'\\''"/} != *"'"* ]] || die "$CONFIG, line $number: $key holds a quote that is not written '\\''"
    LINE_OF[$key]=$number
    printf -v "$key" '%s' "${value//"'\\''"/"'"}"
  done <"$CONFIG"
  for key in "${REQUIRED[@]}"; do [[ -n ${LINE_OF[$key]:-} ]] || die "$CONFIG, line $number (its last): $key is missing"; done
}

# must KEY REGEX WORDS: never shows the value, which may be a secret.
must() {
  [[ ${!1} =~ $2 && ${!1} != *[[:cntrl:]]* ]] || die "$CONFIG, line ${LINE_OF[$1]:-none}: $1 must be $3"
}

must_port() {
  must "$1" '^[1-9][0-9]{0,8}$' 'a port number'
  ((${!1} <= 65535)) || die "$CONFIG, line ${LINE_OF[$1]:-none}: $1 must be from 1 to 65535"
}

# Nothing in a path needs quoting: the box's small shell and sftp quote each in its own way.
must_path() {
  must "$1" '^(/[A-Za-z0-9_@%+=:,.-]+)+/?$' "an absolute path of letters, digits and _@%+=:,.-"
  [[ ${!1}/ != */../* ]] || die "$CONFIG, line ${LINE_OF[$1]}: $1 must not contain .."
  printf -v "$1" '%s' "${!1%/}"
}

# The first box's settings, and those of each further one that the config names.
check_boxes_config() {
  local n key name
  for n in '' 2 3 4; do
    [[ -z $n || " ${!LINE_OF[*]}" == *" STORAGEBOX${n}_"* ]] || continue
    for key in "${BOX_KEYS[@]}"; do
      name=STORAGEBOX${n}_$key
      if [[ -z ${!name:-} ]]; then printf -v "$name" '%s' ''; fi
      if [[ $key == PORT && -z ${LINE_OF[$name]:-} ]]; then printf -v "$name" 23; fi
    done
    check_box_config "STORAGEBOX$n"
    for key in "${BOX_KEYS[@]}"; do name=STORAGEBOX${n}_$key; BOX_SETTINGS[${n:-1} $key]=${!name}; done
    [[ -z $n ]] || BOXES+=("$n")
  done
}

# check_box_config PREFIX
check_box_config() {
  local password=$1_PASSWORD identity=$1_IDENTITY
  must "$1_HOST" '^[A-Za-z0-9_:][A-Za-z0-9.:%_-]*$' 'a host name or an address'
  must "$1_USER" '^[A-Za-z0-9_][A-Za-z0-9_.-]*$' 'a user name'
  must_port "$1_PORT"
  must_path "$1_KNOWN_HOSTS"
  must_path "$1_REMOTE_DIR"
  [[ -z ${!identity} ]] || must_path "$identity"
  [[ -n ${!password}${!identity} ]] || die "$CONFIG, line none: one of $password and $identity is missing"
}

check_config() {
  local key number='^(0|[1-9][0-9]{0,8})$'
  must PROJECT '^[A-Za-z0-9][A-Za-z0-9_-]*$' 'letters, digits, _ and - only'
  for key in DB_NAME ${DB_USER:+DB_USER}; do is_name "${!key}" || must "$key" '^$' 'a name of at most 63 bytes of UTF-8, without control characters'; done
  must DB_HOST '^[A-Za-z0-9/][A-Za-z0-9.:/_-]*$' 'a host name, an address or a socket directory'
  must_port DB_PORT
  check_boxes_config
  for key in EXPECTED_TABLES LOCK_WAIT_SECONDS UPLOAD_RETRY_SECONDS KEEP_DAILY KEEP_WEEKLY KEEP_MONTHLY RESERVE_MIB; do
    must "$key" "$number" 'a whole number'
  done
  for key in RETENTION_DAYS REMOTE_RETENTION_DAYS; do must "$key" '^[1-9][0-9]{0,4}$' 'a whole number of days, at least 1'; done
  for key in COMPRESSION_THREADS JOBS; do must "$key" '^[1-9][0-9]?$' 'from 1 to 99'; done
  for key in GLOBALS LOGIN_ROLES SYSLOG; do must "$key" '^(yes|no)$' 'yes or no'; done
  must COMPRESSION '^(gzip|zstd|directory)$' 'gzip, zstd or directory'
  case $COMPRESSION in
    zstd) must COMPRESSION_LEVEL '^([1-9]|1[0-9])?$' 'from 1 to 19' ;;
    *) must COMPRESSION_LEVEL '^[1-9]?$' 'from 1 to 9' ;;
  esac
  must ENCRYPT_TO '^(age1[0-9a-z]{58}( age1[0-9a-z]{58})*)?$' 'public keys of age, age1…, with a space between two'
  for key in BACKUP_DIR LOG_DIR ${PROMETHEUS_DIR:+PROMETHEUS_DIR}; do must_path "$key"; done
  [[ -z $DB_PASSWORD || -n $DB_USER ]] || die "$CONFIG, line ${LINE_OF[DB_PASSWORD]}: DB_PASSWORD stands there, but DB_USER is missing"
  check_notify_config
  check_signing_config
  [[ $SHOWN == "${0##*/}" || $SHOWN == "$PROJECT" ]] || die "$CONFIG, line ${LINE_OF[PROJECT]}: PROJECT is not $SHOWN, which this script is named after"
}

configure() {
  ((EUID == 0)) || die "this script must run as root"
  find_config
  read_config
  check_config
  name_files
  SHOWN=$PROJECT
}

readonly -a PSQL=(psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --file=-)

# pg PROGRAM OPTION…: a PostgreSQL client on the project's database, by password over TCP, or as the system user postgres by peer
# login. Replaces the shell.
pg() {
  [[ -n $DB_PASSWORD ]] || super "$1" "$DB_NAME" "${@:2}"
  as_role "$1" "$DB_NAME" "${@:2}"
}

# as_role PROGRAM DATABASE OPTION…: as the application logs in. super: as one who may do everything. Both replace the shell.
as_role() {
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=UTF8 PGAPPNAME=postgres-backup
  PGPASSFILE=$WORK/pgpass exec_tied "$1" --host="$DB_HOST" --username="$DB_USER" --port="$DB_PORT" --no-password --dbname="$2" "${@:3}"
}

declare -a CAPABILITIES=()
# shellcheck disable=SC2034  # only the backup script needs it
# What a program of the system user postgres needs to work in a folder that is root's alone.
readonly -a ANY_FOLDER=(--inh-caps +dac_override --ambient-caps +dac_override)

super() {
  export PGCONNECT_TIMEOUT=30 PGCLIENTENCODING=UTF8 PGAPPNAME=postgres-backup
  exec setpriv --reuid postgres --regid postgres --init-groups ${CAPABILITIES[@]+"${CAPABILITIES[@]}"} --pdeathsig KILL -- \
    "$1" --username=postgres --port="$DB_PORT" --no-password --dbname="$2" "${@:3}"
}

# ask super|as_role DATABASE [OPTION…]: SQL from stdin, the answer to $WORK/answered; its exit status is psql's. What psql said is
# in $WORK/psql.err.
ask() { await "$1" psql "$2" "${PSQL[@]:1}" "${@:3}" >"$WORK/answered" 2>"$WORK/psql.err"; }

write_pgpass() {
  local escaped=${DB_PASSWORD//\\/\\\\}
  printf '*:*:*:*:%s\n' "${escaped//:/\\:}" >"$WORK/pgpass"
}

need() {
  command -v "$1" >/dev/null || die "$1 is not installed; this gets it: apt-get install $2"
}

need_programs() {
  local file
  need psql postgresql-client
  need pg_dump postgresql-client
  need sftp openssh-client
  [[ -z $STORAGEBOX_PASSWORD ]] || need sshpass sshpass
  for file in "$STORAGEBOX_KNOWN_HOSTS" ${STORAGEBOX_IDENTITY:+"$STORAGEBOX_IDENTITY"}; do
    [[ -f $file && -r $file ]] || die "$file is not there or cannot be read"
  done
}

# free_bytes PATH: what its file system has left.
free_bytes() { df --block-size=1 --output=avail -- "$1" | tail -n 1; }

# need_space BYTES PATH WORDS: fails early, with the numbers.
need_space() {
  local free
  free=$(free_bytes "$2")
  ((free >= $1 + RESERVE_MIB * 1048576)) || die "too little free disk in $2 for $3: $(mib "$free") free, $(mib "$1") needed and $RESERVE_MIB MiB in reserve"
}

mib() { printf '%s MiB' "$((($1 + 1048575) / 1048576))"; }

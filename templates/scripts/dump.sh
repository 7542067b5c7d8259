GLOBALS_FILE='' GLOBALS_ROLES=0 PART='' FINISHED_AT='' TABLES=0 ROWS=0 BYTES=0 SHA256=''

preflight() {
  local client database unlogged
  stage preflight "database $DB_NAME, box $STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT"
  need_programs
  case $COMPRESSION in gzip) need gzip gzip ;; zstd) need zstd zstd ;; directory) need pg_restore postgresql-client ;; esac
  [[ -z $ENCRYPT_TO ]] || need age age
  write_pgpass
  # Not every encoding can be had as UTF-8.
  CLIENT_ENCODING=SQL_ASCII
  find_superuser
  await pg "${PSQL[@]}" <<<"SELECT getdatabaseencoding(), pg_database_size(current_database()),
    CASE WHEN pg_is_in_recovery() THEN (SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u') ELSE 0 END" \
    >"$WORK/answered" 2>"$WORK/psql.err" || die "cannot read the database $DB_NAME: $(reason first "$WORK/psql.err")"
  IFS='|' read -r ENCODING database unlogged <"$WORK/answered"
  [[ $database =~ ^[0-9]+$ && $ENCODING =~ ^[A-Z0-9_]+$ ]] || die "cannot read the database $DB_NAME: its answer makes no sense"
  [[ $unlogged == 0 ]] || die "this server is a standby, on which unlogged tables of $DB_NAME ($unlogged) cannot be read: back up the primary, or promote this one"
  [[ $ENCODING == SQL_ASCII ]] || choose_client_encoding pg psql
  client=$(pg_dump --version)
  [[ $client =~ ([0-9]+)(\.[0-9]+)*([^0-9]|$) ]] || die "pg_dump does not tell its version"
  ((BASH_REMATCH[1] >= SERVER / 10000)) || die "pg_dump is of version ${BASH_REMATCH[1]}, older than the server, which is $((SERVER / 10000)); this gets it: apt-get install postgresql-client-$((SERVER / 10000))"
  need_space "$(expected_bytes "$database")" "$BACKUP_DIR" 'the dump'
}

# expected_bytes DATABASE-BYTES: as large as the last one and half of it more; a first one, half of the database. The directory
# format lies on the disk twice, as files and as their archive.
expected_bytes() {
  local bytes last
  last=$(field "$NEWEST" bytes)
  bytes=$((${last:-0} > 0 ? last * 3 / 2 : $1 / 2))
  [[ $COMPRESSION != directory ]] || bytes=$((bytes * 2))
  # Where the box had no shell the last time, the copy there is downloaded again to be compared.
  [[ ! -e $BACKUP_DIR/.no_shell_$PROJECT ]] || bytes=$((bytes * 2))
  printf '%s' "$bytes"
}

# Tried again: a dump that ended before it had its locks, since somebody changed what it read; and one whose further jobs found
# somebody waiting for a table, with one job.
dump() {
  local try jobs=$JOBS again
  stage dump "$NAME"
  PART=$BACKUP_DIR/$NAME.part
  for try in 3 2 1 0; do
    again=''
    open_session
    take_snapshot
    if [[ $COMPRESSION == directory ]]; then start_directory "$jobs"; else start_plain; fi
    watch_space 'dumping' "$BACKUP_DIR"
    let_dump_lock "${PID[pg_dump]}" || again=yes
    count_rows
    if wait_all; then break; fi
    end_watch
    if grep -qs 'could not obtain lock on relation' "$WORK/pg_dump.err"; then jobs=1 again=yes; fi
    [[ $again == yes && $try != 0 ]] || die "$FAILED$(lost_snapshot)"
    say dump "tried again: $FAILED"
    drop_session
  done
  end_watch
  FINISHED_AT=$(now_iso)
  if [[ -s $WORK/pg_dump.err ]]; then warn "pg_dump says: $(reason first "$WORK/pg_dump.err")"; fi
  close_session
  [[ $COMPRESSION != directory ]] || pack_directory
}

# The stream is read once. What goes to the disk is hashed, and unpacked again to be looked into: what is found there is what a
# restore would find.
start_plain() {
  local w=$WORK
  rm -f -- "$w"/{text,packed,tried,unpacked,open,sealed,written}
  mkfifo "$w"/{text,packed,tried,unpacked,open,sealed,written}
  start pg_dump /dev/null "$w/text" dumper --format=plain
  start "$COMPRESSION" "$w/text" "$w/packed" "pack_$COMPRESSION"
  start unpack "$w/tried" "$w/unpacked" "unpack_$COMPRESSION"
  start scan "$w/unpacked" "$w/scan" scan
  if [[ -n $ENCRYPT_TO ]]; then
    start copy "$w/packed" "$w/open" tee "$w/tried"
    start age "$w/open" "$w/sealed" seal
    start write "$w/sealed" "$w/written" tee "$PART"
  else
    start write "$w/packed" "$w/written" tee "$PART" "$w/tried"
  fi
  start sha256sum "$w/written" "$w/sha256" hash_stream
}

# pg_dump in the snapshot. Within one machine encryption protects nothing and costs both sides time; where the server insists on
# it, it is had all the same.
dumper() {
  case $DB_HOST in 127.* | ::1 | localhost) export PGSSLMODE=allow ;; esac
  local PGAPPNAME=postgres-backup-$$ wait=600000
  # Nobody lets the owner's dump pass (see snapshot.sh): it is tried again.
  [[ $DUMPED_BY == superuser ]] || wait=15000
  pg pg_dump --encoding="$ENCODING" --lock-wait-timeout="$wait" --snapshot="$SNAPSHOT" ${LEFT_OUT[@]+"${LEFT_OUT[@]}"} "$@"
}

# openssl knows the processor's own instructions for it, which coreutils doesn't.
hash_stream() {
  if command -v openssl >/dev/null; then exec_tied openssl dgst -sha256 -r; fi
  exec_tied sha256sum
}

# pigz makes the same format with several processors, where the host has it. gzip reads it all the same: it minds what pigz passes
# over, such as bytes behind the end, and it is what reads the file on the worst day.
pack_gzip() {
  if command -v pigz >/dev/null; then exec_tied pigz "-${COMPRESSION_LEVEL:-9}" --no-name --processes "$COMPRESSION_THREADS"; fi
  exec_tied gzip "-${COMPRESSION_LEVEL:-9}" --no-name
}
unpack_gzip() { exec_tied gzip --decompress --stdout; }
pack_zstd() { exec_tied zstd --quiet "-${COMPRESSION_LEVEL:-3}" --threads="$COMPRESSION_THREADS" --stdout; }
unpack_zstd() { exec_tied zstd --quiet --decompress --stdout; }

# PostgreSQL's own format of one file a table, made by several jobs, and then one archive of it.
start_directory() {
  local -a CAPABILITIES=("${ANY_FOLDER[@]}")
  local -a options=(--format=directory --jobs="$1" --file=.)
  [[ -z $COMPRESSION_LEVEL ]] || options+=(--compress="$COMPRESSION_LEVEL")
  rm -rf -- "$PART.d"
  mkdir -m 0700 -- "$PART.d"
  cd -- "$PART.d"
  start pg_dump /dev/null /dev/null dumper "${options[@]}"
  cd /
}

pack_directory() {
  rm -f -- "$WORK"/{packed,sealed,written}
  mkfifo "$WORK"/{packed,sealed,written}
  start tar /dev/null "$WORK/packed" tar --create --directory "$PART.d" --sort=name --owner=0 --group=0 --file=- .
  if [[ -n $ENCRYPT_TO ]]; then
    start age "$WORK/packed" "$WORK/sealed" seal
    start write "$WORK/sealed" "$WORK/written" tee "$PART"
  else
    start write "$WORK/packed" "$WORK/written" tee "$PART"
  fi
  start sha256sum "$WORK/written" "$WORK/sha256" hash_stream
  watch_space 'packing the dump' "$BACKUP_DIR"
  finish_all
  end_watch
}

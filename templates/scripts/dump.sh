GLOBALS_FILE='' GLOBALS_ROLES=0 PART='' SNAPSHOT='' SESSION='' ANSWERS='' FINISHED_AT='' TABLES=0 ROWS=0 BYTES=0 SHA256='' SERVER=0

preflight() {
  local client database
  stage preflight "database $DB_NAME, box $STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT"
  need_programs
  case $COMPRESSION in gzip) need gzip gzip ;; zstd) need zstd zstd ;; directory) need pg_restore postgresql-client ;; esac
  [[ -z $ENCRYPT_TO ]] || need age age
  write_pgpass
  await pg "${PSQL[@]}" <<<"SELECT current_setting('server_version_num'), pg_database_size(current_database())" \
    >"$WORK/answered" 2>"$WORK/psql.err" || die "cannot read the database $DB_NAME: $(reason first "$WORK/psql.err")"
  IFS='|' read -r SERVER database <"$WORK/answered"
  [[ $SERVER =~ ^[0-9]+$ && $database =~ ^[0-9]+$ ]] || die "cannot read the database $DB_NAME: its answer makes no sense"
  prefer_tools_of "$((SERVER / 10000))"
  client=$(pg_dump --version)
  [[ $client =~ ([0-9]+)(\.[0-9]+)*([^0-9]|$) ]] || die "pg_dump does not tell its version"
  ((BASH_REMATCH[1] >= SERVER / 10000)) || die "pg_dump is of version ${BASH_REMATCH[1]}, older than the server, which is $((SERVER / 10000)); this gets it: apt-get install postgresql-client-$((SERVER / 10000))"
  need_space "$(expected_bytes "$database")" "$BACKUP_DIR" 'the dump'
}

# prefer_tools_of MAJOR: the server's own version where Debian's packages have it, whatever else is installed: its dump is sure to
# load into such a server again. Found like this, they also start without the wrapper in /usr/bin, which takes longer than they do.
prefer_tools_of() {
  local folder=/usr/lib/postgresql/$1/bin
  if [[ -x $folder/pg_dump && -x $folder/psql ]]; then PATH=/usr/local/sbin:/usr/local/bin:$folder:${PATH#/usr/local/sbin:/usr/local/bin:}; fi
}

# expected_bytes DATABASE-BYTES: as large as the last one and half of it more; a first one, half of the database. The directory
# format lies on the disk twice, as files and as their archive.
expected_bytes() {
  local bytes=$(($1 / 2))
  if [[ $NEWEST =~ \"bytes\":([0-9]+) ]]; then bytes=$((BASH_REMATCH[1] * 3 / 2)); fi
  [[ $COMPRESSION != directory ]] || bytes=$((bytes * 2))
  printf '%s' "$bytes"
}

# A session that holds one snapshot open, in which pg_dump reads and the rows are counted at the same time.
open_snapshot() {
  mkfifo "$WORK/ask" "$WORK/answer"
  pg "${PSQL[@]}" <"$WORK/ask" >"$WORK/answer" 2>"$WORK/psql.err" 7>&- 8>&- &
  SESSION=$!
  exec 6>"$WORK/ask" 5<"$WORK/answer"
  printf '%s\n' 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();' >&6 || :
  IFS= read -r -t 60 -u 5 SNAPSHOT || die "the database gives no snapshot: $(reason first "$WORK/psql.err")"
  cat <&5 >"$WORK/contents" 6>&- 7>&- 8>&- &
  ANSWERS=$!
  printf '%s\n' "$CONTENTS_SQL" >&6 || :
}

# pg_dump only says that there is no such snapshot when the session that held it has failed: why, that session said.
lost_snapshot() {
  local try
  grep -qs 'invalid snapshot identifier' "$WORK/pg_dump.err" || return 0
  for try in {1..5}; do
    if [[ -s $WORK/psql.err ]]; then break; fi
    sleep 0.2
  done
  printf '; the session that counts the rows: %s' "$(reason first "$WORK/psql.err")"
}

close_snapshot() {
  local code=0
  printf 'COMMIT;\n\\q\n' >&6 || :
  exec 6>&- 5<&-
  wait "$SESSION" || code=$?
  wait "$ANSWERS" || :
  [[ $code == 0 && $(tail -n 1 "$WORK/contents") == end ]] || die "the rows could not be counted: $(reason first "$WORK/psql.err")"
}

dump() {
  stage dump "$NAME"
  PART=$BACKUP_DIR/$NAME.part
  EXPLAIN=lost_snapshot
  open_snapshot
  if [[ $COMPRESSION == directory ]]; then dump_directory; else dump_plain; fi
  FINISHED_AT=$(now_iso)
  if [[ -s $WORK/pg_dump.err ]]; then warn "pg_dump says: $(reason first "$WORK/pg_dump.err")"; fi
  close_snapshot
}

# The stream is read once. What goes to the disk is hashed, and unpacked again to be looked into: what is found there is what a
# restore would find.
dump_plain() {
  local w=$WORK
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
  finish_all
}

# pg_dump in the snapshot. Within one machine encryption protects nothing and costs both sides time; where the server insists on
# it, it is had all the same.
dumper() {
  case $DB_HOST in 127.* | ::1 | localhost) export PGSSLMODE=allow ;; esac
  pg pg_dump --lock-wait-timeout=600000 --snapshot="$SNAPSHOT" "$@"
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
dump_directory() {
  local -a CAPABILITIES=("${ANY_FOLDER[@]}")
  local -a options=(--format=directory --jobs="$JOBS" --file=.)
  [[ -z $COMPRESSION_LEVEL ]] || options+=(--compress="$COMPRESSION_LEVEL")
  mkdir -m 0700 -- "$PART.d"
  cd -- "$PART.d"
  start pg_dump /dev/null /dev/null dumper "${options[@]}"
  cd /
  finish_all
  mkfifo "$WORK"/{packed,sealed,written}
  start tar /dev/null "$WORK/packed" tar --create --directory "$PART.d" --sort=name --owner=0 --group=0 --file=- .
  if [[ -n $ENCRYPT_TO ]]; then
    start age "$WORK/packed" "$WORK/sealed" seal
    start write "$WORK/sealed" "$WORK/written" tee "$PART"
  else
    start write "$WORK/packed" "$WORK/written" tee "$PART"
  fi
  start sha256sum "$WORK/written" "$WORK/sha256" hash_stream
  finish_all
}

# Looks into the text of a dump as it flows by, as psql would read it: which tables with how many rows, what its sequences are set
# to, both ends, and nothing foreign between its statements.
scan() {
  local -a escape=()
  [[ $ENCODING == UTF8 ]] || escape=(escape)
  exec_tied perl -e "$READER" scan ${escape[@]+"${escape[@]}"}
}

# "scan …" as it stands in a scan; the sum of the rows that were counted; then where they and the rows in the dump differ, one line
# each. Those of tables that are an extension's are not counted. Where the dump gives rows of partitions to the topmost table, since a hash
# may choose other partitions for them in another database, all of its partitions count as one.
# shellcheck disable=SC2016  # awk's fields, not the shell's
readonly ROWS_AWK='
BEGIN { FS = "\t" }
$1 == "scan" { found = $0 }
$1 == "member" { member[$2] = 1 }
$1 == "partition" { top[$2] = $3; topmost[$3] = 1 }
$1 != "table" || $2 in member { next }
FILENAME ~ /contents$/ { want[$2] = $3; sum += $3; next }
{ seen[$2] += $3; if ($2 in topmost && $3 > 0) together[$2] = 1 }
function differs(text) { differing[++count] = text }
function named(name) { return name in top && top[name] in together ? top[name] : name }
END {
  for (name in want) { wanted[named(name)] += want[name]; if (name in seen) held[named(name)] = 1 }
  for (name in seen) { if (!(name in want)) { if (seen[name] > 0) differs(name ": " seen[name] " in the dump, not counted") } else had[named(name)] += seen[name] }
  for (name in wanted) {
    if (!(name in held)) { if (wanted[name] > 0) differs(name ": none in the dump, " wanted[name] " counted") }
    else if (had[name] != wanted[name]) differs(name ": " had[name] " in the dump, " wanted[name] " counted")
  }
  print found
  printf "%.0f\n", sum
  for (n = 1; n <= count && n <= 3; n++) print differing[n]
}'

inspect() {
  local tag header foreign complete
  local -a differing
  stage inspect "what $NAME holds"
  if [[ $COMPRESSION == directory ]]; then inspect_directory; return; fi
  await awk "$ROWS_AWK" "$WORK/contents" "$WORK/scan" >"$WORK/rows"
  { IFS=$'\t' read -r tag TABLES header foreign complete; read -r ROWS; mapfile -t differing; } <"$WORK/rows"
  [[ $tag == scan ]] || die 'it could not be read to its end'
  ((header == 1)) || set_aside "it does not begin as a dump does"
  ((foreign == 0)) || set_aside "messages of pg_dump stand inside"
  ((complete == 1)) || set_aside "it is cut short: the line 'PostgreSQL database dump complete' is not near its end"
  expect_tables
  expect_contents
  ((${#differing[@]} == 0)) || set_aside "rows differ from those counted in the same snapshot:$(IFS=';'; printf '%s' "${differing[*]/#/ }")"
  keep_sequences
}

# What the dump sets sequences to, but for those of extensions.
keep_sequences() {
  await awk -F'\t' '$1 == "member" { member[$2] = 1 } $1 == "sequence" && !($2 in member)' "$WORK/contents" "$WORK/scan" >"$WORK/sequences"
  cat -- "$WORK/sequences" >>"$WORK/contents"
}

# Everything is unpacked once and thrown away: the list alone would also be read from a file that is cut short.
inspect_directory() {
  cd -- "$PART.d"
  await pg_restore_here --file=/dev/null 2>"$WORK/restore.err" || set_aside "pg_restore cannot read it: $(reason first "$WORK/restore.err")"
  await pg_restore_here --list >"$WORK/list"
  # Names are bytes of any encoding.
  LC_ALL=C grep -aE '^[0-9]+; [0-9]+ [0-9]+ SEQUENCE SET ' "$WORK/list" >"$WORK/sequences" || :
  if [[ -s $WORK/sequences ]]; then
    await pg_restore_here --file=- --use-list="$WORK/sequences" >"$WORK/setval" || set_aside 'its sequences cannot be read'
    await scan <"$WORK/setval" >"$WORK/scan"
    keep_sequences
  fi
  cd /
  TABLES=$(LC_ALL=C grep -acE '^[0-9]+; 1259 [0-9]+ TABLE ' "$WORK/list") || :
  rm -rf -- "$PART.d"
  expect_tables
  ROWS=$(rows_in "$WORK/contents")
  expect_contents
}

pg_restore_here() { exec_tied pg_restore --format=directory "$@" .; }

expect_tables() { ((TABLES >= EXPECTED_TABLES)) || set_aside "it has $TABLES tables, expected at least $EXPECTED_TABLES"; }

# An empty database whose backups are not is one that was never restored, or was lost: its backup would hide the good ones.
expect_contents() {
  local rows
  rows=$(grep -vF $'table\t"public.alembic_version"\t' "$WORK/contents" >"$WORK/data" || :; rows_in "$WORK/data")
  WEIGHTS[$NAME]="- $(grep -c $'^table\t' "$WORK/contents" || :) $rows"
  find_suspects
  [[ -n ${SUSPECT[$NAME]:-} ]] || return 0
  note_held contents "the database is empty: ${SUSPECT[$NAME]}; check whether that is right, then: $0 --acknowledge"
  set_aside "the database $DB_NAME is empty, and its backups are not: ${SUSPECT[$NAME]}. To bring the data back: provision $PROJECT --from-backup; if it is right: $0 --acknowledge"
}

set_aside() {
  cd /
  rm -rf -- "$PART.d"
  mv -T -- "$PART" "$BACKUP_DIR/$NAME.bad"
  ledger_note aside "$NAME"
  die "$1; kept aside as $BACKUP_DIR/$NAME.bad"
}

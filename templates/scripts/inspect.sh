# Looks into the text of a dump as it flows by: which tables with how many rows, what its sequences are set to, both ends, and
# nothing foreign inside. grep keeps the few lines that matter, with their numbers: within COPY, a row is a line.
scan() { { LC_ALL=C grep -anE "$SCAN_LINES" || (($? == 1)); } | LC_ALL=C awk "$SCAN_AWK"; }

readonly SCAN_LINES='^(COPY .* FROM stdin;$|\\\.$|CREATE (UNLOGGED )?TABLE |-- PostgreSQL database dump( complete)?$|pg_dump: |SELECT pg_catalog\.setval\()'

# shellcheck disable=SC2016  # awk's fields, not the shell's
readonly SCAN_AWK='
function json(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
{ at = index($0, ":"); number = substr($0, 1, at - 1); line = substr($0, at + 1) }
rows { if (line == "\\.") { print "table\t" json(name) "\t" (number - first - 1); rows = 0 } next }
line ~ /^COPY / {
  match(line, /^COPY ("([^"]|"")*"|[^". ]+)\.("([^"]|"")*"|[^". ]+)/)
  name = substr(line, 6, RLENGTH - 5); first = number; rows = 1; next
}
line ~ /^CREATE / { tables++ }
line ~ /^-- PostgreSQL database dump$/ && number < 9 { header = 1 }
line ~ /^-- PostgreSQL database dump complete$/ { complete = 1; next }
line ~ /^pg_dump: / { foreign++ }
line ~ /^SELECT pg_catalog\.setval\(/ {
  split(line, part, /\047, /)
  name = substr(part[1], 27); gsub(/\047\047/, "\047", name)
  value = part[2]; sub(/, /, "\t", value); sub(/\);.*/, "", value)
  print "sequence\t" json(name) "\t" value
}
{ complete = 0 }
END { print "scan " tables + 0, header + 0, foreign + 0, (complete && !rows) ? 1 : 0 }'

# "scan …" as it stands in a scan; the sum of the rows that were counted; then where they and the rows in the dump differ, one line
# each. Quoted names with line breaks are left out.
# shellcheck disable=SC2016
readonly ROWS_AWK='
$1 == "scan" { found = $0 }
$1 != "table" { next }
{ split($0, word, "\t"); name = word[2]; n = word[3] }
FILENAME ~ /contents$/ { want[name] = n; sum += n; next }
name in want { seen[name] = 1; if (want[name] != n) differ[++differing] = name ": " n " in the dump, " want[name] " counted" }
END {
  for (name in want) if (want[name] > 0 && !(name in seen) && name !~ /\\n/) differ[++differing] = name ": none in the dump, " want[name] " counted"
  print found
  printf "%.0f\n", sum
  for (n = 1; n <= differing && n <= 3; n++) print differ[n]
}'

inspect() {
  local tag header foreign complete
  local -a differing
  stage inspect "what $NAME holds"
  if [[ $COMPRESSION == directory ]]; then inspect_directory; return; fi
  await awk "$ROWS_AWK" "$WORK/contents" "$WORK/scan" >"$WORK/rows"
  { read -r tag TABLES header foreign complete; read -r ROWS; mapfile -t differing; } <"$WORK/rows"
  [[ $tag == scan ]] || die 'it could not be read to its end'
  ((header == 1)) || set_aside "it does not begin as a dump does"
  ((foreign == 0)) || set_aside "messages of pg_dump stand inside"
  ((complete == 1)) || set_aside "it is cut short: the line 'PostgreSQL database dump complete' is not near its end"
  expect_tables
  ((${#differing[@]} == 0)) || set_aside "rows differ from those counted in the same snapshot:$(IFS=';'; printf '%s' "${differing[*]/#/ }")"
  grep '^sequence' "$WORK/scan" >>"$WORK/contents" || :
}

# Everything is unpacked once and thrown away: the list alone would also be read from a file that is cut short.
inspect_directory() {
  cd -- "$PART.d"
  await pg_restore_here --file=/dev/null 2>"$WORK/restore.err" || set_aside "pg_restore cannot read it: $(reason first "$WORK/restore.err")"
  await pg_restore_here --list >"$WORK/list"
  grep -E '^[0-9]+; [0-9]+ [0-9]+ SEQUENCE SET ' "$WORK/list" >"$WORK/sequences" || :
  if [[ -s $WORK/sequences ]]; then
    await pg_restore_here --file=- --use-list="$WORK/sequences" >"$WORK/setval" || set_aside 'its sequences cannot be read'
    scan <"$WORK/setval" | grep '^sequence' >>"$WORK/contents"
  fi
  cd /
  TABLES=$(grep -cE '^[0-9]+; 1259 [0-9]+ TABLE ' "$WORK/list") || :
  rm -rf -- "$PART.d"
  expect_tables
  ROWS=$(rows_in "$WORK/contents")
}

pg_restore_here() { exec_tied pg_restore --format=directory "$@" .; }

expect_tables() { ((TABLES >= EXPECTED_TABLES)) || set_aside "it has $TABLES tables, expected at least $EXPECTED_TABLES"; }

set_aside() {
  cd /
  rm -rf -- "$PART.d"
  mv -T -- "$PART" "$BACKUP_DIR/$NAME.bad"
  die "$1; kept aside as $BACKUP_DIR/$NAME.bad"
}

# The backup's own text against a dump of what was restored: every statement, and every byte of every table and large object. The first
# was read on its way into the new database; the second is dumped now, as a backup is, by the superuser. Each becomes a list of what a
# dump holds (digest.pl), and what stands in one list alone is compared once more (differences.pl).
compare_text() {
  local CLIENT_ENCODING line differing
  local -a differences=()
  stage compare "the backup's text with a dump of what was restored"
  [[ $(tail -n 1 "$KEPT/backup.digest") == end ]] || die "the text of $NAME could not be read to its end"
  CLIENT_ENCODING=$(dump_encoding)
  write_text restored_text digest "$KEPT/restored.digest"
  [[ $(tail -n 1 "$KEPT/restored.digest") == end ]] || die 'a dump of the restored database could not be read to its end'
  find_differences
  compare_columns
  compare_rows
  ((${#MOVES[@]} == 0)) || say compare 'not compared: tablespaces, since --tablespace gives other ones'
  while IFS= read -r line; do say compare "$line"; done < <(sed -n 's/^note //p' "$WORK/differences")
  mapfile -t differences < <(sed -n 's/^differs //p' "$WORK/differences")
  if ((${#differences[@]} > 0)); then
    CONTENTS=differ
    printf -v differing '; %s' "${differences[@]:0:5}"
    ((${#differences[@]} <= 5)) || differing+="; and $((${#differences[@]} - 5)) more"
    die "the restored database is not what was backed up: ${differing:2}"
  fi
  CONTENTS=equal
  say compare "equal: $(grep -c '^table' "$WORK/contents") tables, $(rows_in "$WORK/contents") rows, and each statement and value of the backup$(without_refused)"
}

# In which encoding the backup was dumped: its database's own, and UTF-8 by earlier versions.
dump_encoding() { LC_ALL=C sed -n 's/^encoding\t\([A-Z0-9_]*\)$/\1/p' "$KEPT/backup.digest"; }

digest() {
  ((${#MOVES[@]} == 0)) || export MOVED=yes
  export SINGLE
  exec_tied perl -e "$READER$DIGEST" digest b2sum --length=256
}

# write_text SOURCE READER FILE: what the function READER says of the text that SOURCE, a function as well, writes or starts to write.
write_text() {
  rm -f -- "$WORK"/{open,text}
  mkfifo "$WORK"/{open,text}
  if [[ $1 == start_text ]]; then start_text; else start pg_dump /dev/null "$WORK/text" "$1"; fi
  start read "$WORK/text" "$3" "$2"
  watch_load
  finish_all
  end_watch
}

restored_text() { superior pg_dump "$TEMPORARY" --format=plain --encoding="$CLIENT_ENCODING"; }

find_differences() {
  local file
  local -a case=()
  [[ -z $TABLE ]] || case+=(table)
  [[ $ACCEPTED_BY != trust ]] || case+=(unproven)
  [[ $(dump_encoding) == UTF8 ]] || case+=(escape)
  for file in backup restored; do sorted "$KEPT/$file.digest"; done
  await comm_bytes "$KEPT"/{backup,restored}.digest >"$KEPT/differing" || die 'cannot compare what the backup holds with what was restored'
  LEFT=$WORK/left await exec_tied perl -e "$READER$DIGEST$DIFFERENCES" differences ${case[@]+"${case[@]}"} <"$KEPT/differing" >"$WORK/differences" 2>"$WORK/perl.err" ||
    die "cannot compare: $(reason first "$WORK/perl.err")"
  [[ $(tail -n 1 "$WORK/differences") == compared ]] || die 'cannot compare to the end'
}

# By bytes, whatever they are.
sorted() { await sort_bytes "$1" 2>"$WORK/sort.err" || die "cannot sort what was read: $(reason first "$WORK/sort.err")"; }
sort_bytes() { LC_ALL=C exec_tied sort --temporary-directory="$KEPT" --output="$1" -- "$1"; }
comm_bytes() { LC_ALL=C exec_tied comm -3 -- "$@"; }

# A table that inherits has its columns in another order, once it was made again: its rows are read in the backup's order.
REREAD=''
compare_columns() {
  local line
  while IFS= read -r line; do
    printf -v REREAD '%b' "$line"
    write_text reread_text digest "$KEPT/reread.digest"
    LC_ALL=C grep -a '^data' "$KEPT/reread.digest" | LC_ALL=C comm -13 -- "$KEPT/backup.digest" - >"$WORK/reread"
    [[ ! -s $WORK/reread ]] || printf 'differs data of %s: other values, and columns in another order\n' "${line:5}" >>"$WORK/differences"
  done < <(sed -n 's/^reread //p' "$WORK/differences")
}
reread_text() {
  printf '%sFROM stdin;\n' "$REREAD"
  await superior psql "$TEMPORARY" "${PSQL[@]:1:4}" --command="${REREAD}TO STDOUT" || return
  printf '\\.\n'
}

# Rows may stand in another order, where PostgreSQL found room for one in an earlier page, or chose another partition for it by a hash.
compare_rows() {
  local file table
  sed -n 's/^rows //p' "$WORK/differences" >"$KEPT/reordered"
  [[ -s $KEPT/reordered ]] || return 0
  write_text start_text rows "$KEPT/backup.rows"
  write_text restored_text rows "$KEPT/restored.rows"
  for file in backup restored; do sorted "$KEPT/$file.rows"; done
  await comm_bytes "$KEPT"/{backup,restored}.rows >"$KEPT/differing" || die 'cannot compare rows of the backup with those that were restored'
  LC_ALL=C sed -e 's/^\t//' -e 's/\t.*//' "$KEPT/differing" | LC_ALL=C sort -u >"$WORK/other"
  while IFS= read -r table; do printf 'differs data of %s: as many rows in both, but other values\n' "$table"; done <"$WORK/other" >>"$WORK/differences"
  rm -f -- "$KEPT"/{backup,restored}.rows
}
rows() { exec_tied perl -e "$READER$DIGEST" rows "$KEPT/reordered" b2sum --length=256; }

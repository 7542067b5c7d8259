# Indexes that PostgreSQL refuses to build: one whose expression calls a function that it doesn't find, or a unique one whose rows are no
# longer unique as this server sorts. A drill fails by them. A restore for real goes on without them, and leaves them to you (indexes.pl).
REFUSED='[]'
# A full disk, a stop of the server and broken files end any restore.
readonly NOT_ITS_FAULT='insufficient_resources OR operator_intervention OR system_error OR transaction_rollback OR data_corrupted OR index_corrupted'

# for_real: whether this restore is more than a drill.
for_real() { [[ -n $TARGET$TABLE ]]; }

# keep_reasons: what PostgreSQL said, before the next psql.
keep_reasons() { LC_ALL=C sed -n 's/^psql:[^ ]* WARNING:  refused \([0-9]\{1,9\}: \)/\1/p' "$WORK/psql.err" >"$WORK/reasons"; }

# find_refused: of all indexes of the dump, which ones are not there, whatever was said.
find_refused() {
  local numbers statement n table index reason
  local -A reasons=() refused=()
  : >"$WORK/left"
  [[ -s $WORK/indexes.sql ]] || return 0
  ask superior "$TEMPORARY" < <(restricted "$WORK/indexes.sql"; printf '%s' "$REFUSED_SQL") || die "cannot look for indexes in $TEMPORARY: $(reason first "$WORK/psql.err")"
  while IFS= read -r reason; do
    n=${reason%%: *}
    [[ -v reasons[$n] ]] || reasons[$n]=$(printable "${reason#*: }")
  done <"$WORK/reasons"
  while IFS=$'\t' read -r n table index; do
    refused[$n]=yes
    REFUSED=$(jq -c --argjson n "$n" --argjson table "$table" --argjson index "$index" --arg reason "${reasons[$n]:-PostgreSQL gave no reason}" \
      '. + [{n: $n, table: $table, index: $index, reason: $reason}]' <<<"$REFUSED")
  done <"$WORK/answered"
  # What hangs on an index stands behind the numbers of all that it needs.
  while IFS= read -r -d '' numbers && IFS= read -r -d '' statement; do
    for n in $numbers; do
      if [[ -v refused[$n] ]]; then printf '%s\0%s\0' "$n" "$statement" >>"$WORK/left"; break; fi
    done
  done <"$WORK/indexes"
  leave_indexes
}

IFS= read -r -d '' REFUSED_SQL <<'END' || :
RESET client_encoding;
SELECT n || E'\t' || to_json(CASE bare WHEN false THEN whole ELSE encode(convert_to(whole, 'SQL_ASCII'), 'escape') END)
  || E'\t' || to_json(CASE bare WHEN false THEN short ELSE encode(convert_to(short, 'SQL_ASCII'), 'escape') END)
FROM (SELECT n, format('%I.%I', nspname, relname) AS whole, format('%I', (parse_ident(short))[1]) AS short,
    getdatabaseencoding() = 'SQL_ASCII' OR pg_client_encoding() = 'SQL_ASCII' AS bare
  FROM asked JOIN pg_class c ON c.oid = to_regclass(whole) JOIN pg_namespace s ON s.oid = relnamespace WHERE to_regclass(index) IS NULL) AS every ORDER BY n;
END
readonly REFUSED_SQL

# printable TEXT: one line, whatever its bytes are.
printable() {
  local text=${1:0:1000}
  [[ $text =~ ^.*$ ]] || text=$(printf '%s' "$text" | LC_ALL=C tr -c ' -~' '?')
  printf '%s' "${text//[[:cntrl:]]/ }"
}

# leave_indexes: each with its reason and its SQL as it stands in the backup.
leave_indexes() {
  local n statement one kind
  : >"$WORK/indexes.left"
  while IFS= read -r -d '' n && IFS= read -r -d '' statement; do
    if [[ $statement == CREATE* ]]; then
      kind=index
      [[ $statement != 'CREATE UNIQUE '* ]] || kind='unique index'
      one=$(jq -r --argjson n "$n" '.[] | select(.n == $n) | "\(.index) on \(.table), which PostgreSQL refused to build: \(.reason)"' <<<"$REFUSED")
      [[ $kind == index ]] || one+='; until it is there, duplicates are possible'
      warn "left to you: the $kind $(printable "$one"). Once the cause is gone: $(printable "$statement")"
      printf '\n-- The %s %s\n' "$kind" "$(printable "$one")" >>"$WORK/indexes.left"
    fi
    printf '%s\n' "$statement" >>"$WORK/indexes.left"
  done <"$WORK/left"
}

# without_refused: in words; nothing where all are there. refused_json: for the record.
without_refused() {
  local n
  n=$(jq length <<<"$REFUSED")
  case $n in 0) ;; 1) printf ', without 1 index that PostgreSQL refused to build' ;; *) printf ', without %s indexes that PostgreSQL refused to build' "$n" ;; esac
}
refused_json() { jq -c 'map({index, table, reason})' <<<"$REFUSED"; }

# keep_indexes: their SQL, once the restored database has its name. Their owner runs it, since it runs code of that owner.
keep_indexes() {
  local command key file=$BACKUP_DIR/indexes_$PROJECT.sql
  [[ $REFUSED != '[]' ]] || return 0
  key=$(random_hex 16)
  printf -v command 'psql -h %q -p %q -U %q -d %q -v ON_ERROR_STOP=1 --single-transaction -f %q' "$DB_HOST" "$DB_PORT" "$OWNER" "$(for_psql "$TARGET")" "$file"
  { printf -- '-- Indexes of %s that PostgreSQL refused to build, as in %s. Once the causes are gone, as the owner of the tables:\n--   %s\n' \
      "$(printable "$TARGET")" "$NAME" "$(printable "$command")"
    [[ $RESTRICTS == no ]] || printf '\\restrict %s\n' "$key"
    printf "SET client_encoding = '%s';\nSET standard_conforming_strings = on;\nSET default_tablespace = '';\n" "$(dump_encoding)"
    cat -- "$WORK/indexes.left"
    [[ $RESTRICTS == no ]] || printf '\\unrestrict %s\n' "$key"
  } >"$file.part"
  mv -T -- "$file.part" "$file"
  head -c 100001 -- "$file" >"$WORK/shown.sql"
  warn "left to you: $file builds these indexes, once the causes are gone: $(printable "$command")"
  SQL_FILES=$(jq -c --arg file "$file" --arg command "$command" --rawfile text "$WORK/shown.sql" '. + [{file: $file, command: $command, text: $text[0:100000], cut: ($text | length > 100000)}]' <<<"$SQL_FILES")
}

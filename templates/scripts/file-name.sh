# The database's name as it stands in names of files, here and on the box: %20 for each byte that a shell, a pattern or a path would read in
# another way. A long one is cut, and ends with its sum, so that no two databases share one. lib/backup-name.ts does the same.
DB_FILE=''
# The same as part of a name of PostgreSQL's: a throwaway database's or login's.
DB_WORD=''

# is_plain TEXT: it means itself wherever it stands.
is_plain() { [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]]; }

# is_name TEXT: whether PostgreSQL can have such a name, in UTF-8 and without control characters.
is_name() { [[ $1 =~ ^.+$ && $1 != *[[:cntrl:]]* ]] && (($(bytes_of "$1") <= 63)); }

bytes_of() { local LC_ALL=C; printf '%s' "${#1}"; }

name_files() {
  local LC_ALL=C out='' start='' char n sum
  for ((n = 0; n < ${#DB_NAME}; n++)); do
    char=${DB_NAME:n:1}
    case $char in
      [A-Za-z0-9_]) ;;
      [.-]) ((n > 0)) || printf -v char '%%%02X' "'$char" ;;
      *)
        printf -v char '%d' "'$char"
        printf -v char '%%%02X' "$((char & 255))"
        ;;
    esac
    ((${#out} + ${#char} > 60)) || start=$out$char
    out+=$char
  done
  DB_FILE=$out
  if ((${#out} > 100)); then
    sum=$(printf '%s' "$DB_NAME" | sha256sum)
    DB_FILE=$start%-${sum:0:24}
  fi
  # A plain name is itself.
  if is_plain "$DB_NAME"; then DB_FILE=$DB_NAME; fi
  DB_WORD=${DB_FILE//'%'/_}
  DB_WORD=${DB_WORD:0:36}
}

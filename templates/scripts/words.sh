now_iso() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# say STAGE TEXT: one line for the terminal or cron, and the same for the log. Whoever owns a database chooses the names in it.
say() {
  local line log
  printf -v line '%(%Y-%m-%d %H:%M:%SZ)T %s [%s] %s' -1 "$SHOWN" "$1" "${2//[[:cntrl:]]/ }"
  if [[ $1 == failed ]]; then printf '%s\n' "$line" >&3 2>/dev/null || :; else printf '%s\n' "$line" 2>/dev/null || :; fi
  printf -v log '%s/backup_%s_%(%Y%m)T.log' "$LOG_DIR" "$PROJECT" -1
  if [[ $RECORDS == yes ]]; then printf '%s\n' "$line" 2>/dev/null >>"$log" || :; fi
}

stage() { STAGE=$1; say "$1" "$2"; }

warn() { WARNINGS+=("$1"); say "$STAGE" "warning: $1"; }

die() { ERROR=$1; exit 1; }

# for_psql DATABASE: its name as psql's -d takes it, which reads one with = in it, or one that begins as a URI does, as settings of a connection.
for_psql() {
  local name=$1
  if [[ $name == *=* || $name == postgres*://* ]]; then name=${name//\\/\\\\}; name="dbname='${name//"'"/"\\'"}'"; fi
  printf '%s' "$name"
}

# reason first|last FILE: the line of a tool's stderr that says most, fit for one line of ours: the first or last error of PostgreSQL's where
# there is one, which may stand behind warnings or before what explains it; of other tools the first or last line. ssh and sftp say it last.
reason() {
  local line found='' weak='' error='' table='' end='head'
  local server='^pg_[a-z]+: (error|detail): Error message from server: *(.*)$' postgres='^(psql:[^ ]*: )?(ERROR|FATAL|PANIC): |^[a-z_]+: (error|fatal): '
  local aside='^(psql:[^ ]*: )?(WARNING|NOTICE|INFO|LOG|DEBUG|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION|LINE [0-9]+): '
  [[ $1 == first ]] || end='tail'
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line:0:2000} line=${line%$'\r'}
    # PostgreSQL answers in the database's encoding; no dot stands for bytes that are no letter.
    [[ $line =~ ^.*$ ]] || line=$(printf '%s' "$line" | LC_ALL=C tr -c ' -~' '?')
    line=${line//[[:cntrl:]]/ }
    # Of a table that it can't read, pg_dump itself only says which; why, that says the server.
    if [[ $line =~ ^(pg_dump: error: Dumping the contents of table .* failed): ]]; then table=${BASH_REMATCH[1]}
    elif [[ $line =~ $server ]]; then error="${table:+$table: }${BASH_REMATCH[2]}" table=''
    elif [[ $line =~ $postgres ]]; then error=$line
    fi
    [[ -z $error || $1 == last ]] || break
    case $line in '' | 'sftp> '* | 'Connection closed'* | 'Control socket'*) continue ;; esac
    if [[ $line =~ $aside ]]; then : "${weak:=$line}"; elif [[ -z $found || $1 == last ]]; then found=$line; fi
  done < <("$end" -c 262144 -- "$2" 2>/dev/null)
  : "${error:=${found:-${weak:-no reason given}}}"
  printf '%s' "${error:0:600}"
}

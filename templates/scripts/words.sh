now_iso() { printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# say STAGE TEXT: one line for the terminal or cron, and the same for the log.
say() {
  local line log
  printf -v line '%(%Y-%m-%d %H:%M:%SZ)T %s [%s] %s' -1 "$SHOWN" "$1" "$2"
  if [[ $1 == failed ]]; then printf '%s\n' "$line" >&3 || :; else printf '%s\n' "$line" 2>/dev/null || :; fi
  printf -v log '%s/backup_%s_%(%Y%m)T.log' "$LOG_DIR" "$PROJECT" -1
  if [[ $RECORDS == yes ]]; then printf '%s\n' "$line" 2>/dev/null >>"$log" || :; fi
}

stage() { STAGE=$1; say "$1" "$2"; }

warn() { WARNINGS+=("$1"); say "$STAGE" "warning: $1"; }

die() { ERROR=$1; exit 1; }

# reason first|last FILE: the line of a tool's stderr that says most, fit for one line of ours. PostgreSQL's programs say it
# first and then explain; ssh and sftp say it last.
reason() {
  local line found=''
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    line=${line//[[:cntrl:]]/ }
    case $line in '' | 'sftp> '* | 'Connection closed'* | 'Control socket'*) continue ;; esac
    found=$line
    [[ $1 == last ]] || break
  done <"$2"
  printf '%s' "${found:-no reason given}"
}

# start NAME IN OUT COMMAND…: one program of a pipe in the background; finish_all waits for each and knows its exit status, since a
# dump that was killed half way still makes a valid gzip file. Programs are joined by named pipes, which only they open.
declare -a STARTED=()
declare -A PID=()
# A function that prints what else there is to say of a failure.
EXPLAIN='' FAILED=''
start() {
  "${@:4}" <"$2" >"$3" 2>"$WORK/$1.err" 5<&- 6>&- 7>&- 8>&- &
  PID[$1]=$!
  STARTED+=("$1")
}

finish_all() { wait_all || die "$FAILED${EXPLAIN:+$("$EXPLAIN")}"; }

# Each is waited for; FAILED says which ones failed.
wait_all() {
  local tool code feeding=''
  FAILED=''
  for tool in "${STARTED[@]}"; do
    code=0
    wait "${PID[$tool]}" || code=$?
    # SIGPIPE: it fed one that failed, which says why.
    if ((code == 141)); then feeding+="${feeding:+; }$tool ended with 141"; continue; fi
    ((code == 0)) || FAILED+="${FAILED:+; }$tool ended with $code: $(reason first "$WORK/$tool.err")"
  done
  : "${FAILED:=$feeding}"
  STARTED=()
  [[ ! -s $WORK/short ]] || die "$(<"$WORK/short")"
  [[ -z $FAILED ]]
}

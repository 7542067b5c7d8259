# The same result from cron, from a terminal and under env -i.
clean_environment() {
  local name
  while IFS= read -r name; do unset -v "$name" 2>/dev/null || :; done < <(compgen -e)
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TZ=UTC HOME=/
  umask 077
  cd /
  exec </dev/null
}

# Runs a command and waits for it. A function given to it must end in exec, so that a signal reaches the program itself.
# No child holds the locks (7, 8): one that outlives this script must not block the next run.
await() {
  "$@" <&0 3>&- 5<&- 6>&- 7>&- 8>&- &
  wait "$!"
}

# exec, but the kernel ends the program when this script dies, even by SIGKILL.
exec_tied() { exec setpriv --pdeathsig KILL -- "$@"; }

stop_children() {
  local -a pids
  mapfile -t pids < <(jobs -p)
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || :
}

# ending CODE: nothing interrupts what is done at the end, and no child outlives it.
ending() {
  trap '' TERM INT HUP
  trap - ERR EXIT
  set +e
  stop_children
  (($1 == 0)) || : "${ERROR:=ended with exit code $1}"
}

# Bash runs no trap while a program is in the foreground, so each is waited for; each trap says why it ends.
set_traps() {
  # A signal may come while a program's stderr is caught in a file: the last line goes to the script's own.
  exec 3>&2 || exec 3>/dev/null
  trap finish EXIT
  trap ': "${ERROR:=unexpected error in line $LINENO: $BASH_COMMAND}"' ERR
  trap 'ERROR="stopped by SIGTERM"; exit 143' TERM
  trap 'ERROR="stopped by SIGINT"; exit 130' INT
  trap 'ERROR="stopped by SIGHUP"; exit 129' HUP
  trap : PIPE
}

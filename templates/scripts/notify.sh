# Who hears of a run: a ping, a webhook, mail, node_exporter, syslog, each where the config names it. None of them alters the result:
# all are sent at once by a process of their own, each has its time, and what could not be told is a warning. Of one run a receiver
# that never answers takes 4 s at the start and 5 s at the end, and 5 s more for an alarm; mail, only sent of failures and alarms, 15.
readonly TELL_START=4 TELL_END=5 TELL_MAIL=15
TOLD_SINCE=0

check_notify_config() {
  local key url="^(https?://[A-Za-z0-9[][]A-Za-z0-9._~:/?@!\$&'()*+,;=%[-]*)?\$" word="[^@[:space:]'\"\\\\,;<>]"
  for key in PING_URL WEBHOOK_URL; do must "$key" "$url" 'a URL that begins with https:// or http://, without spaces and #'; done
  must MAIL_TO "^(${word%]}-]$word*@$word+)?\$" 'one address for mail'
}

# tell start|success|fail [KIND]: KIND says what ran, where that was no backup.
tell() {
  local error=''
  [[ $1 != fail ]] || error=$ERROR
  [[ $1 != start ]] || TOLD_SINCE=$SECONDS
  notify "$1" "${2:-${KIND:-$MODE}}" "$STAGE" "$error"
}

# alarm STAGE TEXT: something needs a person, though the run goes on. A restore says what it is in KIND.
alarm() { notify alarm "${KIND:-$MODE}" "$1" "$2"; }

# The child shell may fail as it likes. It says one line for each that could not be told.
notify() {
  local line
  [[ -n $PING_URL$WEBHOOK_URL$MAIL_TO$PROMETHEUS_DIR || $SYSLOG == yes ]] || return 0
  while IFS= read -r line; do
    WARNINGS+=("$line")
    say notify "warning: $line"
  done < <(set +eu; trap - ERR; exec 2>/dev/null 5<&- 6>&- 7>&- 8>&-; send_news "$@")
}

# send_news EVENT KIND STAGE ERROR
send_news() {
  local event=$1 kind=$2 stage=$3 error host safe message next report limit=$TELL_END
  [[ $kind != run ]] || kind=backup
  [[ $event != start ]] || limit=$TELL_START
  error=$(plain "$4")
  host=$(</proc/sys/kernel/hostname)
  host=${host//[^A-Za-z0-9._-]/}
  safe=$(find_safe)
  message=$(summary)
  next=$(next_step)
  report=$(write_report)
  [[ -z $PING_URL ]] || send_ping &
  [[ -z $WEBHOOK_URL ]] || send_webhook &
  [[ -z $MAIL_TO || $event != @(fail|alarm) ]] || send_mail &
  [[ $SYSLOG != yes ]] || send_syslog &
  [[ -z $PROMETHEUS_DIR || $event == start || $event:$kind == alarm:backup ]] || write_metrics &
  wait
}

# A success of anything but a backup must not look like one to whoever counts them. An alarm pings a failure, and the end of the same
# run its success: so it is noticed.
send_ping() {
  local base=${PING_URL%%\?*} query=''
  [[ $PING_URL != *\?* ]] || query="?${PING_URL#*\?}"
  case $event:$kind in
    start:backup) send_http ping "${base%/}/start$query" ;;
    success:backup) send_http ping "$PING_URL" ;;
    fail:* | alarm:*) send_http ping "${base%/}/fail$query" 'text/plain; charset=utf-8' "$report" ;;
  esac
}

send_webhook() {
  local newest=$safe
  [[ $newest != null ]] || newest=$NEWEST
  send_http webhook "$WEBHOOK_URL" application/json "$(object project "$PROJECT" host "$host" event "$event" run "$kind" stage "$stage" '?error' "$error" \
    :newest "$newest" message "$message" '?next' "$next")"
}

# curl_string TEXT: as curl's config wants it.
curl_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//$'\n'/\\n}"
}

# send_http NAME URL [TYPE BODY]: the URL is a secret, so it goes to curl by its stdin, and nothing that curl says is shown. The answer
# goes through a pipe, since before another try curl cuts a file named by --output, and fails where that is /dev/null.
send_http() {
  local status code=0
  if ! command -v curl >/dev/null; then printf '%s\n' "$1 not sent: curl is not installed; this gets it: apt-get install curl"; return; fi
  status=$({
    printf 'url = %s\n' "$(curl_string "$2")"
    [[ -z ${3:-} ]] || printf 'header = "Content-Type: %s"\ndata-raw = %s\n' "$3" "$(curl_string "$4")"
  } | timeout -s KILL "$limit" curl --disable --silent --globoff --proto '=http,https' --user-agent "bitacora/$VERSION" --max-time "$((limit - 1))" \
    --retry 2 --retry-delay 1 --retry-connrefused --retry-max-time "$((limit - 2))" --write-out '%{http_code}' --config - | tail -c 3) || code=$?
  case $code:$status in
    0:2??) ;;
    0:*) printf '%s not taken: the answer was %s\n' "$1" "$status" ;;
    6:*) printf '%s not sent: there is no host of that name\n' "$1" ;;
    7:*) printf '%s not sent: nobody listens there\n' "$1" ;;
    28:* | 137:*) printf '%s not taken: no answer within %s s\n' "$1" "$limit" ;;
    35:* | 60:*) printf '%s not sent: no TLS with whoever answers there, or another certificate\n' "$1" ;;
    *) printf '%s not sent: curl ended with %s\n' "$1" "$code" ;;
  esac
}

# No word of an error stands in a header, and the address not among the arguments.
send_mail() {
  local code=0
  if ! command -v sendmail >/dev/null; then printf '%s\n' 'mail not sent: there is no sendmail; a mail server brings it, or: apt-get install msmtp-mta'; return; fi
  {
    printf 'To: %s\nSubject: [%s] %s on %s: %s in %s\n' "$MAIL_TO" "$PROJECT" "$kind" "$host" "${event/fail/failed}" "$stage"
    printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated\n\n%s\n' "$report"
  } | timeout -s KILL "$TELL_MAIL" sendmail -t -i >/dev/null || code=$?
  case $code in
    0) ;;
    137) printf 'mail not sent: sendmail did not end within %s s\n' "$TELL_MAIL" ;;
    *) printf 'mail not sent: sendmail ended with %s\n' "$code" ;;
  esac
}

# logger ends with 0 also where a line could not be sent, but says so.
send_syslog() {
  local level=info said code=0
  case $event in fail) level=err ;; alarm) level=warning ;; esac
  said=$(printf '%s\n' "$message" | timeout -s KILL "$limit" logger --socket-errors=on --tag "postgres-backup[$$]" --priority "daemon.$level" 2>&1) || code=$?
  if ((code == 137)); then
    printf 'line to syslog not written: logger did not end within %s s\n' "$limit"
  elif ((code != 0)) || [[ -n $said ]]; then
    printf 'line to syslog not written: %s\n' "$(plain "$said")"
  fi
}

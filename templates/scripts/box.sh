# The first box's settings are STORAGEBOX_…, those of the second to fourth STORAGEBOX2_… and so on. BOXES has the numbers in use;
# BOXES_STATE tells for the status file how the newest backup fared on each.
BOXES=(1) BOX=1 BOXES_STATE='[]' COLLECT=no
# What a session with the box may write into one file here, in KiB: a server that sends without end must not fill the disk. So many lines
# of a listing are read.
readonly LISTING_KIB=65536
readonly LISTING_LINES=200000
BOX_LIMIT_KIB=$LISTING_KIB
# How long the box may take to answer: this, and for what is moved or hashed so much more as a slow line needs. An SFTP server that stands
# still while its sshd answers would else hold a run for ever. A listing asks for each name by itself.
readonly BOX_SECONDS=300 BOX_LIST_SECONDS=900 BOX_RATE=102400
BOX_WITHIN=$BOX_SECONDS
readonly -a BOX_KEYS=(HOST PORT USER PASSWORD IDENTITY KNOWN_HOSTS REMOTE_DIR)
declare -A BOX_SETTINGS=()

# use_box N: STORAGEBOX_… are those of the N-th box from here on.
use_box() {
  local key
  box_close
  BOX=$1
  for key in "${BOX_KEYS[@]}"; do printf -v "STORAGEBOX_$key" '%s' "${BOX_SETTINGS[$1 $key]}"; done
  box_prepare
}

box_label() {
  if ((${#BOXES[@]} > 1)); then printf 'box %s, ' "$BOX"; fi
  printf '%s@%s' "$STORAGEBOX_USER" "$STORAGEBOX_HOST"
}

# sftp would take an IPv6 address for a host and a path, without brackets; ssh wants none.
box_sftp() {
  if [[ $STORAGEBOX_HOST == *:* ]]; then printf '%s@[%s]' "$STORAGEBOX_USER" "$STORAGEBOX_HOST"; else printf '%s@%s' "$STORAGEBOX_USER" "$STORAGEBOX_HOST"; fi
}

# One login a run, which costs seconds on a real box; what follows shares it. Where it cannot be shared, each logs in itself.
box_prepare() {
  BOX_OPTIONS=(-F /dev/null -oBatchMode=no -oPort="$STORAGEBOX_PORT" -oStrictHostKeyChecking=yes
    -oUserKnownHostsFile="$STORAGEBOX_KNOWN_HOSTS" -oGlobalKnownHostsFile=/dev/null -oUpdateHostKeys=no -oLogLevel=ERROR
    -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4 -oNumberOfPasswordPrompts=1
    -oIdentitiesOnly=yes -oIdentityAgent=none -oForwardAgent=no -oControlPath="$WORK/box")
  BOX_LOGIN=()
  BOX_SFTP=$(box_sftp)
  if [[ -n $STORAGEBOX_IDENTITY ]]; then BOX_OPTIONS+=(-oIdentityFile="$STORAGEBOX_IDENTITY"); else BOX_OPTIONS+=(-oPubkeyAuthentication=no); fi
  if [[ -n $STORAGEBOX_PASSWORD ]]; then BOX_LOGIN+=(sshpass -d3); else BOX_OPTIONS+=(-oPasswordAuthentication=no -oKbdInteractiveAuthentication=no); fi
}

# The password goes through a pipe: neither argv, nor the environment, nor a file has it. timeout passes signals on; tied to this script
# itself, it has the program tied to it, so that neither outlives a kill. In the foreground it leaves the program its terminal.
box_exec() {
  local -a tied=(setpriv --pdeathsig KILL --)
  ulimit -f "$BOX_LIMIT_KIB"
  exec "${tied[@]}" timeout --foreground --kill-after=10 "$BOX_WITHIN" "${tied[@]}" ${BOX_LOGIN[@]+"${BOX_LOGIN[@]}"} "$@" \
    3< <(printf '%s\n' "$STORAGEBOX_PASSWORD")
}

# box_within SECONDS COMMAND…: runs one of these with so much more time than the least.
box_within() {
  local code=0
  BOX_WITHIN=$((BOX_SECONDS + $1))
  "${@:2}" || code=$?
  BOX_WITHIN=$BOX_SECONDS
  return "$code"
}

# box_move BYTES COMMAND…: like box_batch, where so much is moved.
box_move() { box_within "$(($1 / BOX_RATE))" box_batch "${@:2}"; }

# box_get BYTES COMMAND…: the same for files that are no larger than that.
box_get() {
  local code=0
  BOX_LIMIT_KIB=$(($1 / 1024 + 1024))
  ((BOX_LIMIT_KIB >= LISTING_KIB)) || BOX_LIMIT_KIB=$LISTING_KIB
  box_move "$@" || code=$?
  BOX_LIMIT_KIB=$LISTING_KIB
  return "$code"
}

# box_names COMMAND…: the same for listings; more lines than that are not read.
box_names() {
  local lines
  box_within "$BOX_LIST_SECONDS" box_batch "$@" || return
  lines=$(wc -l <"$WORK/box.out")
  ((lines > LISTING_LINES)) || return 0
  BOX_ERROR="$STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT: the box lists $lines names, more than the $LISTING_LINES that are read"
  return 2
}

# fail_permanently TEXT: what no other try can mend ends the run; where COLLECT is yes, since other boxes are yet to be tried, it is told by
# the status 4 and BOX_ERROR.
fail_permanently() {
  [[ $COLLECT == yes ]] || die "$1"
  BOX_ERROR=$1
  return 4
}

# box_open: 0 logged in; 1 not reached, worth another try; 4 see fail_permanently.
box_open() {
  box_close
  # When sshpass ends, its terminal hangs up, maybe before the ssh that goes on in the background has left it.
  await box_exec nohup ssh "${BOX_OPTIONS[@]}" -oControlMaster=yes -oControlPersist=60 -f -N "$STORAGEBOX_USER@$STORAGEBOX_HOST" \
    >/dev/null 2>"$WORK/box.err" || { box_failed "$?" || return; return 1; }
}

box_close() {
  if [[ -n $WORK && -S $WORK/box ]]; then ssh -F /dev/null -S "$WORK/box" -O exit box >/dev/null 2>&1 || :; fi
}

# unanswered CODE: whether timeout ended the program, by SIGKILL where it had to.
unanswered() { (($1 == 124 || $1 == 137)); }

# box_reason CODE: why the program failed, in its own words.
box_reason() {
  local why
  why=$(reason last "$WORK/box.err")
  if unanswered "$1"; then why="no answer from the box within $BOX_WITHIN s"; fi
  [[ $1 != 255 || $why != 'no reason given' ]] || why='the connection was cut'
  printf '%s' "$why"
}

# sshpass's own codes (5 wrong password, 6 unknown key, 7 changed key) come seldom: ssh most often sees it first and says 255.
box_failed() {
  local text where="$STORAGEBOX_USER@$STORAGEBOX_HOST port $STORAGEBOX_PORT"
  text=$(<"$WORK/box.err")
  case $1:$text in
    7:* | *'IDENTIFICATION HAS CHANGED'*) fail_permanently "changed host key: $where shows another key than $STORAGEBOX_KNOWN_HOSTS has; nothing was sent" || return ;;
    6:* | *'host key is known for'* | *'Host key verification failed'*) fail_permanently "unknown host key: $STORAGEBOX_KNOWN_HOSTS has none for $where; nothing was sent" || return ;;
    5:* | 255:*'Permission denied'* | 255:*'Too many authentication failures'*) fail_permanently "wrong password or refused key: $where does not let us in" || return ;;
  esac
  BOX_ERROR="$where: $(box_reason "$1")"
}

# box_batch COMMAND…: sftp commands in one session, output in $WORK/box.out. It stops at the first that fails, but for those that
# begin with a dash. 1: not reached, worth another try. 2: reached, and it refused. 4: see fail_permanently. -oBatchMode=no stands before -b, which
# would turn password prompts off.
box_batch() {
  local code=0
  printf '%s\n' "$@" >"$WORK/batch"
  await box_exec sftp "${BOX_OPTIONS[@]}" -b "$WORK/batch" "$BOX_SFTP" >"$WORK/box.out" 2>"$WORK/box.err" || code=$?
  ((code != 0)) || return 0
  box_failed "$code" || return
  if ((code == 255)) || unanswered "$code" || grep -Eqi 'connection (closed|reset|lost)|broken pipe|timed out' "$WORK/box.err"; then return 1; fi
  return 2
}

# box_sha256 PATH SCRATCH BYTES: sets BOX_SHA256 and BOX_WAY. Hashed there where the box has a shell, else downloaded and hashed here.
box_sha256() {
  local code=0
  BOX_SHA256='' BOX_WAY='by its own sha256sum'
  BOX_WITHIN=$((BOX_SECONDS + $3 / BOX_RATE))
  await box_exec ssh "${BOX_OPTIONS[@]}" "$STORAGEBOX_USER@$STORAGEBOX_HOST" "sha256sum $1" >"$WORK/box.out" 2>"$WORK/box.err" || code=$?
  if unanswered "$code"; then box_failed "$code" || :; fi
  BOX_WITHIN=$BOX_SECONDS
  ! unanswered "$code" || return 1
  read -r BOX_SHA256 _ <"$WORK/box.out" || :
  if ((code == 0)) && [[ $BOX_SHA256 =~ ^[0-9a-f]{64}$ ]]; then
    rm -f -- "$BACKUP_DIR/.no_shell_$PROJECT"
    return 0
  fi
  # shellcheck disable=SC2034  # only an upload tells it
  BOX_WAY='downloaded, since the box has no shell'
  SCRATCH=$2
  (($(free_bytes "${SCRATCH%/*}") >= $3 + RESERVE_MIB * 1048576)) ||
    fail_permanently "the box has no shell, so its copy must be downloaded to be compared, and there is too little free disk in ${SCRATCH%/*} for that: $(mib "$3") needed and $RESERVE_MIB MiB in reserve" || return
  box_get "$3" "get $1 $SCRATCH" || return
  [[ $RECORDS == no ]] || : >"$BACKUP_DIR/.no_shell_$PROJECT"
  await sha256sum <"$SCRATCH" >"$WORK/box.out" || die "cannot read $SCRATCH"
  rm -f -- "$SCRATCH"
  read -r BOX_SHA256 _ <"$WORK/box.out"
}

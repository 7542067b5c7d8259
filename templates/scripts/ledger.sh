# The ledger: what this machine's own runs made, brought to the box and restored, one JSON object a line, only ever appended to. Names and
# checksums on the box are somebody else's word; what stands here is ours.
LEDGER='' SEEDED=no
# PRUNED: by this machine; ACCEPTED_GONE: by --acknowledge. Both, as UPLOADED, by "NAME BOX".
declare -A MADE=() MADE_FILES=() UPLOADED=() PRUNED=() ACCEPTED_GONE=() PROVEN=() ASIDE=() ADOPTED=()

# shellcheck disable=SC2016  # jq's variables
readonly LEDGER_JQ='
  def name: select(type == "string" and test("^backup_[A-Za-z0-9_.%-]+_[0-9]{8}_[0-9]{6}\\.(sql\\.gz|sql\\.zst|dir\\.tar)(\\.age)?$"));
  def sha: select(type == "string" and test("^[0-9a-f]{64}$"));
  def count: [numbers | tostring | select(test("^(0|[1-9][0-9]{0,14})$"))][0] // "-";
  def suffix: select(test("^(\\.globals\\.sql(\\.age)?|\\.sha256|\\.manifest\\.json(\\.sig)?)?$"));
  fromjson? | objects
  | if .entry == "seeded" then "seeded - -" else . end | if type == "string" then . else
  (.name | name) as $name
  | if .entry == "made" then
      (.files[""].sha256 | sha) as $sha | "made \($name) \($sha)",
      (if .adopted == true then empty else "weight \($name) \(.files[""].bytes | count) \(.tables | count) \(.rows | count)" end), (if .adopted == true then "adopted \($name) -" else empty end),
      (.files | to_entries[] | (.key | suffix) as $suffix | (.value.sha256 | sha) as $sha | "file \($name)\($suffix) \($sha)")
    elif .entry == "uploaded" or .entry == "pruned" or .entry == "gone" then
      (.box | strings | select(test("^[^ \t\r\n]+$"))) as $box | "\(.entry) \($name) \($box)"
    elif .entry == "proof" then "proof \($name) -"
    elif .entry == "aside" then "aside \($name) -"
    elif .entry == "acknowledged" then "acknowledged \($name) -"
    else empty end end'

ledger_file() { LEDGER=$BACKUP_DIR/ledger_$PROJECT.jsonl; }

# load_ledger: what it says, in MADE and the other arrays. A line that a power cut left half written says nothing.
load_ledger() {
  local kind name value
  ledger_file
  MADE=() MADE_FILES=() UPLOADED=() PRUNED=() ACCEPTED_GONE=() PROVEN=() ASIDE=() ADOPTED=() WEIGHTS=() VOUCHED=() SEEDED=no
  [[ -e $LEDGER ]] || return 0
  [[ -f $LEDGER && ! -L $LEDGER && $(stat -c %u -- "$LEDGER") == 0 ]] || die "$LEDGER is not a file of root's"
  while read -r kind name value; do
    case $kind in
      made) MADE[$name]=$value ;;
      file) MADE_FILES[$name]=$value ;;
      uploaded) UPLOADED["$name $value"]=yes ;;
      pruned) PRUNED["$name $value"]=yes ;;
      gone) ACCEPTED_GONE["$name $value"]=yes ;;
      proof) PROVEN[$name]=yes ;;
      aside) ASIDE[$name]=yes ;;
      weight) WEIGHTS[$name]=$value ;;
      acknowledged) VOUCHED[$name]=yes ;;
      adopted) ADOPTED[$name]=yes ;;
      seeded) SEEDED=yes ;;
    esac
  done < <(jq -rR "$LEDGER_JQ" "$LEDGER")
  find_suspects
}

# ledger_append LINE: one compact object becomes its last line, on the disk when this returns.
ledger_append() {
  [[ $1 == '{'*'}' ]] || die "nothing to write into $LEDGER"
  exec 9<>"$RUN_DIR/$PROJECT.ledger.lock"
  flock -w 10 9 || die "$LEDGER is being written by another run"
  # After a power cut its last line may be half a one.
  if [[ -s $LEDGER && $(tail -c 1 -- "$LEDGER" | od -An -tx1) != ' 0a' ]]; then printf '\n' >>"$LEDGER" || die "cannot write $LEDGER"; fi
  printf '%s\n' "$1" >>"$LEDGER" || die "cannot write $LEDGER"
  sync -- "$LEDGER" || die "cannot write $LEDGER to the disk"
  exec 9>&-
}

# ledger_made NAME ADOPTED FILE…: the backup NAME consists of these files here.
ledger_made() {
  local name=$1 adopted=$2 path files='' sum manifest=/dev/null counts entry
  shift 2
  for path in "$@"; do
    sum=$(sha256sum <"$path") || die "cannot read $path"
    files+="${sum%% *} $(stat -c %s -- "$path") ${path##*/"$name"}"$'\n'
    MADE_FILES[$name${path##*/"$name"}]=${sum%% *}
  done
  MADE[$name]=${MADE_FILES[$name]}
  [[ $adopted == true || ! -f $BACKUP_DIR/$name.manifest.json ]] || manifest=$BACKUP_DIR/$name.manifest.json
  { read -r counts; read -r entry; } < <(jq -rn --arg name "$name" --arg at "${FINISHED_AT:-$(now_iso)}" --arg files "$files" --argjson adopted "$adopted" \
    --slurpfile manifest "$manifest" '($manifest[0] | if . == null then {} else '"$COUNTS_JQ"' end) as $counts
    | "\($counts.tables // "-") \($counts.rows // "-")", ({entry: "made", name: $name, finishedAt: $at, adopted: $adopted,
      files: ([$files | split("\n")[] | select(. != "") | split(" ") | {(.[2]): {bytes: (.[1] | tonumber), sha256: .[0]}}] | add)} + $counts | tojson)') || :
  [[ $manifest == /dev/null ]] || WEIGHTS[$name]="$(stat -c %s -- "$BACKUP_DIR/$name" 2>/dev/null || printf -) $counts"
  ledger_append "$entry"
}

# ledger_note KIND NAME [KEY VALUE]: one of the shorter entries.
ledger_note() {
  ledger_append "$(object entry "$1" name "$2" at "$(now_iso)" "${@:3}")"
  case $1 in
    uploaded) UPLOADED["$2 $4"]=yes ;;
    proof) PROVEN[$2]=yes ;;
    aside) ASIDE[$2]=yes ;;
    acknowledged) VOUCHED[$2]=yes ;;
  esac
}

# ledger_note_here pruned|gone NAME…: of the present box, all in one go.
ledger_note_here() {
  local name box
  box=$(box_name)
  ledger_append "$(printf '%s\n' "${@:2}" | jq -Rc --arg entry "$1" --arg at "$(now_iso)" --arg box "$box" '{entry: $entry, name: ., at: $at, box: $box}')"
  for name in "${@:2}"; do if [[ $1 == pruned ]]; then PRUNED["$name $box"]=yes; else ACCEPTED_GONE["$name $box"]=yes; fi; done
}

# box_name: how the ledger names the present box and folder.
box_name() { printf '%s@%s:%s%s' "$STORAGEBOX_USER" "$STORAGEBOX_HOST" "$STORAGEBOX_PORT" "$STORAGEBOX_REMOTE_DIR"; }

# is_mine NAME: whatever its form, since names come from the box as well.
is_mine() { [[ $1 =~ ^backup_[A-Za-z0-9_.%-]+$ && -n ${MADE[$1]:-} ]]; }

# newest_uploaded [EXCEPT]: of all that reached a box and is not dated in the future, the newest, as a stamp; nothing where there is none.
newest_uploaded() {
  local key name newest='' limit
  limit=$(date -u -d '+1 day' +%Y%m%d%H%M%S)
  for key in "${!UPLOADED[@]}"; do
    name=${key%% *}
    [[ $name != "${1:-}" && $name == backup_"$DB_FILE"_* ]] || continue
    to_stamp "$name"
    if ((10#$STAMP <= 10#$limit)) && [[ -z $newest || $STAMP > $newest ]]; then newest=$STAMP; fi
  done
  printf '%s' "$newest"
}

# find_expected AT: sets EXPECTED to the newest backup that the ledger says was uploaded to the present box and that should lie there: not
# dated in the future, and not later than the stamp AT where there is one. Earlier versions did not write down what they pruned, but never
# one of the newest three: EXPECTED_BY says sure. Nor does it take one that is younger than the days for the box, where no fewer were asked for once: likely.
EXPECTED='' EXPECTED_BY=none
# shellcheck disable=SC2034  # only a restore tells sure from likely
find_expected() {
  local key name box limit oldest stamp newest='' best='' newer=0
  local -A stamps=()
  EXPECTED='' EXPECTED_BY=none
  box=$(box_name)
  limit=$(too_new)
  for key in "${!UPLOADED[@]}"; do
    name=${key%% *}
    [[ ${key#* } == "$box" && -z ${PRUNED[$key]:-}${ACCEPTED_GONE[$key]:-} && $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION$ ]] || continue
    is_mine "$name" && [[ -z ${ASIDE[$name]:-}${ADOPTED[$name]:-}${SUSPECT[$name]:-} ]] || continue
    to_stamp "$name"
    ((10#$STAMP <= 10#$limit)) || continue
    stamps[$STAMP]=yes
    [[ ! $STAMP > $newest ]] || newest=$STAMP
    if [[ $STAMP > $best ]] && { [[ -z $1 ]] || ((10#$STAMP <= 10#$1)); }; then best=$STAMP EXPECTED=$name; fi
  done
  [[ -n $EXPECTED ]] || return 0
  for stamp in "${!stamps[@]}"; do [[ ! $stamp > $best ]] || newer=$((newer + 1)); done
  if ((newer < KEEP)); then EXPECTED_BY=sure; return; fi
  oldest=$(date -u -d "$(date_of "$newest") UTC $REMOTE_RETENTION_DAYS days ago" +%Y%m%d%H%M%S)
  if ((10#$best >= 10#$oldest)); then EXPECTED_BY=likely; else EXPECTED=''; fi
}

# find_missing AT: sets MISSING to words where what find_expected finds is not on the box, whose files box_list has listed.
MISSING=''
# shellcheck disable=SC2034  # only a restore asks
find_missing() {
  local path where='not on the box'
  MISSING=''
  find_expected "$1"
  [[ -n $EXPECTED ]] || return 0
  path=$STORAGEBOX_REMOTE_DIR/$(day_of "$EXPECTED")/$EXPECTED
  if [[ -n ${FILES[$path]:-} ]]; then
    ! has_all "$path" || return 0
    where='not complete on the box'
  fi
  MISSING="the newest backup ${1:+not later than $(date_of "$1") }that this host uploaded, $EXPECTED, is $where"
}

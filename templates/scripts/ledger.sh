# The ledger: what this machine's own runs made, brought to the box and restored, one JSON object a line, only ever appended to. Names and
# checksums on the box are somebody else's word; what stands here is ours.
LEDGER='' SEEDED=no
declare -A MADE=() MADE_FILES=() UPLOADED=() PROVEN=() ASIDE=() ADOPTED=()

# shellcheck disable=SC2016  # jq's variables
readonly LEDGER_JQ='
  def name: select(type == "string" and test("^backup_[A-Za-z0-9_.-]+_[0-9]{8}_[0-9]{6}\\.(sql\\.gz|sql\\.zst|dir\\.tar)(\\.age)?$"));
  def sha: select(type == "string" and test("^[0-9a-f]{64}$"));
  def suffix: select(test("^(\\.globals\\.sql(\\.age)?|\\.sha256|\\.manifest\\.json(\\.sig)?)?$"));
  fromjson? | objects
  | if .entry == "seeded" then "seeded - -" else . end | if type == "string" then . else
  (.name | name) as $name
  | if .entry == "made" then
      (.files[""].sha256 | sha) as $sha | "made \($name) \($sha)", (if .adopted == true then "adopted \($name) -" else empty end),
      (.files | to_entries[] | (.key | suffix) as $suffix | (.value.sha256 | sha) as $sha | "file \($name)\($suffix) \($sha)")
    elif .entry == "uploaded" then (.box | strings | select(test("^[^ \t\r\n]+$"))) as $box | "uploaded \($name) \($box)"
    elif .entry == "proof" then "proof \($name) -"
    elif .entry == "aside" then "aside \($name) -"
    else empty end end'

ledger_file() { LEDGER=$BACKUP_DIR/ledger_$PROJECT.jsonl; }

# load_ledger: what it says, in MADE and the other arrays. A line that a power cut left half written says nothing.
load_ledger() {
  local kind name value
  ledger_file
  MADE=() MADE_FILES=() UPLOADED=() PROVEN=() ASIDE=() ADOPTED=() SEEDED=no
  [[ -e $LEDGER ]] || return 0
  [[ -f $LEDGER && ! -L $LEDGER && $(stat -c %u -- "$LEDGER") == 0 ]] || die "$LEDGER is not a file of root's"
  while read -r kind name value; do
    case $kind in
      made) MADE[$name]=$value ;;
      file) MADE_FILES[$name]=$value ;;
      uploaded) UPLOADED["$name $value"]=yes ;;
      proof) PROVEN[$name]=yes ;;
      aside) ASIDE[$name]=yes ;;
      adopted) ADOPTED[$name]=yes ;;
      seeded) SEEDED=yes ;;
    esac
  done < <(jq -rR "$LEDGER_JQ" "$LEDGER")
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
  local name=$1 adopted=$2 path files='' sum
  shift 2
  for path in "$@"; do
    sum=$(sha256sum <"$path") || die "cannot read $path"
    files+="${sum%% *} $(stat -c %s -- "$path") ${path##*/"$name"}"$'\n'
    MADE_FILES[$name${path##*/"$name"}]=${sum%% *}
  done
  MADE[$name]=${MADE_FILES[$name]}
  ledger_append "$(json '{entry: "made", name: $name, finishedAt: $at, adopted: $adopted,
    files: ([$files | split("\n")[] | select(. != "") | split(" ") | {(.[2]): {bytes: (.[1] | tonumber), sha256: .[0]}}] | add)}' \
    --arg name "$name" --arg at "${FINISHED_AT:-$(now_iso)}" --arg files "$files" --argjson adopted "$adopted")"
}

# ledger_note KIND NAME [KEY VALUE]: one of the shorter entries.
ledger_note() {
  ledger_append "$(json '{entry: $entry, name: $name, at: $at} + (if $key == "" then {} else {($key): $value} end)' \
    --arg entry "$1" --arg name "$2" --arg at "$(now_iso)" --arg key "${3:-}" --arg value "${4:-}")"
  case $1 in
    uploaded) UPLOADED["$2 $4"]=yes ;;
    proof) PROVEN[$2]=yes ;;
    aside) ASIDE[$2]=yes ;;
  esac
}

# box_name: how the ledger names the present box and folder.
box_name() { printf '%s@%s:%s%s' "$STORAGEBOX_USER" "$STORAGEBOX_HOST" "$STORAGEBOX_PORT" "$STORAGEBOX_REMOTE_DIR"; }

# is_mine NAME: whatever its form, since names come from the box as well.
is_mine() { [[ $1 =~ ^backup_[A-Za-z0-9_.-]+$ && -n ${MADE[$1]:-} ]]; }

# newest_uploaded [EXCEPT]: of all that reached a box and is not dated in the future, the newest, as a stamp; nothing where there is none.
newest_uploaded() {
  local key name newest='' limit one
  limit=$(date -u -d '+1 day' +%Y%m%d%H%M%S)
  for key in "${!UPLOADED[@]}"; do
    name=${key%% *}
    [[ $name != "${1:-}" && $name == backup_"$DB_NAME"_* ]] || continue
    one=$(stamp "$name")
    if ((10#$one <= 10#$limit)) && [[ -z $newest || $one > $newest ]]; then newest=$one; fi
  done
  printf '%s' "$newest"
}

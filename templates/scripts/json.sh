# JSON is read by jq alone, whoever wrote it. What is read is typed where it is read: a value of another form is none. What is written is
# put together here: jq takes longer to start than all else that a small document needs.

# quote_json TEXT: sets QUOTED. What is more than plain text is jq's to quote: bytes that are not UTF-8 are replaced.
QUOTED=''
quote_json() {
  local LC_ALL=C
  if [[ $1 == *[!\ -~]* ]]; then QUOTED=$(jq -n --arg text "$1" '$text'); return; fi
  QUOTED=${1//\\/\\\\}
  QUOTED=\"${QUOTED//\"/\\\"}\"
}

json_string() { quote_json "$1"; printf '%s' "$QUOTED"; }

# object KEY VALUE…: one compact object of texts. A key with ? before it: a text, or null for none. With : before it: the value is JSON already.
object() {
  local text=''
  while (($# > 0)); do
    case $1 in
      :*) [[ $2 =~ ^(-?[0-9]+(\.[0-9]+)?|true|false|null|\{.*\}|\[.*\]|\".*\")$ ]] || return 1; QUOTED=$2 ;;
      '?'*) if [[ -z $2 ]]; then QUOTED=null; else quote_json "$2"; fi ;;
      *) quote_json "$2" ;;
    esac
    text+=",\"${1#[:?]}\":$QUOTED"
    shift 2
  done
  printf '{%s}' "${text:1}"
}

# array TEXT…: one of texts.
array() {
  local one text=''
  for one in "$@"; do quote_json "$one"; text+=,$QUOTED; done
  printf '[%s]' "${text:1}"
}

# field JSON KEY: a text, a number or a boolean of an object; nothing where there is none.
field() { jq -r --arg key "$2" '.[$key]? | select(type != "object" and type != "array" and . != null) | tostring' <<<"$1"; }

# with JSON FILTER [OPTION…]: the document, changed.
with() { jq -c "${@:3}" "$2" <<<"$1"; }

# read_texts FILE KEY…: sets TEXTS to what stands under these keys at the first level of the object in FILE, in their order: a text of one
# line or a number; empty for anything else, and where there is none.
declare -a TEXTS=()
read_texts() {
  mapfile -t TEXTS < <(jq -r '(objects // {}) as $all | $ARGS.positional[] | $all[.]
    | if type == "string" or type == "number" then tostring else "" end | if explode | any(. < 32 or . == 127) then "" else . end' "$1" --args "${@:2}" 2>/dev/null)
  TEXTS=("${TEXTS[@]:0:$#-1}")
  while ((${#TEXTS[@]} < $# - 1)); do TEXTS+=(''); done
}

# read_objects FILE KEY…: the same for objects and arrays, compact; null for anything else.
read_objects() {
  mapfile -t TEXTS < <(jq -c '(objects // {}) as $all | $ARGS.positional[] | $all[.] | if type == "object" or type == "array" then . else null end' \
    "$1" --args "${@:2}" 2>/dev/null)
  TEXTS=("${TEXTS[@]:0:$#-1}")
  while ((${#TEXTS[@]} < $# - 1)); do TEXTS+=(null); done
}

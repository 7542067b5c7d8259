# JSON is read and written by jq alone, whoever wrote it. What is read is typed where it is read: a value of another form is none.

# json FILTER [OPTION…]: one compact document made from nothing.
json() { jq -nc "${@:2}" "$1"; }

# json_string TEXT: as JSON; bytes that are not UTF-8 are replaced.
json_string() { jq -n --arg text "$1" '$text'; }

# text_or_null TEXT: nothing is null.
text_or_null() { jq -n --arg text "$1" 'if $text == "" then null else $text end'; }

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

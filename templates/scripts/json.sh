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

# object_of FILE KEY: an object or array at the first level of a file, compact; null where there is none.
object_of() {
  local found
  found=$(jq -c --arg key "$2" '.[$key] | select(type == "object" or type == "array")' "$1" 2>/dev/null) || found=''
  printf '%s' "${found:-null}"
}

# A backup that is empty where those before it were not, or has less than a tenth of the median of their sizes, is a suspect until a person
# has acknowledged it: it is never the newest, and takes the place of no good one. lib/suspect.ts judges by the same rule. WEIGHTS has for
# each backup "BYTES TABLES ROWS", a dash for what is not known; VOUCHED the names from which on only later ones are compared with.
declare -A WEIGHTS=() VOUCHED=() SUSPECT=()

# Of lines "STAMP NAME BYTES TABLES ROWS" and "STAMP acknowledged" in their order: "NAME WHY" for each suspect. What is one is compared with
# by none.
# shellcheck disable=SC2016  # awk's fields
readonly SUSPECT_AWK='
function median(format,   n, i, j, size, sorted) {
  for (i = count[format]; i > 0 && n < 7; i--) {
    size = sizes[format, i]
    for (j = n++; j > 0 && sorted[j] + 0 > size + 0; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = size
  }
  compared = n
  return sorted[int(n / 2) + 1]
}
$2 == "acknowledged" { for (format in count) count[format] = 0; tables = rows = 0; next }
{
  format = $2
  sub(/^.*_[0-9][0-9][0-9][0-9][0-9][0-9]\./, "", format)
  why = ""
  if ($4 == "0" && tables > 0) why = "it has no tables, the one before it had " tables
  else if ($5 == "0" && rows > 0) why = "it has no rows, the one before it had " rows
  else if ($3 != "-" && count[format] > 0 && (usual = median(format)) > $3 * 10)
    why = "it has " $3 " bytes, the median of the " compared " before it is " usual
  if (why != "") { print $2, why; next }
  if ($4 != "-") { tables = $4; rows = $5 }
  if ($3 != "-") sizes[format, ++count[format]] = $3
}'

# find_suspects: sets SUSPECT, name → why, by WEIGHTS and VOUCHED.
find_suspects() {
  local name why
  SUSPECT=()
  ((${#WEIGHTS[@]} > 1)) || return 0
  while read -r name why; do SUSPECT[$name]=$why; done < <({
    for name in "${!VOUCHED[@]}"; do if is_named "$name"; then printf '%s acknowledged\n' "$STAMP"; fi; done
    for name in "${!WEIGHTS[@]}"; do if is_named "$name"; then printf '%s %s %s\n' "$STAMP" "$name" "${WEIGHTS[$name]}"; fi; done
  } | sort | awk "$SUSPECT_AWK")
}

# is_named NAME: whether that is a backup of this database; sets STAMP.
is_named() {
  [[ $1 =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION$ ]] || return 1
  to_stamp "$1"
}

# last_vouched: the newest name that a person acknowledged; nothing where there is none.
last_vouched() {
  local name
  for name in "${!VOUCHED[@]}"; do if is_named "$name"; then printf '%s %s\n' "$STAMP" "$name"; fi; done | sort | tail -n 1 | cut -d ' ' -f 2
}

# COUNTS_JQ: of a manifest, how many tables it has, and rows in them; Alembic's own row is there without any data.
# shellcheck disable=SC2016  # jq's variables
readonly COUNTS_JQ='(.tables | objects) as $all
  | {tables: ($all | length), rows: ([$all | to_entries[] | select(.key != "public.alembic_version") | .value | tonumber] | add // 0)}'

# weigh_manifest: notes what $MANIFEST says.
weigh_manifest() {
  local bytes counts
  bytes=$(manifest bytes)
  counts=$(jq -r "$COUNTS_JQ | \"\\(.tables) \\(.rows)\"" "$MANIFEST" 2>/dev/null) || counts=''
  [[ $counts =~ ^[0-9]{1,9}\ [0-9]{1,18}$ ]] || counts='- -'
  WEIGHTS[$(manifest name)]="${bytes:--} $counts"
  [[ -z $(manifest acknowledged) ]] || VOUCHED[$(manifest acknowledged)]=yes
}

# The restored database against the manifest, for equality: one line for each difference. Versions of extensions are those of this
# server, and are only told.
# shellcheck disable=SC2016  # jq's variables
readonly COMPARE_JQ='
  def text: if . == null then "none" elif type == "array" then map(tostring) | join(", ") else tostring end;
  def typed: if type == "array" then [(.[0] | tostring), .[1]] else tostring end;
  # A hash may choose other partitions for rows in another database: those of one topmost table count as one here.
  def together: (.partitions // {}) as $top | .tables |= (objects | to_entries | group_by($top[.key] // .key)
    | map({key: ($top[.[0].key] // .[0].key), value: (if length == 1 then .[0].value else map(.value | tonumber) | add end)}) | from_entries);
  def keys_of($a; $b): ($a + $b | keys_unsorted)[];
  # What no dump holds, so that nothing can bring it back.
  def undumped($kind; $name; $was; $is):
    if $kind == "extensionOwners" then select($is) | "note the extension \($name) belongs to \($is), and belonged to \($was): no dump says so"
    elif $kind == "extensionMembers" then select($is) | "lost the extension \($name) is another: what was added to it or its tables, or changed of its functions, is in no dump"
    elif $kind == "invalidIndexes" then "note the index \($name) of \($was) was not valid, so it is in no dump"
    elif $kind == "memberOwners" then "lost \($name), which is an extension\u0027s, belonged to \($was): no dump says so"
    elif $kind == "disabledConstraints" then "lost the constraint \($name) was disabled, and is not now: no dump says so"
    else "lost \($name) was in a schema of PostgreSQL\u0027s own, so it is in no dump" end;
  # Indexes that PostgreSQL refused to build, each by its name.
  def without_refused: reduce $refused[] as $one (.; if .objects.indexes[$one.table] // [] | index($one.index) then
      .objects.indexes[$one.table] -= [$one.index] | if .objects.indexes[$one.table] == [] then del(.objects.indexes[$one.table]) else . end else . end)
    | if .counts.indexes | type == "number" then .counts.indexes -= ($refused | length) else . end;
  ($got[0] | together) as $got | together | without_refused | . as $want
  | (["encoding", "collation", "characterType", "owner", "alembicHead"][] as $key
      | select(($want[$key] | text) != ($got[$key] | text)) | "differs \($key): \($got[$key] | text), the manifest says \($want[$key] | text)"),
    (["tables", "rows of "], ["sequences", "sequence "], ["counts", "number of "], ["owners", "things owned by "] | . as [$part, $words]
      | select($want[$part] | type == "object") | keys_of($want[$part]; $got[$part]) as $key
      # Schemas of an extension count, and so does who owns them; by name all schemas are compared below.
      | select($single == [] or ($part != "owners" and $key != "schemas"))
      | [($want[$part][$key] | values | typed), "absent"][0] as $a | [($got[$part][$key] | values | typed), "absent"][0] as $b
      | select($a != $b) | "differs \($words)\($key): \($got[$part][$key] | text), the manifest says \($want[$part][$key] | text)"),
    ($want.objects // {} | objects | keys_unsorted[] as $kind | keys_of($want.objects[$kind]; $got.objects[$kind] // {}) as $key
      | $want.objects[$kind][$key] as $a | $got.objects[$kind][$key] as $b | select($a != $b)
      | "differs \($kind) \($key): \($b | text), the manifest says \($a | text)"),
    (keys_of($want.extensions; $got.extensions) as $key | select($single | index($key) | not) | $want.extensions[$key] as $a | $got.extensions[$key] as $b | select($a != $b)
      | "\(if $a == null or $b == null then "differs" else "note" end) extension \($key): \($b | text), the manifest says \($a | text)"),
    (($want.undumped | objects) as $had | keys_of($had; $got.undumped) as $kind | keys_of($had[$kind]; $got.undumped[$kind]) as $key
      | $had[$kind][$key] as $a | $got.undumped[$kind][$key] as $b | select($a != $b)
      | select($kind != "extensionMembers" or $want.extensions[$key] == $got.extensions[$key]
        and ([$want, $got | .serverVersionNumber / 10000 | floor] | .[0] == .[1]))
      | if $a != null then undumped($kind; $key; $a; $b) elif $kind | startswith("extension") then empty else "differs \($kind) \($key): only in the restored database" end),
    "compared"'
CONTENTS=''

IFS= read -r -d '' RESTORED_HEAD_SQL <<'END' || :
SELECT count(*) > 0 AS has_head FROM (@alembic@) AS alembic \gset
\if :has_head
COPY public.alembic_version (version_num) TO STDOUT;
\endif
END
readonly RESTORED_HEAD_SQL=${RESTORED_HEAD_SQL//@alembic@/"$ALEMBIC_SQL"}

compare_contents() {
  local differing line head
  [[ $CLIENT_ENCODING == SQL_ASCII ]] || choose_client_encoding superior psql "$TEMPORARY"
  stage compare "every table's number of rows, sequences, counts and owners with the manifest"
  # As the live database was counted, by COPY, which runs nothing that an owner wrote: it could answer in our place.
  ask superior "$TEMPORARY" <<<"$RESTORED_HEAD_SQL" || die "cannot read the restored database: $(reason first "$WORK/psql.err")"
  head=$(head_hex <"$WORK/answered")
  ask superior "$TEMPORARY" <<<"\\set COPYING yes"$'\n'"$(set_head "$head")"$'\n'"$CONTENTS_SQL"$'\n'"$SEQUENCES_SQL" ||
    die "cannot read the restored database: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/contents"
  join_counts "$WORK/contents"
  contents_json "$WORK/contents" >"$WORK/contents.json" || die 'cannot read the restored database to its end'
  find_refused
  jq -r --slurpfile got "$WORK/contents.json" --argjson refused "$REFUSED" --argjson single "$(single_json)" "$COMPARE_JQ" "$MANIFEST" >"$WORK/compared" 2>"$WORK/jq.err" ||
    die "cannot compare with the manifest: $(reason first "$WORK/jq.err")"
  [[ $(tail -n 1 "$WORK/compared") == compared ]] || die 'cannot compare with the manifest to its end'
  while IFS= read -r line; do say compare "${line#note }"; done < <(grep '^note ' "$WORK/compared")
  while IFS= read -r line; do warn "${line#lost }"; done < <(grep '^lost ' "$WORK/compared")
  differing=$(sed -n 's/^differs //p' "$WORK/compared" | head -n 5)
  if [[ -n $differing ]]; then
    CONTENTS=differ
    die "the restored database is not what the manifest says: ${differing//$'\n'/; }"
  fi
  say compare "as many as in the manifest: $(grep -c '^table' "$WORK/contents") tables, $(rows_in "$WORK/contents") rows"
}

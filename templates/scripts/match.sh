# The restored database against the manifest, for equality: one line for each difference. PostgreSQL compares, since no tool for
# JSON can be counted on here. Versions of extensions are those of this server, and are only told.
IFS= read -r -d '' MATCH_SQL <<'END' || :
word AS (
  SELECT k AS what, want ->> k AS want, got ->> k AS got FROM both_sides, unnest(ARRAY['encoding', 'collation', 'characterType', 'owner', 'alembicHead']) AS k
), part AS (
  SELECT p, k, want -> p -> k AS want, got -> p -> k AS got FROM both_sides, unnest(ARRAY['tables', 'sequences', 'counts', 'owners']) AS p,
    LATERAL (SELECT jsonb_object_keys(want -> p) UNION SELECT jsonb_object_keys(got -> p)) AS keys (k)
  WHERE jsonb_typeof(want -> p) = 'object'
), extension AS (
  SELECT k, want -> 'extensions' ->> k AS want, got -> 'extensions' ->> k AS got FROM both_sides,
    LATERAL (SELECT jsonb_object_keys(want -> 'extensions') UNION SELECT jsonb_object_keys(got -> 'extensions')) AS keys (k)
)
SELECT 'differs ' || what || ': ' || coalesce(got, 'none') || ', the manifest says ' || coalesce(want, 'none') FROM word WHERE want IS DISTINCT FROM got
UNION ALL
SELECT 'differs ' || CASE p WHEN 'tables' THEN 'rows of ' WHEN 'sequences' THEN 'sequence ' WHEN 'owners' THEN 'things owned by ' ELSE 'number of ' END
  || k || ': ' || coalesce(got::text, 'none') || ', the manifest says ' || coalesce(want::text, 'none') FROM part WHERE want IS DISTINCT FROM got
UNION ALL
SELECT CASE WHEN want IS NULL OR got IS NULL THEN 'differs ' ELSE 'note ' END
  || 'extension ' || k || ': ' || coalesce(got, 'none') || ', the manifest says ' || coalesce(want, 'none') FROM extension WHERE want IS DISTINCT FROM got
UNION ALL
SELECT 'differs number of tables: ' || (got -> 'counts' ->> 'tables') || ', the manifest says ' || (want ->> 'tables')
FROM both_sides WHERE jsonb_typeof(want -> 'tables') = 'number' AND want ->> 'tables' <> got -> 'counts' ->> 'tables';
SELECT 'compared';
END
readonly MATCH_SQL
CONTENTS=''

compare_contents() {
  local differing want got
  stage compare "every table's rows, sequences, counts and owners with the manifest"
  ask throwaway "$TEMPORARY" <<<"$CONTENTS_SQL"$'\n'"$SEQUENCES_SQL" || die "cannot read the restored database: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/contents"
  want=$(sql_literal "$(tr -d '\0' <"$MANIFEST")")
  got=$(sql_literal "{$(contents_json "$WORK/contents")}")
  ask super postgres <<<"WITH both_sides AS (SELECT $want::jsonb AS want, $got::jsonb AS got), $MATCH_SQL" || die "cannot compare with the manifest: $(reason first "$WORK/psql.err")"
  [[ $(tail -n 1 "$WORK/answered") == compared ]] || die 'cannot compare with the manifest to its end'
  while IFS= read -r line; do say compare "${line#note }"; done < <(grep '^note ' "$WORK/answered")
  differing=$(sed -n 's/^differs //p' "$WORK/answered" | head -n 5)
  if [[ -n $differing ]]; then
    CONTENTS=differ
    die "the restored database is not what the manifest says: ${differing//$'\n'/; }"
  fi
  CONTENTS=equal
  say compare "equal: $(grep -c $'^table\t' "$WORK/contents") tables, $(rows_in "$WORK/contents") rows"
}

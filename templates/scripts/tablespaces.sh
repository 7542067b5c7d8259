# Tablespaces of the backup that this host must have, as the manifest lists them: looked for before anything is fetched or loaded, in a drill as
# in a restore for real. --tablespace OLD=NEW puts the things of one into another.
TABLESPACE='' TABLESPACES_JSON='{}'
declare -a MOVES=() TABLESPACE_DIRECTORIES=()

IFS= read -r -d '' TABLESPACES_SQL <<'END' || :
WITH wanted AS (SELECT name, coalesce(:'map'::json ->> name, name) AS place FROM json_array_elements_text(:'wanted'::json) AS name
  UNION SELECT NULL, value FROM json_each_text(:'map'::json))
SELECT 'missing ' || translate(quote_ident(place), E'\n\r\t', '   ') || CASE WHEN name = place THEN ' backup' ELSE ' map' END FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = place) ORDER BY name IS NULL, 1 LIMIT 1;
SELECT 'folder ' || pg_tablespace_location(oid) FROM pg_tablespace
WHERE pg_tablespace_location(oid) <> '' AND spcname IN (SELECT coalesce(:'map'::json ->> name, name) FROM json_array_elements_text(:'wanted'::json) AS name);
-- A database that is filled stays where the inventory wants it. Manifests of before don't say.
SELECT 'place ' || coalesce(
  (SELECT spcname FROM pg_database d JOIN pg_tablespace s ON s.oid = dattablespace WHERE :'fill' = 'yes' AND datname = :'target'),
  nullif(coalesce(:'map'::json ->> :'place', :'place'), ''),
  (SELECT spcname FROM pg_database d JOIN pg_tablespace s ON s.oid = dattablespace WHERE datname = :'target'), 'pg_default');
END
readonly TABLESPACES_SQL

# moved_to_default NAME: for a shell, of a name as SQL writes it. A manifest may have been planted, and what is told may be pasted.
moved_to_default() {
  local name=$1
  if [[ $name =~ ^\"?[A-Za-z0-9_.\ -]+\"?$ ]]; then printf '%s=pg_default' "$name"; return; fi
  if [[ $name == '"'*'"' ]]; then name=${name:1:-1} name=${name//'""'/'"'}; fi
  printf '%q' "$name=pg_default"
}

check_tablespaces() {
  local one wanted place kind rest
  for one in ${MOVES[@]+"${MOVES[@]}"}; do
    TABLESPACES_JSON=$(jq -c --arg old "${one%%=*}" --arg new "${one#*=}" '.[$old] = $new' <<<"$TABLESPACES_JSON")
  done
  { read -r wanted; IFS= read -rd '' place; } < <(jq -rj '([.tablespaces | arrays[] | strings] | unique | .[:1000] | tojson), "\n", (.tablespace | strings)' "$MANIFEST") || :
  ask superior postgres --set=wanted="$wanted" --set=map="$TABLESPACES_JSON" --set=place="$place" --set=fill="$FILL" --set=target="${TARGET:-$DB_NAME}" <<<"$TABLESPACES_SQL" ||
    die "cannot read the tablespaces: $(reason first "$WORK/psql.err")"
  while IFS=' ' read -r kind rest; do
    case $kind in
      missing)
        [[ $rest == *' backup' ]] || die "--tablespace: there is no tablespace ${rest% map} here"
        rest=${rest% backup}
        die "the backup has things in the tablespace $rest, which is not here; make it first: CREATE TABLESPACE $rest LOCATION '/FOLDER'; or put them elsewhere: --tablespace $(moved_to_default "$rest")" ;;
      folder) [[ ! -d $rest ]] || TABLESPACE_DIRECTORIES+=("$rest") ;;
      place) TABLESPACE=$rest ;;
    esac
  done <"$WORK/answered"
  printf '' >"$WORK/tablespaces"
  for one in ${MOVES[@]+"${MOVES[@]}"}; do printf '%s\0%s\0' "${one%%=*}" "${one#*=}" >>"$WORK/tablespaces"; done
}

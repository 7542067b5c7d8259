# One table of the backup, beside the live ones: its rows, in a schema of its own. Whatever ties a table to others stays out: no default, check,
# trigger, rule, policy, foreign key, parent or grant is made, and columns have PostgreSQL's own types, so that nothing that an owner wrote
# runs, and nothing live is touched. The SQL that brings all of that back is written beside it (table-sql.sh).
TABLE='' SIDE='' TABLE_NAME='' TABLE_OWNER='' OWNED_BY_SUPERUSER=f SIDE_ROWS=0 WORK_SCHEMA=''

# find_table: which table of the backup --table means. With a double quote in it, it is read as SQL reads names. Without one it is taken as it is
# written, or in lower case; of several that fit a person chooses.
find_table() {
  local shown=$TABLE
  [[ $TABLE == *[.\"]* ]] || shown=public.$TABLE
  jq -r '.tables | objects // {} | keys | tojson' "$MANIFEST" >"$WORK/tables"
  printf 'WITH every AS (SELECT key, parse_ident(key) AS p FROM json_array_elements_text(%s::json) AS key)\n%s\n' \
    "$(literal "$(<"$WORK/tables")")" "$FIND_SQL" >"$WORK/asked"
  ask superior postgres --set=asked="$TABLE" <"$WORK/asked" ||
    die "--table $TABLE: $(reason first "$WORK/psql.err"); a name that needs quotes is written as in SQL: --table '\"My schema\".\"my table\"'"
  case $(wc -l <"$WORK/answered") in
    0) die "cannot single out $shown: it does not exist in $NAME, which has $(jq -r '.tables | objects // {} | length' "$MANIFEST") tables" ;;
    1) ;;
    *) die "--table $TABLE: several tables have that name; take one of these as it stands: $(jq -rs 'map(@sh) | join(" ")' "$WORK/answered")" ;;
  esac
  TABLE=$(jq -j . "$WORK/answered"; printf .)
  TABLE=${TABLE%.}
}

IFS= read -r -d '' FIND_SQL <<'END' || :
SELECT to_json(key) FROM every, (SELECT :'asked' AS raw) AS asked WHERE CASE
  WHEN raw ~ '"' THEN p = CASE cardinality(parse_ident(raw)) WHEN 1 THEN ARRAY['public'] ELSE '{}' END || parse_ident(raw)
  ELSE p[1] || '.' || p[2] IN (raw, lower(raw)) OR p[1] = 'public' AND p[2] IN (raw, lower(raw)) END;
END
readonly FIND_SQL

copy_table() {
  local line
  SIDE=restored_$(date -u +%Y%m%d_%H%M%S)
  WORK_SCHEMA=restoring_$(random_hex 6)
  stage table "$TABLE into the schema $SIDE of $DB_NAME"
  ask superior "$TEMPORARY" --set=name="$TABLE" --set=side="$SIDE" --set=w="$WORK_SCHEMA" <<<"$MEMBERS_SQL" || die "cannot single out $TABLE: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/side"
  IFS=$'\t' read -r TABLE_OWNER OWNED_BY_SUPERUSER < <(piece owner "$WORK/side" | jq -r '@tsv')
  TABLE_NAME=$(piece name "$WORK/side"; printf .)
  TABLE_NAME=${TABLE_NAME%$'\n.'}
  [[ $TABLE_OWNER =~ ^[1-9][0-9]*$ && $OWNED_BY_SUPERUSER == [tf] ]] || die "cannot read the owner of $TABLE"
  copy_rows
  [[ $OWNED_BY_SUPERUSER == f ]] || say table 'it belongs to a superuser: rows alone are copied, without checks, defaults and indexes'
  while IFS= read -r line; do warn "$line"; done < <(piece warning "$WORK/side")
  while IFS= read -r line; do
    warn "$line, so $SIDE has unlogged tables: they are not replicated, and a crash of the server empties them"
  done < <(piece replicated "$WORK/live")
  say table "$SIDE.$TABLE_NAME of $DB_NAME has $SIDE_ROWS rows; when nobody needs it: DROP SCHEMA $SIDE CASCADE"
  describe_table
}

# piece KIND FILE: the texts of that kind, a line or more each.
piece() { jq -Rrj --arg kind "$1" 'split("\t") | select(.[0] == $kind) | (.[1] | fromjson), "\n"' "$2"; }

# literal TEXT: as a literal of SQL.
literal() { printf "'%s'" "${1//"'"/"''"}"; }

# All in one transaction, so that a run that is stopped leaves nothing. Where every table of the database is replicated, one without a
# write-ahead log is not.
copy_rows() {
  local create='CREATE TABLE '
  ask superior "$DB_NAME" <<<"$LIVE_SQL" || die "cannot look into $DB_NAME: $(reason first "$WORK/psql.err")"
  mv -- "$WORK/answered" "$WORK/live"
  [[ -z $(piece replicated "$WORK/live") ]] || create='CREATE UNLOGGED TABLE '
  { printf 'BEGIN;\n'; piece off "$WORK/live"; piece create "$WORK/side" | sed "s/^CREATE TABLE /$create/"; } >"$WORK/before"
  { piece finish "$WORK/side"; piece on "$WORK/live"; printf 'COMMIT;\n'; } >"$WORK/after"
  # A psql that stops early has not said the last word, and the other one commits nothing.
  { printf 'SELECT %s;\n' "$(literal "$(restricted "$WORK/before")")"
    piece copy "$WORK/side"
    printf 'SELECT %s;\n' "$(literal "$(<"$WORK/after")")"
  } >"$WORK/script"
  mkfifo "$WORK/table"
  start read "$WORK/script" "$WORK/table" superior psql "$TEMPORARY" "${PSQL[@]:1}"
  start psql "$WORK/table" "$WORK/copied" superior psql "$DB_NAME" "${PSQL[@]:1}" --set=QUIET=off
  watch_load
  finish_all
  end_watch
  SIDE_ROWS=$(awk '$1 == "COPY" { sum += $2 } END { printf "%.0f", sum }' "$WORK/copied")
  [[ $(tail -n 1 "$WORK/copied") == COMMIT ]] || die "the rows of $TABLE did not arrive: $(reason first "$WORK/psql.err")"
}

# The table with all that hangs below it: partitions, whose rows come as one plain table, and inheritance children, each as one of its own.
IFS= read -r -d '' MEMBERS_SQL <<'END' || :
CREATE SCHEMA :"w";
CREATE TABLE :"w".member AS
  WITH RECURSIVE tree AS (SELECT :'name'::regclass::oid AS oid UNION SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = tree.oid)
  SELECT c.oid, relkind, relowner, relname, nspname, format('%I.%I', nspname, relname) AS name, c.oid = :'name'::regclass AS asked
  FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace s ON s.oid = relnamespace;
SELECT relkind AS kind, relowner AS owner FROM :"w".member WHERE asked \gset
CREATE TABLE :"w".side AS SELECT oid, name, left(CASE WHEN asked OR count(*) OVER (PARTITION BY relname) = 1 THEN relname ELSE name END, 63)::name AS copy, asked
  FROM :"w".member WHERE asked OR :'kind' = 'r' AND relkind = 'r';
CREATE TABLE :"w".col AS
  WITH RECURSIVE bases AS (
    SELECT oid AS kind, oid AS base, -1 AS mod FROM pg_type
    UNION ALL SELECT kind, typbasetype, CASE WHEN mod < 0 THEN typtypmod ELSE mod END FROM bases JOIN pg_type t ON t.oid = base WHERE typtype = 'd'
  ), typed AS (
    -- A name of another object would be looked up where it is written.
    SELECT attrelid, attnum, attname, atttypid, atttypmod, base, CASE WHEN base = atttypid THEN atttypmod ELSE mod END AS mod,
      t.typnamespace = 'pg_catalog'::regnamespace AND t.typname !~ '^_?reg' AS plain
    FROM :"w".side x JOIN pg_attribute ON attrelid = x.oid JOIN bases ON kind = atttypid JOIN pg_type t ON t.oid = base AND t.typtype <> 'd'
    WHERE attnum > 0 AND NOT attisdropped AND attgenerated = ''
  )
  SELECT attrelid, attnum, attname, CASE WHEN plain THEN format_type(base, mod) ELSE 'text' END AS type,
    format(CASE WHEN plain AND base = atttypid THEN '%I' ELSE '%I::%s' END, attname, format_type(atttypid, atttypmod)) AS taken FROM typed;
CREATE TABLE :"w".list AS SELECT x.oid, coalesce('(' || string_agg(format('%I', attname), ', ' ORDER BY attnum) || ')', '') AS names,
    string_agg(format('%I %s', attname, type), ', ' ORDER BY attnum) AS types, string_agg(taken, ', ' ORDER BY attnum) AS taken
  FROM :"w".side x LEFT JOIN :"w".col ON attrelid = x.oid GROUP BY x.oid;
SELECT E'owner\t' || to_json(json_build_array(:'owner', CASE WHEN rolsuper THEN 't' ELSE 'f' END)::text) FROM pg_roles WHERE oid = :owner;
SELECT E'name\t' || to_json(relname) FROM :"w".member WHERE asked;
SELECT E'sides\t' || to_json(json_agg(name)::text) FROM :"w".side;
SELECT E'warning\t' || to_json(regexp_replace(name, '[[:cntrl:]]', ' ', 'g') || ' is a foreign table: its rows are not in the backup') FROM :"w".member WHERE relkind = 'f';
SELECT E'create\t' || to_json(format('CREATE SCHEMA %I AUTHORIZATION %I;', :'side', pg_get_userbyid(:owner)));
SELECT E'create\t' || to_json(format('COMMENT ON SCHEMA %I IS %L;', :'side', @mark@));
SELECT E'create\t' || to_json(format('CREATE TABLE %I.%I (%s);', :'side', copy, types)) FROM :"w".side JOIN :"w".list USING (oid);
SELECT E'copy\t' || to_json(format(E'SELECT %L;\nCOPY %s %s TO STDOUT;\nSELECT ''\\.'';', format('COPY %I.%I %s FROM STDIN;', :'side', copy, names), m.name, names))
FROM :"w".side x JOIN :"w".list USING (oid) JOIN :"w".member m ON m.relkind = 'r' AND (m.oid = x.oid OR :'kind' = 'p');
SELECT E'finish\t' || to_json(format('ALTER TABLE %I.%I ADD CONSTRAINT %I PRIMARY KEY (%s);', :'side', copy, conname,
    (SELECT string_agg(format('%I', attname), ', ' ORDER BY i) FROM unnest(conkey) WITH ORDINALITY k (n, i) JOIN :"w".col ON attnum = n AND attrelid = x.oid)))
FROM :"w".side x JOIN pg_constraint ON conrelid = x.oid AND contype = 'p' JOIN pg_roles r ON r.oid = :owner AND NOT rolsuper
WHERE conkey <@ ARRAY(SELECT attnum FROM :"w".col WHERE attrelid = x.oid);
SELECT E'finish\t' || to_json(format('ALTER TABLE %I.%I OWNER TO %I;', :'side', copy, pg_get_userbyid(:owner))) FROM :"w".side;
-- What default privileges of the live database have granted.
SELECT E'finish\t' || to_json(format('DO %L;', format($do$DECLARE r record; BEGIN
FOR r IN SELECT 'TABLE ' || c.oid::regclass AS what, grantee FROM pg_class c, aclexplode(relacl) WHERE relnamespace = %1$L::regnamespace AND grantee <> relowner
  UNION SELECT 'SCHEMA ' || quote_ident(nspname), grantee FROM pg_namespace, aclexplode(nspacl) WHERE nspname = %1$L AND grantee <> nspowner
LOOP EXECUTE format('REVOKE ALL ON %%s FROM %%s CASCADE', r.what, CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END); END LOOP;
END$do$, :'side')));
END
readonly MEMBERS_SQL=${MEMBERS_SQL//@mark@/"'$SIDE_MARK'"}

# Of the live database: what would replicate each new table, and, before 17, its event triggers, which this one transaction does without.
IFS= read -r -d '' LIVE_SQL <<'END' || :
SELECT E'replicated\t' || to_json('this database replicates all of its tables (' || regexp_replace(string_agg(by, ', '), '[[:cntrl:]]', ' ', 'g') || ')') FROM (
  SELECT 'publication ' || pubname FROM pg_publication WHERE puballtables
  UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()) AS every (by) HAVING count(*) > 0;
SELECT E'off\t' || to_json(format('ALTER EVENT TRIGGER %I DISABLE;', evtname))
  || E'\non\t' || to_json(format('ALTER EVENT TRIGGER %I ENABLE %s;', evtname, CASE evtenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END))
FROM pg_event_trigger WHERE evtenabled <> 'D' AND current_setting('server_version_num')::int < 170000;
END
readonly LIVE_SQL

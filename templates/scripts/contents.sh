# What a database holds, as lines with tabs: "facts {…}", for each table "table "NAME" ROWS", at last "end". The same is asked of the live
# database within the dump's own snapshot and of a restored one, so that both can be compared for equality. What belongs to an
# extension or to PostgreSQL itself is left out, as a dump leaves it out.
IFS= read -r -d '' CONTENTS_SQL <<'END' || :
SET search_path = pg_catalog;
SET max_parallel_workers_per_gather = 0;
SET lock_timeout = '10min';
SELECT to_regclass('public.alembic_version') IS NOT NULL AS has_alembic \gset
\if :has_alembic
SELECT string_agg(version_num, ',' ORDER BY version_num) AS head FROM public.alembic_version \gset
\endif
\if :{?head}
\else
\set head
\endif
WITH space AS (
  SELECT oid, nspname, nspowner FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS (
  SELECT c.oid, c.relkind, c.relowner FROM pg_class c JOIN space s ON s.oid = c.relnamespace
  WHERE (1259, c.oid) NOT IN (SELECT classid, objid FROM member) AND c.relpersistence <> 't'
), routine AS (
  SELECT p.oid, p.proowner FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
  WHERE (1255, p.oid) NOT IN (SELECT classid, objid FROM member)
), kind AS (
  SELECT t.oid, t.typowner FROM pg_type t JOIN space s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND (1247, t.oid) NOT IN (SELECT classid, objid FROM member)
), owned AS (
  SELECT pg_get_userbyid(o) AS name, count(*) AS n FROM (
    SELECT relowner FROM rel WHERE relkind IN ('r', 'p', 'S', 'v', 'm', 'f') UNION ALL SELECT proowner FROM routine
    UNION ALL SELECT typowner FROM kind UNION ALL SELECT nspowner FROM space WHERE nspname <> 'public') AS every (o) GROUP BY 1
)
SELECT E'facts\t' || json_build_object(
  'serverVersion', current_setting('server_version'),
  'serverVersionNumber', current_setting('server_version_num')::int,
  'alembicHead', nullif(:'head', ''),
  'extensions', (SELECT coalesce(json_object_agg(extname, extversion ORDER BY extname), '{}') FROM pg_extension),
  'encoding', pg_encoding_to_char(encoding),
  'collation', datcollate,
  'characterType', datctype,
  'localeProvider', coalesce(to_json(d) ->> 'datlocprovider', 'c'),
  'locale', coalesce(to_json(d) ->> 'datlocale', to_json(d) ->> 'daticulocale'),
  'owner', pg_get_userbyid(datdba),
  'databaseBytes', pg_database_size(datname)::text,
  'cluster', (SELECT system_identifier::text FROM pg_control_system()),
  'owners', (SELECT coalesce(json_object_agg(name, n ORDER BY name), '{}') FROM owned),
  'counts', json_build_object(
    'schemas', (SELECT count(*) FROM space),
    'tables', (SELECT count(*) FROM rel WHERE relkind IN ('r', 'p')),
    'sequences', (SELECT count(*) FROM rel WHERE relkind = 'S'),
    'indexes', (SELECT count(*) FROM rel WHERE relkind IN ('i', 'I')),
    'constraints', (SELECT count(*) FROM pg_constraint n JOIN space s ON s.oid = n.connamespace
      WHERE contype <> 'n' AND (2606, n.oid) NOT IN (SELECT classid, objid FROM member)
        AND (n.conrelid = 0 OR n.conrelid IN (SELECT oid FROM rel))),
    'functions', (SELECT count(*) FROM routine),
    'triggers', (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM rel)),
    'views', (SELECT count(*) FROM rel WHERE relkind = 'v'),
    'materializedViews', (SELECT count(*) FROM rel WHERE relkind = 'm'),
    'types', (SELECT count(*) FROM kind),
    'policies', (SELECT count(*) FROM pg_policy WHERE polrelid IN (SELECT oid FROM rel)),
    'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata)))
FROM pg_database d WHERE datname = current_database();
SELECT format('SELECT %L || count(*) FROM ONLY %s', E'table\t' || to_json(name) || E'\t', name)
FROM (SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')
  ORDER BY 1) AS every \gexec
SELECT 'end';
END
readonly CONTENTS_SQL

# Sequences stand outside of snapshots: of a backup their values are those that the dump itself sets. This asks a restored one.
IFS= read -r -d '' SEQUENCES_SQL <<'END' || :
SELECT format('SELECT %L || last_value || %L || is_called::text FROM %s', E'sequence\t' || to_json(name) || E'\t', E'\t', name)
FROM (SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
  WHERE relkind = 'S' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')
  ORDER BY 1) AS every \gexec
END
# shellcheck disable=SC2034  # only a restore asks
readonly SEQUENCES_SQL

# contents_json FILE: those lines as one JSON object. Numbers that may be larger than JSON's readers keep travel as text.
# shellcheck disable=SC2016  # jq's variables
contents_json() {
  jq -Rn '
    reduce (inputs | split("\t")) as $line ({facts: null, tables: {}, sequences: {}};
      if $line[0] == "facts" then .facts = ($line[1:] | join("\t") | fromjson)
      elif $line[0] == "table" then .tables[$line[1] | fromjson] = $line[2]
      elif $line[0] == "sequence" then .sequences[$line[1] | fromjson] = [$line[2], $line[3] == "true"]
      else . end)
    | (.facts | objects) + {tables: .tables, sequences: .sequences}' "$1"
}

# rows_in FILE: the sum of the rows of all its tables.
rows_in() { awk -F '\t' '$1 == "table" { sum += $3 } END { printf "%.0f", sum }' "$1"; }

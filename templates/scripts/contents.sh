# What a database holds, as lines with tabs: "facts {…}", "objects {…}" (see objects.sql), for each partition "partition "NAME" "TOPMOST TABLE"", for each table
# "table "NAME" ROWS", at last "end". The same is asked of
# the live database within the dump's own snapshot and of a restored one, so that both can be compared for equality. What belongs
# to an extension or to PostgreSQL itself is left out, as a dump leaves it out, and so is what `restore --table` made.
#
# Planning a query on a table already runs code of its owner: an index on an expression is enough. A superuser on the live database
# must not do that, so there rows are counted by COPY, which plans nothing (COPYING is set), and the head of Alembic is read before
# (HEAD is set). All is valid UTF-8: names that can't be converted are escaped (the session's encoding is SQL_ASCII then). The lines of
# tables, sequences and partitions have the database's own bytes, escaped, as the dump has them; "called "ESCAPED" "NAME"" says which name that is.
IFS= read -r -d '' CONTENTS_SQL <<'END' || :
SET search_path = pg_catalog;
SET quote_all_identifiers = off;
SET max_parallel_workers_per_gather = 0;
SET lock_timeout = '10min';
SELECT pg_client_encoding() = 'SQL_ASCII' AS bare, getdatabaseencoding() <> 'UTF8' AS other, has_function_privilege('pg_control_system()', 'EXECUTE') AS has_cluster \gset
\set safe '(('
\set end ')::text)'
\set raw :safe
\set raw_end :end
\if :other
\set raw 'encode(convert_to(('
\set raw_end ')::text, \'SQL_ASCII\'), \'escape\')'
\if :bare
\set safe :raw
\set end :raw_end
\else
SELECT E'called\t' || to_json(:raw name :raw_end) || E'\t' || to_json(name) FROM (SELECT format('%I.%I', nspname, relname) AS name
  FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace WHERE relkind IN ('r', 'p', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema') AS every;
\endif
\endif
\set cluster
\if :has_cluster
SELECT system_identifier AS cluster FROM pg_control_system() \gset
\endif
WITH space AS (
  SELECT oid, nspname, nspowner FROM pg_namespace s
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT (@side@)
), member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS (
  SELECT c.oid, c.relkind, c.relowner FROM pg_class c JOIN space s ON s.oid = c.relnamespace
  WHERE (1259, c.oid) NOT IN (SELECT classid, objid FROM member) AND c.relpersistence <> 't'
), index AS (
  -- As pg_dump leaves them out: one that is not valid, unless it is a partitioned table's, and any on a table of an extension.
  SELECT rel.oid, indrelid IN (SELECT oid FROM rel) AS dumped FROM rel JOIN pg_index ON indexrelid = rel.oid
  WHERE relkind = 'I' OR indisvalid AND indisready
), routine AS (
  SELECT p.oid, p.proowner FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
  WHERE (1255, p.oid) NOT IN (SELECT classid, objid FROM member)
), kind AS (
  SELECT t.oid, t.typowner FROM pg_type t JOIN space s ON s.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND (1247, t.oid) NOT IN (SELECT classid, objid FROM member)
), owned AS (
  SELECT :safe pg_get_userbyid(o) :end AS name, count(*) AS n FROM (
    SELECT relowner FROM rel WHERE relkind IN ('r', 'p', 'S', 'v', 'm', 'f') UNION ALL SELECT proowner FROM routine
    UNION ALL SELECT typowner FROM kind UNION ALL SELECT nspowner FROM space WHERE nspname <> 'public') AS every (o) GROUP BY 1
)
SELECT E'facts\t' || json_build_object(
  'serverVersion', current_setting('server_version'),
  'serverVersionNumber', current_setting('server_version_num')::int,
  'cluster', nullif(:'cluster', ''),
  'alembicHead', nullif(:safe :'HEAD' :end, ''),
  'extensions', (SELECT coalesce(json_object_agg(:safe extname :end, :safe extversion :end ORDER BY extname), '{}') FROM pg_extension),
  'encoding', pg_encoding_to_char(encoding),
  'collation', datcollate,
  'characterType', datctype,
  'localeProvider', coalesce(to_json(d) ->> 'datlocprovider', 'c'),
  'locale', coalesce(to_json(d) ->> 'datlocale', to_json(d) ->> 'daticulocale'),
  'owner', :safe pg_get_userbyid(datdba) :end,
  'tablespace', (SELECT :safe spcname :end FROM pg_tablespace s WHERE s.oid = dattablespace),
  'tablespaces', (SELECT json_agg(:safe spcname :end ORDER BY spcname) FROM pg_tablespace s
    WHERE s.oid = dattablespace OR s.oid IN (SELECT reltablespace FROM pg_class JOIN space ON space.oid = relnamespace)),
  'databaseBytes', pg_database_size(datname)::text,
  'extensionIndexes', (SELECT count(*) FROM index WHERE NOT dumped),
  'owners', (SELECT coalesce(json_object_agg(name, n ORDER BY name), '{}') FROM owned),
  'counts', json_build_object(
    'schemas', (SELECT count(*) FROM space),
    'tables', (SELECT count(*) FROM rel WHERE relkind IN ('r', 'p')),
    'sequences', (SELECT count(*) FROM rel WHERE relkind = 'S'),
    'indexes', (SELECT count(*) FROM index WHERE dumped),
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
SELECT E'objects\t' || (
@objects@);
WITH RECURSIVE tree AS (
  SELECT oid, oid AS root FROM pg_class WHERE relkind = 'p' AND NOT relispartition
  UNION ALL SELECT inhrelid, root FROM pg_inherits JOIN tree ON inhparent = tree.oid
)
SELECT E'partition\t' || to_json(:raw every.name :raw_end) || E'\t' || to_json(:raw format('%I.%I', nspname, relname) :raw_end)
FROM (@tables@) AS every JOIN tree ON tree.oid = every.oid JOIN pg_class c ON c.oid = root JOIN pg_namespace s ON s.oid = relnamespace
WHERE counted AND root <> every.oid ORDER BY 1;
\if :{?COPYING}
\set QUIET off
SELECT format('SELECT %L', E'table\t' || to_json(:raw name :raw_end)),
  CASE relkind WHEN 'p' THEN $$SELECT 'COPY 0'$$ ELSE format($$COPY %s%s TO '/dev/null'$$, name, (
    -- Of its columns, the one that is read and written fastest.
    SELECT format('(%I)', attname) FROM pg_attribute WHERE attrelid = every.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY array_position('{16,18,21,23,26,20,2950,1082}'::oid[], atttypid) NULLS LAST, attnum LIMIT 1)) END
FROM (@tables@ ORDER BY 2) AS every WHERE counted \gexec
\set QUIET on
\else
SELECT format('SELECT %L || count(*) FROM ONLY %s', E'table\t' || to_json(:raw name :raw_end) || E'\t', name) FROM (@tables@ ORDER BY 2) AS every WHERE counted \gexec
\endif
-- A dump has rows and values of these where the extension says so, and nothing counts them.
SELECT E'member\t' || to_json(:raw format('%I.%I', nspname, relname) :raw_end) FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
WHERE relkind IN ('r', 'p', 'S') AND EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e');
SELECT 'end';
END
# Of a schema s, whether `restore --table` made it.
readonly SIDE_SQL="s.nspname ~ '^restored_[0-9]{8}_[0-9]{6}\$' AND obj_description(s.oid, 'pg_namespace') IS NOT DISTINCT FROM '$SIDE_MARK'"
# The tables that a dump holds, each with what LOCK needs; counted: it is no extension's.
readonly TABLES_SQL="SELECT c.oid, format('%I.%I', nspname, relname) AS name, relkind, relfilenode,
    NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e') AS counted
  FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
  WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT ($SIDE_SQL)"
# Alembic's table, by which its head is known: only a plain one whose heads are text, with no type or expression of the owner.
readonly ALEMBIC_SQL="SELECT c.oid FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
  WHERE c.oid = to_regclass('public.alembic_version') AND relkind = 'r' AND relpersistence <> 't'
    AND attname = 'version_num' AND atttypid IN (25, 1042, 1043) AND attgenerated = '' AND NOT attisdropped
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')"
# head_hex: of the heads that COPY wrote to stdin, the text to be set as HEAD: none for NULL, and no blanks that only pad.
head_hex() { sed -e '/^\\N$/d' -e 's/ *$//' -e 's/\\\\/\\/g' | sort | paste -sd, | tr -d '\n' | od -An -v -tx1 | tr -d ' \n'; }

# set_head HEX: SQL that sets it.
set_head() { printf '%s\n' "SELECT convert_from(decode('$1', 'hex'), pg_client_encoding()) AS \"HEAD\" \\gset"; }

CONTENTS_SQL=${CONTENTS_SQL//@tables@/"$TABLES_SQL"}
CONTENTS_SQL=${CONTENTS_SQL//@objects@/"$OBJECTS_SQL"}
readonly CONTENTS_SQL=${CONTENTS_SQL//@side@/"$SIDE_SQL"}

# Sequences stand outside of snapshots: of a backup their values are those that the dump itself sets. This asks a restored one.
IFS= read -r -d '' SEQUENCES_SQL <<'END' || :
SELECT format('SELECT %L || last_value || %L || is_called::text FROM %s', E'sequence\t' || to_json(:raw name :raw_end) || E'\t', E'\t', name)
FROM (SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
  WHERE relkind = 'S' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')
  ORDER BY 1) AS every \gexec
END
# shellcheck disable=SC2034  # only a restore asks
readonly SEQUENCES_SQL

# join_counts FILE: what COPY said to its table's line.
join_counts() { sed -i -e '/^table\t/{' -e 'N;s/\nCOPY \([0-9]*\)$/\t\1/' -e '}' -- "$1"; }

# contents_json FILE: those lines as one JSON object. Numbers that may be larger than JSON's readers keep travel as text. To be compared
# with a manifest of an earlier version, it counts indexes as that did: those of extensions' tables as well.
contents_json() {
  local version earlier=false
  version=$(manifest scriptVersion)
  [[ -z $version ]] || ((version >= 4)) || earlier=true
  jq -Rn --argjson earlier "$earlier" '
    reduce (inputs | split("\t")) as $line ({facts: null, objects: {}, called: {}, partitions: {}, tables: {}, sequences: {}};
      if $line[0] == "facts" then .facts = ($line[1:] | join("\t") | fromjson)
      elif $line[0] == "objects" then .objects = ($line[1:] | join("\t") | fromjson)
      elif $line[0] == "called" then .called[$line[1] | fromjson] = ($line[2] | fromjson)
      elif $line[0] == "partition" then .partitions[$line[1] | fromjson] = ($line[2] | fromjson)
      elif $line[0] == "table" then .tables[$line[1] | fromjson] = $line[2]
      elif $line[0] == "sequence" then .sequences[$line[1] | fromjson] = [$line[2], $line[3] == "true"]
      else . end)
    | .called as $called | def name: $called[.] // .;
      def named: with_entries(.key |= name);
      (.facts | objects | if $earlier then .counts.indexes += .extensionIndexes else . end | del(.extensionIndexes))
      + {objects: .objects, partitions: (.partitions | map_values(name) | named), tables: (.tables | named), sequences: (.sequences | named)}' "$1"
}

# rows_in FILE: the sum of the rows of all its tables.
rows_in() { awk -F'\t' '$1 == "table" { sum += $3 } END { printf "%.0f", sum }' "$1"; }

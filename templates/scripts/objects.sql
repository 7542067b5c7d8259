-- What a database holds beside its rows, as one JSON object: kind to {name: owner} for what stands by itself, kind to {table or domain: [names]}
-- for its parts. The manifest has it, a restored database is compared with it, and so is the live one by `verify` and `status`.
-- It reads catalogs alone, under search_path = pg_catalog, and leaves out what a dump leaves out: extensions' own, what `restore --table` made.
-- Constraints and triggers that a partition has from its parent get their names anew in a restore.
WITH space AS (
  SELECT oid, nspname, nspowner FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT (nspname ~ '^restored_[0-9]{8}_[0-9]{6}$'
    AND obj_description(oid, 'pg_namespace') IS NOT DISTINCT FROM 'bitacora: a table restored beside the live ones')
), member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS (
  SELECT c.oid, relkind, relowner, relname, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN space s ON s.oid = relnamespace
  WHERE (1259, c.oid) NOT IN (SELECT classid, objid FROM member) AND relpersistence <> 't'
), kind AS (
  SELECT t.oid, typowner, format('%I.%I', nspname, typname) AS name
  FROM pg_type t JOIN space s ON s.oid = typnamespace LEFT JOIN pg_class c ON c.oid = typrelid
  WHERE (typtype IN ('d', 'e', 'r') OR typtype = 'c' AND relkind = 'c') AND (1247, t.oid) NOT IN (SELECT classid, objid FROM member)
), found (kind, whole, name, owner) AS (
  SELECT 'schemas', NULL, format('%I', nspname), nspowner FROM space
  WHERE nspname <> 'public' AND (2615, oid) NOT IN (SELECT classid, objid FROM member)
  UNION ALL SELECT CASE relkind WHEN 'v' THEN 'views' WHEN 'm' THEN 'materializedViews' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'foreignTables' ELSE 'tables' END,
    NULL, name, relowner FROM rel
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') OR relkind = 'S'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = rel.oid AND refclassid = 1259 AND deptype IN ('a', 'i'))
  UNION ALL SELECT 'ownSequences', whole.name, rel.name, NULL FROM rel
    JOIN pg_depend d ON classid = 1259 AND objid = rel.oid AND refclassid = 1259 AND deptype IN ('a', 'i') JOIN rel AS whole ON whole.oid = refobjid
  WHERE rel.relkind = 'S'
  UNION ALL SELECT 'functions', NULL, format('%I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)), proowner
  FROM pg_proc p JOIN space s ON s.oid = pronamespace WHERE (1255, p.oid) NOT IN (SELECT classid, objid FROM member)
  UNION ALL SELECT 'types', NULL, name, typowner FROM kind
  UNION ALL SELECT 'constraints', coalesce(rel.name, kind.name), format('%I', conname), NULL
  FROM pg_constraint n LEFT JOIN rel ON rel.oid = conrelid LEFT JOIN kind ON kind.oid = contypid
  WHERE contype <> 'n' AND conparentid = 0 AND (rel.oid IS NOT NULL OR conrelid = 0 AND kind.oid IS NOT NULL)
    AND (2606, n.oid) NOT IN (SELECT classid, objid FROM member)
  UNION ALL SELECT 'indexes', whole.name, format('%I', rel.relname), NULL
  FROM rel JOIN pg_index ON indexrelid = rel.oid JOIN rel AS whole ON whole.oid = indrelid
  WHERE (rel.relkind = 'I' OR indisvalid AND indisready) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = rel.oid AND contype IN ('p', 'u', 'x'))
  UNION ALL SELECT 'triggers', name, format('%I', tgname), NULL FROM pg_trigger JOIN rel ON rel.oid = tgrelid WHERE NOT tgisinternal AND tgparentid = 0
  UNION ALL SELECT 'policies', name, format('%I', polname), NULL FROM pg_policy JOIN rel ON rel.oid = polrelid
), safe AS (
  -- Names that can't be converted are escaped, so that all is valid UTF-8.
  SELECT kind, CASE bare WHEN false THEN whole ELSE encode(convert_to(whole, 'SQL_ASCII'), 'escape') END AS whole,
    CASE bare WHEN false THEN name ELSE encode(convert_to(name, 'SQL_ASCII'), 'escape') END AS name,
    CASE bare WHEN false THEN owner ELSE encode(convert_to(owner, 'SQL_ASCII'), 'escape') END AS owner
  FROM (SELECT kind, whole COLLATE "C" AS whole, name COLLATE "C" AS name, pg_get_userbyid(owner)::text AS owner, getdatabaseencoding() = 'SQL_ASCII' OR pg_client_encoding() = 'SQL_ASCII' AS bare FROM found) f
)
SELECT coalesce(json_object_agg(kind, things ORDER BY kind), '{}') FROM (
  SELECT kind, json_object_agg(name, owner ORDER BY name) AS things FROM safe WHERE whole IS NULL GROUP BY kind
  UNION ALL SELECT kind, json_object_agg(whole, names ORDER BY whole)
  FROM (SELECT kind, whole, json_agg(name ORDER BY name) AS names FROM safe WHERE whole IS NOT NULL GROUP BY kind, whole) parts GROUP BY kind
) every

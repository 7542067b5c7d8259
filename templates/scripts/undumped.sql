-- What pg_dump leaves out, as one JSON object: kind to {name: value}. The manifest has it, and a restored database is compared with it, so that
-- what can't come back is named. It reads catalogs alone, under search_path = pg_catalog, and runs nothing that an owner wrote.
WITH member AS (
  SELECT refobjid AS extension, classid, objid, pg_describe_object(classid, objid, objsubid) AS name FROM pg_depend
  WHERE refclassid = 3079 AND deptype = 'e'
), owned AS (
  SELECT classid, objid, refobjid AS owner FROM pg_shdepend
  WHERE deptype = 'o' AND refclassid = 1260 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
), rel AS (
  SELECT c.oid, relkind, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace
), part (relation, name) AS (
  -- Of an extension's tables; what was added later is in no dump.
  SELECT attrelid, format('column %I %s', attname, format_type(atttypid, atttypmod)) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
  UNION ALL SELECT conrelid, format('constraint %I', conname) FROM pg_constraint WHERE contype <> 'n'
  UNION ALL SELECT tgrelid, format('trigger %I', tgname) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT indrelid, format('index %I', relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
), own (classid, oid, namespace) AS (
  SELECT 1255, oid, pronamespace FROM pg_proc UNION ALL SELECT 2617, oid, oprnamespace FROM pg_operator
  UNION ALL SELECT 1247, oid, typnamespace FROM pg_type WHERE typrelid = 0 AND typelem = 0
  UNION ALL SELECT 1259, oid, relnamespace FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
), found (kind, name, value) AS (
  SELECT 'extensionOwners', extname::text, pg_get_userbyid(extowner)::text FROM pg_extension
  UNION ALL SELECT 'extensionMembers', extname::text, (
    SELECT count(*) || ' '
      || left(encode(sha256(convert_to(string_agg(name, E'\n' ORDER BY name COLLATE "C"), getdatabaseencoding())), 'hex'), 16)
    FROM (SELECT name FROM member WHERE extension = e.oid
      UNION ALL SELECT concat_ws(' ', name, provolatile, prosecdef, proconfig) FROM member JOIN pg_proc p ON p.oid = objid WHERE extension = e.oid AND classid = 1255
      UNION ALL SELECT member.name || ' ' || part.name FROM member JOIN part ON relation = objid WHERE extension = e.oid AND classid = 1259) AS every)
  FROM pg_extension e
  UNION ALL SELECT 'memberOwners', name, pg_get_userbyid(owner)::text
  FROM member JOIN owned USING (classid, objid) JOIN pg_extension e ON e.oid = extension WHERE owner <> extowner
  UNION ALL SELECT 'invalidIndexes', rel.name, whole.name FROM pg_index JOIN rel ON rel.oid = indexrelid JOIN rel AS whole ON whole.oid = indrelid
  WHERE NOT (indisvalid AND indisready) AND rel.relkind = 'i' AND rel.name !~ '^pg_toast'
  UNION ALL SELECT 'disabledConstraints', format('%I on %s', conname, rel.name), string_agg(DISTINCT tgenabled::text, '')
  FROM pg_trigger JOIN pg_constraint n ON n.oid = tgconstraint JOIN rel ON rel.oid = conrelid WHERE tgisinternal AND tgenabled <> 'O' GROUP BY 2
  UNION ALL SELECT 'systemObjects', pg_describe_object(own.classid, own.oid, 0), pg_get_userbyid(owner)::text
  FROM own JOIN pg_namespace s ON s.oid = namespace LEFT JOIN owned ON owned.classid = own.classid AND objid = own.oid
  WHERE own.oid >= 16384 AND nspname IN ('pg_catalog', 'information_schema') AND (own.classid, own.oid) NOT IN (SELECT classid, objid FROM member)
), safe AS (
  -- Names that can't be converted are escaped, so that all is valid UTF-8.
  SELECT kind, CASE bare WHEN false THEN name ELSE encode(convert_to(name, 'SQL_ASCII'), 'escape') END AS name,
    CASE bare WHEN false THEN value ELSE encode(convert_to(value, 'SQL_ASCII'), 'escape') END AS value
  FROM (SELECT kind, name COLLATE "C" AS name, coalesce(value, '') AS value, getdatabaseencoding() = 'SQL_ASCII' OR pg_client_encoding() = 'SQL_ASCII' AS bare FROM found) f
)
SELECT coalesce(json_object_agg(kind, things ORDER BY kind), '{}')
FROM (SELECT kind, json_object_agg(name, value ORDER BY name) AS things FROM safe GROUP BY kind) every

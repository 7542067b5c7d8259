# What there is to say of the table in the restored database, as lines of KIND<tab>JSON. runner: whose things the table's owner may make.
IFS= read -r -d '' PIECES_SQL <<'END' || :
SELECT current_setting('server_version_num')::int >= 150000 AS has_filters \gset
CREATE TABLE :"w".runner AS SELECT oid FROM pg_roles WHERE oid = :owner OR :'super' = 't' AND rolsuper;
CREATE TABLE :"w".fallen AS WITH RECURSIVE dep AS (
  SELECT oid FROM :"w".member
  UNION SELECT v.oid FROM dep JOIN pg_class c ON c.oid = dep.oid
    JOIN pg_depend d ON classid = 'pg_rewrite'::regclass AND (refclassid = 'pg_class'::regclass AND refobjid = c.oid OR refclassid = 'pg_type'::regclass AND refobjid = c.reltype)
    JOIN pg_rewrite r ON r.oid = d.objid AND rulename = '_RETURN' JOIN pg_class v ON v.oid = ev_class AND v.relkind IN ('v', 'm'))
  SELECT c.oid, relkind, relowner, reltype, relispopulated, format('%I.%I', nspname, relname) AS name, c.oid IN (SELECT oid FROM :"w".member) AS member,
    relowner IN (SELECT oid FROM :"w".runner) AS mine FROM dep JOIN pg_class c USING (oid) JOIN pg_namespace s ON s.oid = relnamespace;
CREATE TABLE :"w".seq AS SELECT c.oid, refobjid AS of, refobjsubid AS at, format('%I.%I', nspname, relname) AS name
  FROM pg_depend JOIN pg_class c ON c.oid = objid AND relkind = 'S' JOIN pg_namespace s ON s.oid = relnamespace
  WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjid IN (SELECT oid FROM :"w".member);
SELECT E'role\t' || to_json(quote_ident(rolname)) || E'\nrolename\t' || to_json(rolname) FROM pg_roles WHERE oid = :owner;
SELECT E'schema\t' || to_json(format('CREATE SCHEMA %I;', nspname)) FROM :"w".member WHERE asked;
SELECT CASE WHEN member OR mine THEN 'dump' ELSE 'others' END || E'\t' || to_json(name) FROM :"w".fallen;
SELECT E'rights\t' || to_json(format('DO %L;', format($do$DECLARE r record; BEGIN
FOR r IN SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass AS what, grantee FROM pg_catalog.pg_class c, pg_catalog.aclexplode(relacl)
  WHERE c.oid = ANY (ARRAY[%s]::pg_catalog.regclass[]) AND grantee <> relowner
LOOP EXECUTE pg_catalog.format('REVOKE ALL ON %%s FROM %%s CASCADE', r.what, CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) END); END LOOP;
END$do$, string_agg(quote_literal(name), ', '))))
FROM (SELECT name FROM :"w".fallen WHERE member OR mine UNION ALL SELECT name FROM :"w".seq) AS every;
SELECT E'insert\t' || to_json(format('DO %L;', format(E'#variable_conflict use_column\nDECLARE n bigint; total bigint = 0; BEGIN\n%sIF total <> %s THEN RAISE EXCEPTION ''the copy has %% rows, and not %s: restore it again'', total; END IF; END', string_agg(
  format(E'INSERT INTO %s %s OVERRIDING SYSTEM VALUE SELECT %s FROM %I.%I;\nGET DIAGNOSTICS n = ROW_COUNT; total = total + n;\n', name, names, taken, :'side', copy), ''), :'rows', :'rows')))
FROM :"w".side JOIN :"w".list USING (oid);
SELECT format($f$SELECT E'setval\t' || to_json(format('SELECT pg_catalog.setval(%%L, %%s, %%s);', %L, last_value, is_called::text)) FROM %s$f$, name, name) FROM :"w".seq \gexec
-- As pg_dump writes them: what the owner lacks a right for.
SELECT E'outside\t' || to_json(pg_get_triggerdef(t.oid, false) || ';') FROM pg_trigger t JOIN :"w".fallen f ON f.oid = tgrelid
WHERE NOT tgisinternal AND NOT has_function_privilege(:owner::oid, tgfoid, 'EXECUTE');
SELECT E'outside\t' || to_json(format(E'ALTER TABLE %s%s\n    ADD CONSTRAINT %I %s;', CASE relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, f.name, conname, pg_get_constraintdef(o.oid)))
FROM pg_constraint o JOIN :"w".fallen f ON f.oid = conrelid
WHERE contype = 'f' AND EXISTS (SELECT FROM unnest(confkey) k WHERE NOT has_column_privilege(:owner::oid, confrelid, k, 'REFERENCES'));
-- What is written at other tables and fell with this one: (part, whose, SQL).
CREATE TABLE :"w".around AS
  SELECT 1 AS n, 'keys' AS part, c.relowner AS whose, format('ALTER TABLE %s%s ADD CONSTRAINT %I %s;', CASE relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, name, conname,
      -- A superuser looks nothing up in tables of others: that evaluates what their owners wrote.
      pg_get_constraintdef(o.oid) || CASE WHEN convalidated AND c.relowner NOT IN (SELECT oid FROM :"w".runner) THEN ' NOT VALID' ELSE '' END)
      || coalesce(format(E'\nCOMMENT ON CONSTRAINT %I ON %s IS %L;', conname, name, obj_description(o.oid, 'pg_constraint')), '') AS sql
    FROM pg_constraint o JOIN (SELECT c.oid, relkind, relowner, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace s ON s.oid = relnamespace) c ON c.oid = conrelid
    WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (SELECT oid FROM :"w".member) AND conrelid NOT IN (SELECT oid FROM :"w".member)
  UNION ALL SELECT 2, 'rest', relowner, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s;', c.oid::regclass, attname, pg_get_expr(adbin, adrelid))
    FROM pg_attrdef a JOIN pg_class c ON c.oid = adrelid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE adrelid NOT IN (SELECT oid FROM :"w".member) AND EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_attrdef'::regclass AND objid = a.oid AND refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM :"w".seq))
  UNION ALL SELECT 3, 'rest', relowner, pg_get_ruledef(r.oid)
    FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
    WHERE rulename <> '_RETURN' AND c.oid NOT IN (SELECT oid FROM :"w".fallen)
      AND EXISTS (SELECT FROM pg_depend JOIN :"w".fallen f ON refclassid = 'pg_class'::regclass AND refobjid = f.oid WHERE classid = 'pg_rewrite'::regclass AND objid = r.oid)
  UNION ALL SELECT 4, 'rest', relowner, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, c.oid::regclass, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT string_agg(CASE u WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u)) END, ', ') FROM unnest(polroles) u))
      || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', '') || ';'
    FROM pg_policy p JOIN pg_class c ON c.oid = polrelid
    WHERE c.oid NOT IN (SELECT oid FROM :"w".fallen) AND EXISTS (SELECT FROM pg_depend JOIN :"w".fallen f ON refclassid = 'pg_class'::regclass AND refobjid = f.oid WHERE classid = 'pg_policy'::regclass AND objid = p.oid)
  UNION ALL SELECT 5, 'rest', stxowner, pg_get_statisticsobjdef(x.oid) || ';' || CASE WHEN nullif(stxstattarget, -1) IS NULL THEN '' ELSE format(E'\nALTER STATISTICS %I.%I SET STATISTICS %s;', nspname, stxname, stxstattarget) END
      || coalesce(format(E'\nCOMMENT ON STATISTICS %I.%I IS %L;', nspname, stxname, obj_description(x.oid, 'pg_statistic_ext')), '')
    FROM pg_statistic_ext x JOIN pg_namespace s ON s.oid = stxnamespace WHERE stxrelid IN (SELECT oid FROM :"w".fallen)
  UNION ALL SELECT 6, 'rest', relowner, format('REFRESH MATERIALIZED VIEW %s;', name) FROM :"w".fallen WHERE relkind = 'm' AND relispopulated AND mine;
\if :has_filters
INSERT INTO :"w".around SELECT 5, 'rest', pubowner, format('ALTER PUBLICATION %I ADD TABLE ONLY %s%s%s;', pubname, f.name,
    (SELECT ' (' || string_agg(format('%I', attname), ', ' ORDER BY i) || ')' FROM unnest(prattrs::int2[]) WITH ORDINALITY k (n, i) JOIN pg_attribute ON attrelid = prrelid AND attnum = k.n),
    ' WHERE (' || pg_get_expr(prqual, prrelid) || ')')
  FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid JOIN :"w".fallen f ON f.oid = prrelid;
\else
INSERT INTO :"w".around SELECT 5, 'rest', pubowner, format('ALTER PUBLICATION %I ADD TABLE ONLY %s;', pubname, f.name)
  FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid JOIN :"w".fallen f ON f.oid = prrelid;
\endif
SELECT CASE WHEN whose IN (SELECT oid FROM :"w".runner) THEN part ELSE 'super' END || E'\t' || to_json(sql) FROM :"w".around ORDER BY n, sql;
SELECT DISTINCT E'lost\t' || to_json(regexp_replace(pg_describe_object(classid, objid, objsubid), '[[:cntrl:]]', ' ', 'g'))
FROM pg_depend d JOIN :"w".fallen f ON refclassid = 'pg_class'::regclass AND refobjid = f.oid
  OR refclassid = 'pg_type'::regclass AND refobjid IN (f.reltype, (SELECT typarray FROM pg_type WHERE oid = f.reltype))
WHERE classid = 'pg_proc'::regclass OR classid = 'pg_class'::regclass AND objsubid > 0 AND refclassid = 'pg_type'::regclass AND objid NOT IN (SELECT oid FROM :"w".fallen);
SELECT E'advice\t' || to_json(format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I.%I%s;', x.name, string_agg(format('%I', attname), ', ' ORDER BY attnum), string_agg(taken, ', ' ORDER BY attnum), :'side', copy,
    -- A table with rules takes no ON CONFLICT.
    CASE WHEN live -> 'ruled' = 'true' AND same IS NOT NULL THEN format(' AS kept WHERE NOT EXISTS (SELECT FROM %s AS live WHERE %s)', x.name, same)
      WHEN live -> 'ruled' <> 'true' AND live -> 'keyed' = 'true' THEN ' ON CONFLICT DO NOTHING' ELSE ' WHERE false /* it has no key that tells which rows are there already: choose them here */' END))
FROM :"w".side x JOIN :"w".col ON attrelid = x.oid JOIN jsonb_each(:'there'::jsonb) AS l (name, live) ON l.name = x.name AND live -> 'columns' ? attname::text,
  LATERAL (SELECT string_agg(format('live.%1$I::text = kept.%1$I::text', a.attname), ' AND ') AS same FROM pg_constraint o JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY (conkey)
    WHERE conrelid = x.oid AND contype = 'p') AS key
GROUP BY x.oid, x.name, copy, live, same;
SELECT E'advice\t' || to_json(format('SELECT pg_catalog.setval(%L, pg_catalog.max(%I)) FROM %s HAVING pg_catalog.max(%I) > (SELECT last_value FROM %s);', q.name, attname, x.name, attname, q.name))
FROM :"w".seq q JOIN pg_sequence ON seqrelid = q.oid AND seqincrement > 0 JOIN :"w".side x ON x.oid = q.of JOIN :"w".col ON attrelid = q.of AND attnum = q.at
WHERE :'there'::jsonb -> x.name -> 'columns' ? attname::text;
END
# shellcheck disable=SC2034  # table-sql.sh asks it
readonly PIECES_SQL

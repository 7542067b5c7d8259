import { sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'

/** Schemas of the server itself, and of sessions' temporary tables. */
export const NOT_SYSTEM = sql`n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/**
 * Whether an extension made the thing, and so decides about its privileges. Whoever owns an extension, as an application may that has created
 * a trusted one, can add things of its own to it: those are its own all the same, and what the extension's script made is a superuser's.
 */
export const ofExtension = (catalog: string, oid: Sql, owner: Sql): Sql =>
  sql`EXISTS (SELECT FROM pg_depend e JOIN pg_extension x ON x.oid = e.refobjid JOIN pg_roles o ON o.oid IN (x.extowner, ${owner})
    WHERE e.classid = ${catalog}::regclass AND e.objid = ${oid} AND e.deptype = 'e' AND o.rolsuper)`

/**
 * A query for every privilege that somebody other than the owner has on a table, view, column, sequence or schema of this database, on the
 * database itself, and by default on what will be made in it: (kind, schema, name, owner, grantor, grantee, privilege, writes, revocable).
 * Names are quoted as SQL wants them. What extensions brought is left out.
 *
 * PostgreSQL lets a superuser revoke what the owner granted; what others passed on, only they can revoke: in their role, which needs the
 * schema, and acts for the owner where it may. Where neither works, `revocable` is false. Source: PostgreSQL documentation, REVOKE, Notes.
 */
export const grants: Sql = sql`SELECT o.kind, o.schema, o.name, o.owner, x.grantor, x.grantee, x.privilege_type AS privilege,
    NOT (x.privilege_type IN ('SELECT', 'CONNECT') OR o.kind IN ('schema', 'new schemas') AND x.privilege_type = 'USAGE') AS writes,
    x.grantor = o.owner OR NOT g.rolsuper AND NOT pg_has_role(x.grantor, o.owner, 'USAGE')
      AND (o.namespace IS NULL OR has_schema_privilege(x.grantor, o.namespace, 'USAGE')) AS revocable
  FROM (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, n.oid AS namespace, quote_ident(n.nspname) AS schema,
      format('%I.%I', n.nspname, c.relname) AS name, c.relowner AS owner, a.acl
      FROM (SELECT oid AS relid, relacl AS acl FROM pg_class WHERE relacl IS NOT NULL
        UNION ALL SELECT attrelid, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND NOT attisdropped) a
      JOIN pg_class c ON c.oid = a.relid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${NOT_SYSTEM} AND NOT ${ofExtension('pg_class', sql`c.oid`, sql`c.relowner`)}
    UNION ALL SELECT 'schema', NULL, quote_ident(n.nspname), quote_ident(n.nspname), n.nspowner, n.nspacl FROM pg_namespace n
      WHERE n.nspacl IS NOT NULL AND ${NOT_SYSTEM} AND NOT ${ofExtension('pg_namespace', sql`n.oid`, sql`n.nspowner`)}
    UNION ALL SELECT CASE d.defaclobjtype WHEN 'r' THEN 'new tables' WHEN 'S' THEN 'new sequences' ELSE 'new schemas' END, NULL,
      quote_ident(n.nspname), concat('FOR ROLE ', quote_ident(r.rolname), ' IN SCHEMA ' || quote_ident(n.nspname)), d.defaclrole, d.defaclacl
      FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
      WHERE d.defaclobjtype IN ('r', 'S', 'n')
    UNION ALL SELECT 'database', NULL, NULL, quote_ident(datname), datdba, datacl FROM pg_database WHERE datname = current_database()
  ) o CROSS JOIN aclexplode(o.acl) x LEFT JOIN pg_roles g ON g.oid = x.grantor
  WHERE x.grantee <> o.owner`

/**
 * Revokes the rows of `grants` that a condition takes, each as whoever granted it: a query whose answer psql runs. A hundred things at a time
 * and not in one transaction, so that ten thousand tables need no ten thousand locks; what was revoked before an error stays revoked.
 */
export function revokeWhere(condition: Sql): Sql {
  return sql`SELECT CASE WHEN granted_by <> 0 THEN format('SET ROLE %I', pg_get_userbyid(granted_by)) END,
    CASE WHEN kind LIKE 'new %' THEN format('ALTER DEFAULT PRIVILEGES %s REVOKE %s ON %s FROM %s', min(name), privileges, substr(kind, 5), grantee)
      ELSE format('REVOKE %s ON %s %s FROM %s CASCADE', privileges, kind, string_agg(name, ', ' ORDER BY name), grantee) END,
    CASE WHEN granted_by <> 0 THEN 'RESET ROLE' END
  FROM (SELECT r.*, CASE WHEN kind LIKE 'new %' THEN row_number() OVER ()
      ELSE row_number() OVER (PARTITION BY kind, granted_by, grantee, privileges ORDER BY name) / 100 END AS part
    FROM (SELECT kind, name, CASE WHEN grantor <> owner THEN grantor ELSE 0 END AS granted_by,
      CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS grantee, string_agg(DISTINCT privilege, ', ') AS privileges
      FROM (${grants}) g WHERE revocable AND ${condition} GROUP BY 1, 2, 3, 4) r) p
  GROUP BY kind, granted_by, grantee, privileges, part
  \\gexec`
}

/** Rows of `grants` that a condition takes, summed up as (grantee, writes, granted): the last in JSON, see granted.ts. */
export function summed(condition: Sql): Sql {
  return sql`SELECT grantee, writes, json_build_object('kind', kind, 'revocable', revocable,
      'grantor', CASE WHEN granted_by <> 0 THEN quote_ident(pg_get_userbyid(granted_by)) END,
      'owner', CASE WHEN stuck_at <> 0 THEN quote_ident(pg_get_userbyid(stuck_at)) END,
      'privileges', privileges, 'count', cardinality(names), 'names', names[1:3], 'schemas', coalesce(schemas[1:3], '{}')) AS granted
    FROM (SELECT grantee, writes, kind, revocable, CASE WHEN grantor <> owner THEN grantor ELSE 0 END AS granted_by, CASE WHEN revocable THEN 0 ELSE owner END AS stuck_at,
      array_agg(DISTINCT privilege ORDER BY privilege) AS privileges, array_agg(DISTINCT name ORDER BY name) AS names,
      array_agg(DISTINCT schema ORDER BY schema) FILTER (WHERE schema IS NOT NULL) AS schemas
      FROM (${grants}) g WHERE ${condition} GROUP BY 1, 2, 3, 4, 5, 6) s`
}

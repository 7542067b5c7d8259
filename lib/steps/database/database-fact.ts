import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { sql } from '../../text/sql.ts'

/** One privilege as aclexplode gives it; the grantee is null for PUBLIC. */
const privilege = z.object({
  grantee: z.string().nullable(),
  grantor: z.string(),
  privilege: z.string(),
  grantable: z.boolean(),
  /** The grantee is a superuser, who needs no privilege. */
  superuser: z.boolean(),
})
export type Privilege = z.infer<typeof privilege>

/**
 * A role that is no superuser, with what it has inside of the database. A login that has nothing itself and doesn't inherit, but may become a
 * role that has something, or the owner, lives by it as well.
 */
const user = z.object({
  role: z.string(),
  objects: z.number(),
  privileges: z.number(),
  sessions: z.number(),
  settings: z.boolean().optional(),
  becomes: z.array(z.string()).optional(),
})
export type DatabaseUser = z.infer<typeof user>

const database = z.object({
  owner: z.string(),
  /** The owner is the cluster's first superuser, mostly called postgres. */
  ownedByFirst: z.boolean(),
  ownerSuperuser: z.boolean(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** c: libc, i: ICU, b: PostgreSQL's own (17 and later). */
  provider: z.string(),
  /** ICU's or the builtin provider's locale. */
  locale: z.string().nullable(),
  collationVersion: z.string().nullable(),
  /** The version that the system offers now; null before PostgreSQL 15. */
  collationOffered: z.string().nullable(),
  connections: z.boolean(),
  template: z.boolean(),
  connectionLimit: z.number(),
  tablespace: z.string(),
  privileges: z.array(privilege),
  settings: z.array(z.string()).nullable(),
  users: z.array(user),
})
export type DatabaseFound = z.infer<typeof database>

/** The server's version as a number: 150004. */
export function versionFact() {
  return sqlFact('postgres', z.number(), sql`SELECT current_setting('server_version_num')::int`)
}

/**
 * All of a database that is compared, asked from outside of it; null where it doesn't exist. Columns that older versions lack are read by to_jsonb, and
 * pg_database_collation_actual_version (15 and later) by a query in text, which is only parsed where it can run.
 */
export function databaseFact(name: string) {
  return sqlFact(
    'postgres',
    database.nullable(),
    sql`SELECT json_build_object('owner', pg_get_userbyid(datdba), 'ownedByFirst', datdba = 10,
      'ownerSuperuser', (SELECT rolsuper FROM pg_roles r WHERE r.oid = datdba), 'encoding', pg_encoding_to_char(encoding),
      'collate', datcollate, 'ctype', datctype, 'provider', coalesce(c->>'datlocprovider', 'c'), 'locale', coalesce(c->>'datlocale', c->>'daticulocale'),
      'collationVersion', c->>'datcollversion', 'collationOffered', CASE WHEN current_setting('server_version_num')::int >= 150000 THEN
        substring(query_to_xml(format('SELECT pg_database_collation_actual_version(%s) AS v', d.oid), false, true, '')::text from '<v>(.*)</v>') END,
      'connections', datallowconn, 'template', datistemplate, 'connectionLimit', datconnlimit,
      'tablespace', (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace),
      'privileges', (SELECT coalesce(json_agg(json_build_object('grantee', CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END,
          'grantor', pg_get_userbyid(grantor), 'privilege', privilege_type, 'grantable', is_grantable, 'superuser', coalesce(rolsuper, false))
          ORDER BY grantee, privilege_type, grantor), '[]')
        FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) LEFT JOIN pg_roles r ON r.oid = grantee),
      'settings', (SELECT setconfig FROM pg_db_role_setting WHERE setrole = 0 AND setdatabase = d.oid),
      'users', (WITH used AS (SELECT r.oid, rolname, o, p, s, c FROM (SELECT role, sum(o) AS o, sum(p) AS p, sum(s) AS s, bool_or(c) AS c FROM (
              SELECT refobjid AS role, (deptype = 'o')::int AS o, (deptype <> 'o')::int AS p, 0 AS s, false AS c FROM pg_shdepend
                WHERE dbid = d.oid AND refclassid = 'pg_authid'::regclass
              UNION ALL SELECT usesysid, 0, 0, 1, false FROM pg_stat_activity WHERE datid = d.oid AND usesysid IS NOT NULL
              UNION ALL SELECT setrole, 0, 0, 0, true FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole <> 0) AS one GROUP BY role) AS every
            JOIN pg_roles r ON r.oid = role WHERE NOT rolsuper AND rolname !~ '^pg_'),
          lived AS (SELECT oid, rolname FROM used UNION SELECT oid, rolname FROM pg_roles WHERE oid = datdba AND NOT rolsuper)
        SELECT coalesce(json_agg(json_build_object('role', rolname, 'objects', o, 'privileges', p, 'sessions', s, 'settings', c, 'becomes', b) ORDER BY rolname), '[]')
        FROM (SELECT rolname, o, p, s, c, '[]'::json AS b FROM used
          UNION ALL SELECT r.rolname, 0, 0, 0, false, json_agg(lived.rolname ORDER BY lived.rolname) FROM pg_roles r
            JOIN lived ON lived.oid <> r.oid AND pg_has_role(r.oid, lived.oid, 'MEMBER')
            WHERE r.rolcanlogin AND NOT r.rolsuper AND r.oid NOT IN (SELECT oid FROM used) AND r.oid <> datdba
            GROUP BY r.rolname HAVING NOT bool_or(pg_has_role(r.oid, lived.oid, 'USAGE'))) AS every))
      FROM pg_database d, to_jsonb(d) AS c WHERE datname = ${name}`,
  )
}

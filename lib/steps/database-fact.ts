import { z } from 'zod'
import { sqlFact } from '../engine/fact.ts'
import { sql } from '../sql.ts'

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

/** A role that is no superuser, with what it has inside of the database. */
const user = z.object({ role: z.string(), objects: z.number(), privileges: z.number(), sessions: z.number() })
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
      'users', (SELECT coalesce(json_agg(json_build_object('role', rolname, 'objects', objects, 'privileges', privileges, 'sessions', sessions) ORDER BY rolname), '[]')
        FROM (SELECT role, sum(o) AS objects, sum(p) AS privileges, sum(s) AS sessions FROM (
            SELECT refobjid AS role, (deptype = 'o')::int AS o, (deptype <> 'o')::int AS p, 0 AS s FROM pg_shdepend
              WHERE dbid = d.oid AND refclassid = 'pg_authid'::regclass
            UNION ALL SELECT usesysid, 0, 0, 1 FROM pg_stat_activity WHERE datid = d.oid AND usesysid IS NOT NULL) AS one GROUP BY role) AS every
        JOIN pg_roles r ON r.oid = role WHERE NOT rolsuper AND rolname !~ '^pg_'))
      FROM pg_database d, to_jsonb(d) AS c WHERE datname = ${name}`,
  )
}

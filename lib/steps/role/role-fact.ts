import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { sql } from '../../text/sql.ts'

/** One row of pg_auth_members. The grantor is null before PostgreSQL 16, where it means nothing. */
const grant = z.object({ grantor: z.string().nullable(), admin: z.boolean() })
export type Grant = z.infer<typeof grant>

const reached = z.object({ name: z.string(), attributes: z.array(z.string()) })
export type Reached = z.infer<typeof reached>

/** A role that this one is a direct member of, and all that this leads to, itself first. */
const memberOf = z.object({ role: z.string(), grants: z.array(grant), reaches: z.array(reached) })
export type MemberOf = z.infer<typeof memberOf>

/** A direct member of this role, and the roles that are members through it. Superusers are left out: they may do all anyway. */
const member = z.object({ role: z.string(), grants: z.array(grant), through: z.array(z.string()) })
export type Member = z.infer<typeof member>

const role = z.object({
  login: z.boolean(),
  superuser: z.boolean(),
  createdb: z.boolean(),
  createrole: z.boolean(),
  replication: z.boolean(),
  bypassrls: z.boolean(),
  inherit: z.boolean().default(true),
  connectionLimit: z.number(),
  verifier: z.string().nullable(),
  expired: z.boolean(),
  /** When the password ends, in UTC; null for never. */
  validUntil: z.string().nullable().default(null),
  settings: z.array(z.string()).nullable(),
  /** Settings of the role in the project's database. */
  settingsHere: z.array(z.string()).nullable().default(null),
  memberOf: z.array(memberOf).default([]),
  members: z.array(member).default([]),
  /** It owns the project's database. */
  ownsDatabase: z.boolean().default(false),
  /** Other databases that it owns; that hold objects or privileges of it; that it has sessions in. */
  elsewhere: z
    .object({ owns: z.array(z.string()), uses: z.array(z.string()), sessions: z.array(z.string()) })
    .default({ owns: [], uses: [], sessions: [] }),
})
export type RoleFound = z.infer<typeof role> | null

/** The words of what pg_roles `r` may beyond any database of its own; NULL for each that it may not. */
export const ATTRIBUTES = sql`CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
  CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END`

/** All of a role that is compared, as `database` sees it. Null where it doesn't exist. */
export function roleFact(name: string, database = '') {
  const grants = sql`json_agg(json_build_object('admin', m.admin_option,
    'grantor', CASE WHEN current_setting('server_version_num')::int >= 160000 THEN pg_get_userbyid(m.grantor) END) ORDER BY m.grantor)`
  return sqlFact(
    'postgres',
    role.nullable(),
    sql`WITH RECURSIVE self AS (SELECT * FROM pg_authid WHERE rolname = ${name}), here AS (SELECT oid, datdba FROM pg_database WHERE datname = ${database}),
      up AS (SELECT m.roleid AS direct, m.roleid AS oid FROM pg_auth_members m JOIN self ON m.member = self.oid
        UNION SELECT up.direct, m.roleid FROM up JOIN pg_auth_members m ON m.member = up.oid),
      down AS (SELECT m.member AS direct, m.member AS oid FROM pg_auth_members m JOIN self ON m.roleid = self.oid
        UNION SELECT down.direct, m.member FROM down JOIN pg_auth_members m ON m.roleid = down.oid)
      SELECT json_build_object('login', rolcanlogin, 'superuser', rolsuper, 'createdb', rolcreatedb, 'createrole', rolcreaterole,
      'replication', rolreplication, 'bypassrls', rolbypassrls, 'inherit', rolinherit, 'connectionLimit', rolconnlimit, 'verifier', rolpassword,
      'expired', coalesce(rolvaliduntil < now(), false), 'validUntil', CASE WHEN rolvaliduntil < 'infinity' THEN to_json(rolvaliduntil AT TIME ZONE 'UTC') END,
      'settings', (SELECT setconfig FROM pg_db_role_setting WHERE setrole = self.oid AND setdatabase = 0),
      'settingsHere', (SELECT setconfig FROM pg_db_role_setting JOIN here ON setdatabase = here.oid WHERE setrole = self.oid),
      'memberOf', (SELECT coalesce(json_agg(json_build_object('role', pg_get_userbyid(roleid), 'grants', grants, 'reaches', (
          SELECT json_agg(json_build_object('name', r.rolname, 'attributes', array_remove(ARRAY[${ATTRIBUTES}], NULL)) ORDER BY r.oid <> roleid, r.rolname)
          FROM up JOIN pg_roles r USING (oid) WHERE up.direct = roleid)) ORDER BY pg_get_userbyid(roleid)), '[]')
        FROM (SELECT m.roleid, ${grants} AS grants FROM pg_auth_members m WHERE m.member = self.oid GROUP BY 1) AS direct),
      'members', (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'grants', grants, 'through', (
          SELECT coalesce(json_agg(t.rolname ORDER BY t.rolname), '[]') FROM down JOIN pg_roles t USING (oid)
          WHERE down.direct = r.oid AND t.oid <> r.oid AND NOT t.rolsuper)) ORDER BY r.rolname), '[]')
        FROM (SELECT m.member, ${grants} AS grants FROM pg_auth_members m WHERE m.roleid = self.oid GROUP BY 1) AS direct
        JOIN pg_roles r ON r.oid = direct.member WHERE NOT r.rolsuper),
      'ownsDatabase', EXISTS (SELECT FROM here WHERE datdba = self.oid),
      'elsewhere', json_build_object(
        'owns', (SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database WHERE datdba = self.oid AND datname <> ${database}),
        'uses', (SELECT coalesce(json_agg(DISTINCT datname), '[]') FROM pg_shdepend s
          JOIN pg_database d ON d.oid = CASE WHEN s.dbid = 0 AND s.classid = 'pg_database'::regclass THEN s.objid ELSE s.dbid END
          WHERE refclassid = 'pg_authid'::regclass AND refobjid = self.oid AND datname <> ${database} AND datdba <> self.oid),
        'sessions', (SELECT coalesce(json_agg(DISTINCT datname), '[]') FROM pg_stat_activity WHERE usesysid = self.oid AND datname <> ${database})))
      FROM self`,
  )
}

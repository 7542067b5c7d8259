import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import type { Change } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import { revokeWhere, summed } from '../common/acl.ts'
import { ATTRIBUTES } from './role-fact.ts'
import { isDangerous } from './memberships.ts'
import { granted, printable, revokeByHand, showGranted, someOf } from '../common/granted.ts'

const right = z.object({
  reader: z.string(),
  /** The role that has the right: the reader itself, or one that it is a member of. Plain text, like `hop`. */
  role: z.string(),
  /** The membership of the reader's own that leads there; null for its own rights. */
  hop: z.string().nullable(),
  /** Attributes of a role that it may become. */
  attributes: z.array(z.string()),
  /** Things in the database that the role owns, as PostgreSQL describes them, and how many it owns in all databases. */
  owns: z.array(z.string()),
  owned: z.number(),
  grants: z.array(granted),
})
export type ReaderRight = z.infer<typeof right>

/** Roles of PostgreSQL's own that only read. Source: PostgreSQL documentation, Predefined Roles. */
const READING = ['pg_read_all_data', 'pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables']

/**
 * What would let the read-only roles write, however they came by it: privileges on the database and all in it, by default on future things,
 * ownership anywhere, and all that roles have which they are members of, at whatever distance, whether inherited or by SET ROLE. Null where
 * the database isn't there. Out of sight: functions that run with their owner's rights (SECURITY DEFINER), and what any login may do, such as
 * making large objects of its own.
 */
export function readerRights(database: string, readers: readonly string[]) {
  return sqlFact(
    database,
    z.array(right).nullable(),
    sql`WITH RECURSIVE ways(reader, role, hop) AS (
        SELECT rolname, oid, NULL::oid FROM pg_roles WHERE rolname IN (${readers})
        UNION SELECT w.reader, m.roleid, coalesce(w.hop, m.roleid) FROM ways w JOIN pg_auth_members m ON m.member = w.role),
      writing AS (${summed(sql`writes AND grantee IN (SELECT role FROM ways)`)})
      SELECT json_agg(json_build_object('reader', w.reader, 'role', r.rolname, 'hop', pg_get_userbyid(w.hop),
        'attributes', CASE WHEN w.hop IS NULL THEN '{}' ELSE array_remove(ARRAY[${ATTRIBUTES},
          CASE WHEN r.oid < 16384 AND r.rolname ~ '^pg_' AND r.rolname NOT IN (${READING}) THEN r.rolname END], NULL) END,
        'owns', coalesce(o.things, '{}'), 'owned', coalesce(o.count, 0),
        'grants', (SELECT coalesce(json_agg(granted ORDER BY granted->>'kind' DESC, granted->>'grantor' NULLS FIRST), '[]') FROM writing
          WHERE grantee = w.role)) ORDER BY w.reader, w.hop NULLS FIRST, r.rolname)
      FROM ways w JOIN pg_roles r ON r.oid = w.role LEFT JOIN LATERAL (
        SELECT count(*)::int AS count, (array_agg(pg_describe_object(s.classid, s.objid, s.objsubid)) FILTER (WHERE s.dbid = d.oid))[1:3] AS things
        FROM pg_shdepend s JOIN pg_database d ON d.datname = current_database()
        WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = w.role AND s.deptype = 'o') o ON true`,
  )
}

interface Place {
  port: number
  database: string
  owner: string
}

/**
 * Takes away what was given to the reader itself. What it owns, and what it has through a role of somebody's, is for a person. The owner's rights, and
 * those on the server, are the role step's.
 */
export function planReaderRights({ port, database, owner }: Place, reader: string, rights: readonly ReaderRight[]): Change[] {
  const own = rights.find((one) => one.reader === reader && one.hop === null)
  const through = Map.groupBy(
    rights.filter((one) => one.reader === reader && one.hop !== null && one.hop !== owner),
    ({ hop }) => hop as string,
  )
  const changes: Change[] = []
  const [revoked, stuck] = [own?.grants.filter((one) => one.revocable) ?? [], own?.grants.filter((one) => !one.revocable) ?? []]
  if (revoked.length > 0) {
    changes.push({
      what: `role ${reader} privileges to write`,
      from: revoked.map(showGranted).join('; '),
      to: 'none',
      run: psqlApply(
        port,
        database,
        [revokeWhere(sql`writes AND grantee = (SELECT oid FROM pg_roles WHERE rolname = ${reader})`)],
        {
          transaction: false,
        },
      ),
    })
  }
  if (stuck.length > 0) {
    changes.push({
      what: `role ${reader} privileges to write`,
      from: stuck.map(showGranted).join('; '),
      to: 'none',
      help: `who granted it acts for the owner now, and so can't revoke it; as postgres in ${database}: ${revokeByHand(stuck, id(reader).text)}`,
    })
  }
  if (own !== undefined && own.owned > 0) {
    changes.push({
      what: `role ${reader} owns`,
      from: owned(own),
      to: 'nothing',
      help: `an owner may write whatever its privileges are: give each to its right owner (ALTER … OWNER TO …), or drop it`,
    })
  }
  for (const [hop, all] of through) {
    const ways = all.filter(allows)
    // The role step revokes those.
    if (ways.length === 0 || ways.some((one) => isDangerous({ name: one.role, attributes: powers(one) }))) continue
    changes.push({
      what: `role ${reader} through ${printable(hop)}`,
      from: ways.map((one) => described(one, hop)).join('; '),
      to: 'nothing that writes',
      help: `it may act as ${printable(hop)}; if it needs that to read, grant it what it reads itself; as postgres: REVOKE ${id(hop).text} FROM ${id(reader).text}`,
    })
  }
  return changes
}

/** Attributes of the role itself, without the names of PostgreSQL's own roles. */
const powers = ({ attributes, role }: ReaderRight) => attributes.filter((one) => one !== role)

const allows = (one: ReaderRight) => one.attributes.length + one.owned + one.grants.length > 0

function described(one: ReaderRight, hop: string): string {
  const all = [...one.attributes, ...one.grants.map(showGranted), ...(one.owned > 0 ? [`owns ${owned(one)}`] : [])].join('; ')
  return one.role === hop || one.attributes.includes(one.role) ? all : `${printable(one.role)}: ${all}`
}

function owned({ owns, owned: count }: ReaderRight): string {
  if (owns.length === 0) return `${count} in other databases`
  return someOf(owns, count)
}

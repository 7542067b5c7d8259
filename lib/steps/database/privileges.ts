import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { sql } from '../../text/sql.ts'
import { revokeWhere, summed } from '../common/acl.ts'
import type { Context } from '../common/context.ts'
import { granted, printable, revokeByHand, showGranted } from '../common/granted.ts'

const grant = z.object({
  /** Null is PUBLIC; quoted where SQL wants it. */
  grantee: z.string().nullable(),
  writes: z.boolean(),
  granted,
})
type Grant = z.infer<typeof grant>

const found = z.object({ grants: z.array(grant), grantees: z.number() })

/** Named one by one; more are counted. */
const MOST_ROLES = 10

/**
 * Privileges of PUBLIC and of roles that the inventory doesn't know, on tables, columns, sequences and schemas, and by default on future
 * ones. What lets PUBLIC write is revoked: the database is closed to it, so nobody whom the inventory names needs that. What lets PUBLIC
 * read, and whatever another role has, somebody may have meant, so a person decides. Those of superusers say nothing.
 */
export function privilegesStep({ host, project }: Context): Step {
  const { name: database, owner, readers, otherRoles } = project.database
  const { port } = host.postgresql
  const known = [owner, ...readers.map(({ name }) => name), ...otherRoles, 'pg_database_owner']
  // Anybody may use a schema, by default; CREATE in schema public is the step schema's.
  const strange = sql`kind <> 'database' AND NOT (kind = 'schema' AND grantee = 0 AND (NOT writes OR schema = 'public'))
    AND grantee NOT IN (SELECT oid FROM pg_roles WHERE rolsuper OR rolname IN (${known}))`
  return step({
    project: project.name,
    name: 'privileges',
    needs: ['server', 'role', 'database', 'schema'],
    facts: {
      found: sqlFact(
        database,
        found.nullable(),
        sql`WITH strange AS (SELECT s.*, quote_ident(r.rolname) AS role FROM (${summed(strange)}) s LEFT JOIN pg_roles r ON r.oid = grantee),
          named AS (SELECT grantee FROM strange GROUP BY grantee, role ORDER BY role NULLS FIRST LIMIT ${MOST_ROLES + 1})
          SELECT json_build_object('grantees', (SELECT count(DISTINCT role) FROM strange), 'grants', coalesce((SELECT
            json_agg(json_build_object('grantee', role, 'writes', writes, 'granted', granted) ORDER BY role NULLS FIRST, granted->>'kind' DESC, granted->>'grantor' NULLS FIRST)
            FROM strange JOIN named USING (grantee)), '[]'))`,
      ),
    },
    plan({ found: all }) {
      if (all === null) return []
      const isRevoked = (one: Grant) => one.grantee === null && one.writes && one.granted.revocable
      const revoked = [...Map.groupBy(all.grants.filter(isRevoked), (one) => one.granted.kind)].map(([kind, of]): Change => ({
        what: `privileges of PUBLIC on ${kind.endsWith('s') ? kind : `${kind}s`}`,
        from: showAll(of),
        to: 'none to write',
        run: psqlApply(port, database, [revokeWhere(sql`grantee = 0 AND writes AND kind = ${kind} AND ${strange}`)], {
          transaction: false,
        }),
      }))
      const left = [
        ...Map.groupBy(
          all.grants.filter((one) => !isRevoked(one)),
          ({ grantee }) => grantee,
        ),
      ].map(([grantee, of]): Change => ({
        what: `privileges of ${printable(grantee ?? 'PUBLIC')}`,
        from: showAll(of),
        to: 'none',
        help: advice(of, grantee, project.name, database),
      }))
      const named = new Set(all.grants.flatMap(({ grantee }) => grantee ?? [])).size
      if (all.grantees > named) {
        left.push({
          what: `privileges of other roles in ${database}`,
          from: `${all.grantees - named} more roles that the inventory doesn't name have some`,
          to: 'none',
          help: 'they are shown once the roles above have none',
        })
      }
      return [...revoked, ...left]
    },
  })
}

const showAll = (grants: readonly Grant[]) => grants.map((one) => showGranted(one.granted)).join('; ')

function advice(of: readonly Grant[], grantee: string | null, project: string, database: string): string {
  const statements = revokeByHand(
    of.map((one) => one.granted),
    grantee ?? 'PUBLIC',
  )
  return grantee === null
    ? `whoever may connect has it; if nobody needs that, as postgres in ${database}: ${statements}`
    : `the inventory doesn't name it. If it should only read, declare it in projects.${project}.database.readers; if it is right as it is, in otherRoles there; if nobody needs it, as postgres in ${database}: ${statements}`
}

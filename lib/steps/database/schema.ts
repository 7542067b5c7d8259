import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import { grants, revokeWhere } from '../common/acl.ts'
import type { Context } from '../common/context.ts'
import { versionFact } from './database-fact.ts'
import { printable, revokeByHand } from '../common/granted.ts'
import type { Granted } from '../common/granted.ts'

const schema = z.object({
  owner: z.string(),
  /** The project's owner, pg_database_owner, or a superuser, as it was before PostgreSQL 15 and is after pg_upgrade. */
  owned: z.boolean(),
  create: z.boolean(),
  usage: z.boolean(),
  publicCreate: z.boolean(),
  /** By whom, where a superuser can't revoke it: see `grants`. */
  stuckWith: z.string().nullable(),
})

const PUBLIC_CREATE: Granted = {
  kind: 'schema',
  revocable: false,
  grantor: null,
  owner: null,
  privileges: ['CREATE'],
  count: 1,
  names: ['public'],
  schemas: ['public'],
}

/**
 * The owner may make tables in `public`, PUBLIC may not, and no stranger owns it: whoever does may drop all that is in it. Since PostgreSQL 15 the first needs more than GRANT ALL ON DATABASE: the
 * schema belongs to pg_database_owner, whose only member is the database's owner. Source: PostgreSQL 15 release notes, E.x.2.
 */
export function schemaStep({ host, project }: Context): Step {
  const { name: database, owner } = project.database
  const { port } = host.postgresql
  const forPublic = sql`kind = 'schema' AND schema = 'public' AND grantee = 0 AND privilege = 'CREATE'`
  const apply = (statement: ReturnType<typeof sql>) => psqlApply(port, database, [statement])
  return step({
    project: project.name,
    name: 'schema',
    needs: ['server', 'role', 'database'],
    facts: {
      found: sqlFact(
        database,
        schema.nullable(),
        sql`SELECT json_build_object(
          'create', coalesce(has_schema_privilege(r.oid, n.oid, 'CREATE'), false), 'usage', coalesce(has_schema_privilege(r.oid, n.oid, 'USAGE'), false),
          'owner', o.rolname, 'owned', o.rolsuper OR o.rolname IN (${owner}, 'pg_database_owner'), 'publicCreate', p.granted, 'stuckWith', p.stuck)
          FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner LEFT JOIN pg_roles r ON r.rolname = ${owner},
            (SELECT count(*) > 0 AS granted, min(pg_get_userbyid(grantor)::text) FILTER (WHERE NOT revocable) AS stuck FROM (${grants}) g WHERE ${forPublic}) p
          WHERE n.nspname = 'public'`,
      ),
      exists: sqlFact('postgres', z.boolean(), sql`SELECT to_json(EXISTS (SELECT FROM pg_database WHERE datname = ${database}))`),
      version: versionFact(),
    },
    plan({ found, exists, version }) {
      if (!exists) return version >= 150_000 ? [] : { unknown: `once ${database} exists` }
      if (found === null) {
        return [
          {
            what: 'schema public',
            from: null,
            to: `usable by ${owner}`,
            run: apply(sql`CREATE SCHEMA public AUTHORIZATION ${id(owner)}`),
          },
        ]
      }
      const changes: Change[] = []
      if (!found.owned) {
        const to = version >= 150_000 ? 'pg_database_owner' : owner
        changes.push({
          what: 'schema public owner',
          from: printable(found.owner),
          to,
          run: apply(sql`ALTER SCHEMA public OWNER TO ${id(to)}`),
        })
      }
      const missing = [...(found.create ? [] : ['CREATE']), ...(found.usage ? [] : ['USAGE'])]
      if (missing.length > 0) {
        const grant = apply(sql`GRANT CREATE, USAGE ON SCHEMA public TO ${id(owner)}`)
        changes.push({
          what: `schema public privileges of ${owner}`,
          from: `without ${missing.join(', ')}`,
          to: 'CREATE, USAGE',
          run: grant,
        })
      }
      if (found.publicCreate) {
        const change = { what: 'schema public privileges of PUBLIC', from: 'CREATE', to: 'none to create' }
        const by = found.stuckWith === null ? null : id(found.stuckWith).text
        changes.push(
          by === null
            ? { ...change, run: apply(revokeWhere(forPublic)) }
            : {
                ...change,
                help: `${printable(by)} granted it, and whatever that role does counts as the owner's now; as postgres in ${database}: ${revokeByHand([{ ...PUBLIC_CREATE, grantor: by, owner: id(found.owner).text }], 'PUBLIC')}`,
              },
        )
      }
      return changes
    },
  })
}

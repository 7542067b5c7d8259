import { z } from 'zod'
import { sqlFact } from '../engine/fact.ts'
import { psqlApply } from '../engine/psql.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import { id, sql } from '../sql.ts'
import type { Context } from './context.ts'

const schema = z.object({ create: z.boolean(), usage: z.boolean(), publicCreate: z.boolean() })

/**
 * The owner may make tables in `public`, and PUBLIC may not. Since PostgreSQL 15 the first needs more than GRANT ALL ON DATABASE: the
 * schema belongs to pg_database_owner, whose only member is the database's owner. Source: PostgreSQL 15 release notes, E.x.2.
 */
export function schemaStep({ host, project }: Context): Step {
  const { name: database, owner } = project.database
  const { port } = host.postgresql
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
          'publicCreate', EXISTS (SELECT FROM aclexplode(n.nspacl) WHERE grantee = 0 AND privilege_type = 'CREATE'))
          FROM pg_namespace n LEFT JOIN pg_roles r ON r.rolname = ${owner} WHERE n.nspname = 'public'`,
      ),
      exists: sqlFact('postgres', z.boolean(), sql`SELECT to_json(EXISTS (SELECT FROM pg_database WHERE datname = ${database}))`),
      version: sqlFact('postgres', z.number(), sql`SELECT current_setting('server_version_num')::int`),
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
        const revoke = apply(sql`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
        changes.push({ what: 'schema public privileges of PUBLIC', from: 'CREATE', to: 'none to create', run: revoke })
      }
      return changes
    },
  })
}

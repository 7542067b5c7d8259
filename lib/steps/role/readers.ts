import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import type { Fact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'
import { isUnread, leavesOut } from '../common/unread.ts'
import { planReaderRights, readerRights } from './reader-rights.ts'
import type { ReaderRight } from './reader-rights.ts'
import { planRole, roleFact } from './role.ts'
import type { RoleFound } from './role.ts'

const grants = z.object({
  connect: z.boolean(),
  usage: z.boolean(),
  /** Tables, views and sequences of `public` that the role cannot read. */
  unreadable: z.array(z.string()),
  /** Default privileges of the owner's future tables and sequences reach the role. */
  defaults: z.boolean(),
})

/** The declared read-only roles: login, CONNECT, USAGE, SELECT on all that is there and on all that the owner will make, and no way to write. */
export function readersStep({ host, project, secret }: Context): Step {
  const { readers, name: database, owner, adopt } = project.database
  const { port } = host.postgresql
  const facts: Record<string, Fact<unknown>> = {}
  for (const reader of readers) {
    facts[`role ${reader.name}`] = roleFact(reader.name, database)
    facts[`grants ${reader.name}`] = grantsFact(database, owner, reader.name)
  }
  facts['rights'] = readerRights(
    database,
    readers.map(({ name }) => name),
  )
  return step({
    project: project.name,
    name: 'readers',
    needs: ['server', 'role', 'database', 'schema'],
    facts,
    plan(found) {
      const rights = (found['rights'] as ReaderRight[] | null) ?? []
      return readers.flatMap((reader): Change[] => {
        const role = found[`role ${reader.name}`] as RoleFound
        const granted = found[`grants ${reader.name}`] as z.infer<typeof grants> | null
        const changes = planRole(
          port,
          { name: reader.name, password: secret(reader.password), project: project.name, database, adopt, dangerousOnly: true },
          role,
        )
        const statements = missingGrants(database, owner, reader.name, granted)
        if (statements.length > 0) {
          const from = granted === null ? null : `without ${statements.map(([what]) => what).join(', ')}`
          const run = psqlApply(
            port,
            database,
            statements.flatMap(([, statement]) => statement),
          )
          changes.push({ what: `role ${reader.name} privileges`, from, to: `reads all of ${database}`, run })
        }
        return [...changes, ...planReaderRights({ port, database, owner }, reader.name, rights)]
      })
    },
    ...leavesOut(readers.filter(({ password }) => isUnread(secret(password))).map(({ name }) => `the password of ${name}`)),
  })
}

/** Null when the role or the database isn't there yet. */
function grantsFact(database: string, owner: string, reader: string) {
  return sqlFact(
    database,
    grants.nullable(),
    sql`SELECT json_build_object(
      'connect', has_database_privilege(r.oid, current_database(), 'CONNECT'), 'usage', coalesce(has_schema_privilege(r.oid, to_regnamespace('public')::oid, 'USAGE'), false),
      'unreadable', (SELECT coalesce(json_agg(c.relname ORDER BY c.relname), '[]') FROM pg_class c WHERE c.relnamespace = to_regnamespace('public')
        AND CASE WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f') THEN NOT has_table_privilege(r.oid, c.oid, 'SELECT')
          WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(r.oid, c.oid, 'SELECT') ELSE false END),
      'defaults', (SELECT count(DISTINCT defaclobjtype) = 2 FROM pg_default_acl d, aclexplode(defaclacl) a
        WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = ${owner}) AND defaclnamespace = to_regnamespace('public')
        AND defaclobjtype IN ('r', 'S') AND a.grantee = r.oid AND a.privilege_type = 'SELECT'))
      FROM pg_roles r WHERE rolname = ${reader}`,
  )
}

function missingGrants(database: string, owner: string, reader: string, found: z.infer<typeof grants> | null): [string, Sql[]][] {
  const name = id(reader)
  const all: [boolean | undefined, string, Sql[]][] = [
    [found?.connect, 'CONNECT', [sql`GRANT CONNECT ON DATABASE ${id(database)} TO ${name}`]],
    [found?.usage, 'USAGE', [sql`GRANT USAGE ON SCHEMA public TO ${name}`]],
    [
      found === null ? undefined : found.unreadable.length === 0,
      found === null ? 'SELECT' : `SELECT on ${found.unreadable.join(' ')}`,
      [
        sql`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`,
        sql`GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name}`,
      ],
    ],
    [
      found?.defaults,
      'default privileges',
      [
        sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${id(owner)} IN SCHEMA public GRANT SELECT ON TABLES TO ${name}`,
        sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${id(owner)} IN SCHEMA public GRANT SELECT ON SEQUENCES TO ${name}`,
      ],
    ],
  ]
  return all.filter(([exists]) => exists !== true).map(([, what, statements]) => [what, statements])
}

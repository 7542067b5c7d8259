import { id, psqlApply, sql, sqlFact, step } from 'bitacora'
import type { OwnSteps } from 'bitacora'
import { z } from 'zod'

/**
 * A role without a login that may read all tables of the project, now and in future: grant it to whoever makes reports, and name it in the
 * project's `database.otherRoles`.
 */
export const reportingRole =
  (role: string): OwnSteps =>
  ({ name: project, database }, { host }) => {
    const facts = {
      exists: sqlFact('postgres', z.boolean(), sql`SELECT to_json(EXISTS (SELECT FROM pg_roles WHERE rolname = ${role}))`),
      // Null where there is no such role.
      unread: sqlFact(
        database.name,
        z.number().nullable(),
        sql`SELECT count(*) FROM pg_class c, pg_roles r WHERE rolname = ${role} AND relnamespace = 'public'::regnamespace
          AND relkind IN ('r', 'p', 'v', 'm') AND NOT has_table_privilege(r.oid, c.oid, 'SELECT')`,
      ),
      future: sqlFact(
        database.name,
        z.boolean(),
        sql`SELECT to_json(EXISTS (SELECT FROM pg_default_acl d, aclexplode(defaclacl) a JOIN pg_roles r ON r.oid = grantee
          WHERE rolname = ${role} AND defaclobjtype = 'r' AND defaclnamespace = 'public'::regnamespace AND privilege_type = 'SELECT'))`,
      ),
    }
    const apply = (...statements: ReturnType<typeof sql>[]) => psqlApply(host.postgresql.port, database.name, statements)
    const [reader, owner] = [id(role), id(database.owner)]
    return [
      step({
        project,
        name: 'reporting-role',
        needs: ['database', 'privileges'],
        facts,
        plan({ exists, unread, future }) {
          if (!exists)
            return [
              {
                what: `role ${role}`,
                from: null,
                to: 'reads all tables',
                run: apply(sql`CREATE ROLE ${reader} NOLOGIN`, ...grants()),
              },
            ]
          if (unread === 0 && future) return []
          return [
            {
              what: `tables that ${role} can read`,
              from: `all but ${unread}`,
              to: 'all, also new ones',
              run: apply(...grants()),
            },
          ]
        },
      }),
    ]

    function grants() {
      return [
        sql`GRANT USAGE ON SCHEMA public TO ${reader}`,
        sql`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`,
        sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public GRANT SELECT ON TABLES TO ${reader}`,
      ]
    }
  }

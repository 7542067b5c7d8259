import { z } from 'zod'
import { sqlFact } from '../engine/fact.ts'
import { psqlApply } from '../engine/psql.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import { Script } from '../shell.ts'
import { id, sql } from '../sql.ts'
import type { Context } from './context.ts'

const database = z.object({
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  connections: z.boolean(),
  publicPrivileges: z.array(z.string()),
})

/** The project's database: there, its owner, its encoding and locale (fixed at its making), and closed to PUBLIC. */
export function databaseStep({ host, project }: Context): Step {
  const { name, owner, encoding, locale } = project.database
  const { port } = host.postgresql
  const revoke = psqlApply(port, 'postgres', [sql`REVOKE CONNECT, TEMPORARY ON DATABASE ${id(name)} FROM PUBLIC`])
  return step({
    project: project.name,
    name: 'database',
    needs: ['preflight', 'server', 'role'],
    facts: {
      found: sqlFact(
        'postgres',
        database.nullable(),
        sql`SELECT json_build_object('owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding), 'collate', datcollate,
          'ctype', datctype, 'connections', datallowconn, 'publicPrivileges', (SELECT coalesce(json_agg(privilege_type ORDER BY privilege_type), '[]')
            FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0))
          FROM pg_database WHERE datname = ${name}`,
      ),
    },
    plan({ found }) {
      if (found === null) {
        const made = psqlApply(
          port,
          'postgres',
          [
            sql`CREATE DATABASE ${id(name)} OWNER ${id(owner)} TEMPLATE template0 ENCODING ${encoding} LC_COLLATE ${locale} LC_CTYPE ${locale}`,
          ],
          { transaction: false },
        )
        return [
          {
            what: `database ${name}`,
            from: null,
            to: `owned by ${owner}, ${encoding}, ${locale}, closed to PUBLIC`,
            run: Script.join([made, revoke]),
            help: `if the locale is missing on the host: sed -i 's/^# *${locale}/${locale}/' /etc/locale.gen && locale-gen, then restart PostgreSQL`,
          },
        ]
      }
      const changes: Change[] = []
      if (found.owner !== owner) {
        const run = psqlApply(port, 'postgres', [sql`ALTER DATABASE ${id(name)} OWNER TO ${id(owner)}`])
        changes.push({ what: `database ${name} owner`, from: found.owner, to: owner, run })
      }
      if (!found.connections) {
        const run = psqlApply(port, 'postgres', [sql`ALTER DATABASE ${id(name)} ALLOW_CONNECTIONS true`])
        changes.push({ what: `database ${name} connections`, from: 'refused', to: 'allowed', run })
      }
      const fixed = (what: string, from: string, to: string) =>
        changes.push({
          what: `database ${name} ${what}`,
          from,
          to,
          help: `it was chosen when the database was made: dump it, make it anew with the right one, restore; or write "${from}" in projects.${project.name}.database`,
        })
      if (found.encoding !== encoding) fixed('encoding', found.encoding, encoding)
      if (sameLocale(found.collate) !== sameLocale(locale)) fixed('collation', found.collate, locale)
      if (sameLocale(found.ctype) !== sameLocale(locale)) fixed('character type', found.ctype, locale)
      if (found.publicPrivileges.length > 0) {
        changes.push({ what: `database ${name} privileges of PUBLIC`, from: found.publicPrivileges, to: [], run: revoke })
      }
      return changes
    },
  })
}

/** en_US.UTF-8 and en_US.utf8 are two spellings of one locale. */
function sameLocale(locale: string): string {
  return locale.toLowerCase().replace('utf-8', 'utf8')
}

import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Json, Step } from '../../engine/step.ts'
import { Script } from '../../text/sh.ts'
import { id, sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'
import { foreignDatabase, isOurs } from './adopt-database.ts'
import type { DatabaseClaim } from './adopt-database.ts'
import type { Context } from '../common/context.ts'
import { databaseFact, versionFact } from './database-fact.ts'
import type { DatabaseFound } from './database-fact.ts'
import { localeClauses, planLocale } from './locale.ts'
import { keepConnect, planPrivileges } from './database-privileges.ts'
import { isMarked, markClause } from '../common/mark.ts'
import { settingsOf } from '../server/settings.ts'
import { planUndeclared } from './undeclared.ts'

/** The project's database: its owner, who may use it, what keeps people out, and its encoding and locale, which are fixed at its making. */
export function databaseStep({ host, project }: Context): Step {
  const { name, owner, readers, otherRoles, adopt, settings = {} } = project.database
  const { port } = host.postgresql
  const apply = (statements: readonly Sql[]) => psqlApply(port, 'postgres', statements)
  const claim = { name, project: project.name, owner, readers: readers.map((each) => each.name), otherRoles, adopt }
  const declared = new Set(Object.keys(settings).map((key) => key.toLowerCase()))
  return step({
    project: project.name,
    name: 'database',
    needs: ['preflight', 'server', 'role'],
    facts: { found: databaseFact(name), version: versionFact() },
    plan({ found, version }) {
      if (found === null) return [creation(port, claim, { ...project.database, version })]
      // A DROP DATABASE that was interrupted leaves this; nothing can be done with it. Source: PostgreSQL 15.4 release notes.
      if (found.connectionLimit === -2) return [invalid(name)]
      const foreign = foreignDatabase(claim, found)
      if (foreign !== undefined) return [foreign]
      const ours = isOurs(claim, found)
      const alter = sql`ALTER DATABASE ${id(name)}`
      const place = { what: `database ${name}`, alter, field: `projects.${project.name}.database.settings`, ours }
      const changes = [
        ...planAccess(claim, project.database.tablespace, found, apply),
        ...planUndeclared({ ...place, apply: (statement) => apply([statement]) }, settingsOf(found.settings), declared),
        ...planLocale({ ...project.database, project: project.name }, found),
        ...planPrivileges(claim, found, apply),
      ]
      if (ours && !isMarked(found.settings, project.name) && changes.some(({ run }) => run !== undefined)) {
        const run = apply([sql`${alter} ${markClause(project.name)}`])
        changes.push({ what: `database ${name} mark`, from: null, to: project.name, run })
      }
      return changes
    },
  })
}

interface Making {
  encoding: string
  locale: string
  tablespace: string
  version: number
}

function creation(
  port: number,
  { name, owner, project }: DatabaseClaim,
  { encoding, locale, tablespace, version }: Making,
): Change {
  // The default one is left to template0, as a cluster without the inventory's word has it.
  const where = tablespace === 'pg_default' ? sql`` : sql` TABLESPACE ${id(tablespace)}`
  const create = sql`CREATE DATABASE ${id(name)} OWNER ${id(owner)} TEMPLATE template0 ${localeClauses(version, { encoding, locale })}${where}`
  const made = psqlApply(port, 'postgres', [create], { transaction: false })
  const closed = psqlApply(port, 'postgres', [
    sql`REVOKE ALL ON DATABASE ${id(name)} FROM PUBLIC`,
    sql`ALTER DATABASE ${id(name)} ${markClause(project)}`,
  ])
  return {
    what: `database ${name}`,
    from: null,
    to: `owned by ${owner}, ${encoding}, ${locale}, closed to PUBLIC`,
    run: Script.join([made, closed]),
    help: `if the locale is missing on the host: sed -i 's/^# *${locale}/${locale}/' /etc/locale.gen && locale-gen, then restart PostgreSQL`,
  }
}

function invalid(name: string): Change {
  return {
    what: `database ${name}`,
    from: 'invalid: a DROP DATABASE was interrupted',
    to: 'valid',
    help: `PostgreSQL lets nobody use it again. Remove it, and run this again: ${sql`DROP DATABASE ${id(name)}`.text}`,
    blocks: true,
  }
}

/** Its owner, and what keeps the application out or lets others copy it. */
function planAccess(
  claim: DatabaseClaim,
  tablespace: string,
  found: DatabaseFound,
  apply: (statements: readonly Sql[]) => Script,
): Change[] {
  const { name, owner } = claim
  const changes: Change[] = []
  const alter = (what: string, from: Json, to: Json, clause: Sql, more: readonly Sql[] = []) =>
    changes.push({ what: `database ${name} ${what}`, from, to, run: apply([sql`ALTER DATABASE ${id(name)} ${clause}`, ...more]) })
  if (found.owner !== owner)
    alter('owner', found.owner, owner, sql`OWNER TO ${id(owner)}`, claim.adopt ? keepConnect(claim, found) : [])
  if (!found.connections) {
    alter('connections', 'refused', 'allowed', sql`ALLOW_CONNECTIONS true`)
    // Nothing in it can be read before: what looks there waits a round.
    changes.at(-1)!.blocks = true
  }
  if (found.template) alter('template', 'everybody with CREATEDB may copy it', 'no template', sql`IS_TEMPLATE false`)
  if (found.connectionLimit === 0) alter('connection limit', 0, -1, sql`CONNECTION LIMIT -1`)
  if (found.connectionLimit > 0) {
    const help = `further connections are refused. "connectionLimit" in projects.${claim.project}.database limits its owner; then: ALTER DATABASE ${id(name).text} CONNECTION LIMIT -1`
    changes.push({ what: `database ${name} connection limit`, from: found.connectionLimit, to: -1, help })
  }
  if (found.tablespace !== tablespace) {
    const move = sql`ALTER DATABASE ${id(name)} SET TABLESPACE ${id(tablespace)}`
    const help = `it is not moved, since that copies all of it and needs every session closed: ${move.text}; or write "tablespace": "${found.tablespace}" in projects.${claim.project}.database`
    changes.push({ what: `database ${name} tablespace`, from: found.tablespace, to: tablespace, help })
  }
  return changes
}

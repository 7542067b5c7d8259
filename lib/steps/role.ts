import { z } from 'zod'
import { psqlApply } from '../engine/psql.ts'
import { sqlFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import { scramMatches, scramVerifier } from '../scram.ts'
import type { Secret } from '../secret.ts'
import { Sql, id, sql } from '../sql.ts'

/** What a login role should be. Settings are `ALTER ROLE … SET`; those that aren't named here are left alone. */
export interface RoleWanted {
  name: string
  password: Secret
  connectionLimit?: number | undefined
  settings?: Readonly<Record<string, string>> | undefined
}

const role = z.object({
  login: z.boolean(),
  superuser: z.boolean(),
  createdb: z.boolean(),
  createrole: z.boolean(),
  replication: z.boolean(),
  bypassrls: z.boolean(),
  connectionLimit: z.number(),
  verifier: z.string().nullable(),
  expired: z.boolean(),
  settings: z.array(z.string()).nullable(),
})
export type RoleFound = z.infer<typeof role> | null

/** Attributes that an application's role must not have, as SQL writes them. */
const REFUSED = ['superuser', 'createdb', 'createrole', 'replication', 'bypassrls'] as const

export function roleFact(name: string) {
  return sqlFact(
    'postgres',
    role.nullable(),
    sql`SELECT json_build_object('login', rolcanlogin, 'superuser', rolsuper, 'createdb', rolcreatedb, 'createrole', rolcreaterole,
      'replication', rolreplication, 'bypassrls', rolbypassrls, 'connectionLimit', rolconnlimit, 'verifier', rolpassword,
      'expired', coalesce(rolvaliduntil < now(), false),
      'settings', (SELECT setconfig FROM pg_db_role_setting WHERE setrole = pg_authid.oid AND setdatabase = 0))
      FROM pg_authid WHERE rolname = ${name}`,
  )
}

/** The role that owns the project's database. */
export function roleStep(project: string, port: number, wanted: RoleWanted): Step {
  return step({
    project,
    name: 'role',
    needs: ['server'],
    facts: { found: roleFact(wanted.name) },
    plan: ({ found }) => planRole(port, wanted, found),
  })
}

/** Creates a role, or brings each attribute that differs back. The password is compared, never set to find out. */
export function planRole(port: number, wanted: RoleWanted, found: RoleFound): Change[] {
  const name = id(wanted.name)
  const alter = (what: string, from: Change['from'], to: Change['to'], clause: Sql): Change => ({
    what: `role ${wanted.name} ${what}`,
    from,
    to,
    run: psqlApply(port, 'postgres', [sql`ALTER ROLE ${name} ${clause}`]),
  })
  const password = () => sql`PASSWORD ${scramVerifier(wanted.password)}`
  if (found === null) {
    const limit = sql`CONNECTION LIMIT ${wanted.connectionLimit ?? -1}`
    const create = sql`CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ${limit} ${password()}`
    const settings = Object.entries(wanted.settings ?? {}).map(
      ([key, value]) => sql`ALTER ROLE ${name} SET ${setting(key)} = ${value}`,
    )
    return [
      { what: `role ${wanted.name}`, from: null, to: 'a login role', run: psqlApply(port, 'postgres', [create, ...settings]) },
    ]
  }
  const changes: Change[] = []
  if (!found.login) changes.push(alter('LOGIN', false, true, sql`LOGIN`))
  for (const attribute of REFUSED) {
    const word = attribute.toUpperCase()
    if (found[attribute]) changes.push(alter(word, true, false, new Sql(`NO${word}`)))
  }
  if (found.expired) changes.push(alter('VALID UNTIL', 'in the past', 'infinity', sql`VALID UNTIL 'infinity'`))
  if (!scramMatches(wanted.password, found.verifier)) {
    changes.push(alter('password', found.verifier === null ? null : 'another', 'as the inventory says', password()))
  }
  if (wanted.connectionLimit !== undefined && wanted.connectionLimit !== found.connectionLimit) {
    changes.push(
      alter('connection limit', found.connectionLimit, wanted.connectionLimit, sql`CONNECTION LIMIT ${wanted.connectionLimit}`),
    )
  }
  const settings = new Map(
    (found.settings ?? []).map((line) => [line.slice(0, line.indexOf('=')).toLowerCase(), line.slice(line.indexOf('=') + 1)]),
  )
  for (const [key, value] of Object.entries(wanted.settings ?? {})) {
    const now = settings.get(key.toLowerCase()) ?? null
    if (now !== value) changes.push(alter(`setting ${key}`, now, value, sql`SET ${setting(key)} = ${value}`))
  }
  return changes
}

/** A setting's name may have an extension's prefix: `pg_stat_statements.track`. */
function setting(key: string): Sql {
  return Sql.join(key.split('.').map(id), '.')
}

import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { scramMatches, scramVerifier } from '../../text/scram.ts'
import type { Secret } from '../../text/secret.ts'
import { Sql, id, sql } from '../../text/sql.ts'
import { foreignRole } from './adopt-role.ts'
import { isMarked, markClause } from '../common/mark.ts'
import { roleFact } from './role-fact.ts'
import type { RoleFound } from './role-fact.ts'
import { planMemberships } from './memberships.ts'
import { planRoleSettings } from './role-settings.ts'
import { isUnread, leavesOut } from '../common/unread.ts'
import { setClause } from '../server/settings.ts'
import type { Settings } from '../server/settings.ts'

export { roleFact } from './role-fact.ts'
export type { RoleFound } from './role-fact.ts'

/** What a login role should be. Settings are `ALTER ROLE … SET`; those that aren't named here are left alone unless they do harm. */
export interface RoleWanted {
  name: string
  password: Secret
  connectionLimit?: number | undefined
  settings?: Settings | undefined
  /** Whose role it is: it gets the project's mark, and one of somebody else is not taken over. Left out: nobody asks. */
  project?: string | undefined
  /** The project's database, where settings and memberships count. */
  database?: string | undefined
  adopt?: boolean | undefined
  /** Where the inventory may declare its limit and settings: `projects.onquota.database`. Left out: nowhere. */
  field?: string | undefined
  /** Roles of others that it may be a member of, and that may be its members. */
  otherRoles?: readonly string[] | undefined
  /** It may be a member of any role that gives no rights on the server: its rights are looked at elsewhere. */
  dangerousOnly?: boolean | undefined
  /** The inventory's read-only roles. */
  readers?: readonly { name: string }[] | undefined
}

/** Attributes that an application's role must not have, as SQL writes them. */
const REFUSED = ['superuser', 'createdb', 'createrole', 'replication', 'bypassrls'] as const

/** The role that owns the project's database. */
export function roleStep(project: string, port: number, wanted: RoleWanted): Step {
  return step({
    project,
    name: 'role',
    needs: ['server'],
    facts: { found: roleFact(wanted.name, wanted.database) },
    plan: ({ found }) => planRole(port, { ...wanted, project, field: `projects.${project}.database` }, found),
    ...leavesOut(isUnread(wanted.password) ? [`the password of ${wanted.name}`] : []),
  })
}

/** Creates a role, or brings each attribute that differs back. The password is compared, never set to find out. */
export function planRole(port: number, wanted: RoleWanted, found: RoleFound): Change[] {
  const { name, project, database = '', adopt = false, readers = [], otherRoles = [], dangerousOnly = false } = wanted
  const apply = (...statements: readonly Sql[]) => psqlApply(port, 'postgres', statements)
  if (name === 'postgres') return planSuperuser(wanted, found)
  if (found === null) return [{ what: `role ${name}`, from: null, to: 'a login role', run: apply(...creation(wanted)) }]
  const changes = [
    ...planAttributes(wanted, found, apply),
    ...planMemberships(
      { name, ...found },
      { database, readers: readers.map((each) => each.name), otherRoles, dangerousOnly, apply: (all) => apply(...all) },
    ),
    ...planRoleSettings({
      name,
      database,
      declared: wanted.settings ?? {},
      found: found.settings,
      here: found.settingsHere,
      field: wanted.field === undefined ? undefined : `${wanted.field}.settings`,
      apply,
    }),
  ]
  if (project === undefined || !changes.some(({ run }) => run !== undefined)) return changes
  // Whose it is matters only where something of it would change: its password is the inventory's already. What only a person changes is said as is.
  const foreign = foreignRole(
    { name, project, database, adopt },
    found,
    changes.flatMap(({ what, run }) => (run === undefined ? [] : [what.replace(`role ${name} `, '')])),
  )
  if (foreign !== undefined) return [foreign]
  // What a person has to decide first is not ours yet.
  if (!isMarked(found.settings, project) && !REFUSED.some((attribute) => found[attribute] && !adopt)) {
    changes.push({
      what: `role ${name} mark`,
      from: null,
      to: project,
      run: apply(sql`ALTER ROLE ${id(name)} ${markClause(project)}`),
    })
  }
  return changes
}

/** The superuser as an owner: nothing of it is changed. That the password is another is for a person, since everybody who logs in as postgres has it. */
function planSuperuser({ name, password }: RoleWanted, found: RoleFound): Change[] {
  if (found === null) {
    const help = 'PostgreSQL was set up with another superuser; give the database an owner of its own'
    return [{ what: `role ${name}`, from: null, to: 'the superuser', help, blocks: true }]
  }
  const hand = (what: string, from: Change['from'], to: Change['to'], clause: string): Change => {
    const help = `the role postgres is never changed by bitacora, since others may rely on it. By hand: ${clause}; or give the database an owner of its own`
    return { what: `role ${name} ${what}`, from, to, help }
  }
  const changes: Change[] = []
  if (!found.login) changes.push(hand('LOGIN', false, true, 'ALTER ROLE postgres LOGIN'))
  if (found.expired) changes.push(hand('VALID UNTIL', 'in the past', 'infinity', `ALTER ROLE postgres VALID UNTIL 'infinity'`))
  if (!isRight(password, found.verifier)) {
    const from = found.verifier === null ? null : 'another'
    changes.push(hand('password', from, 'as the inventory says', String.raw`su postgres -c "psql -c '\password'"`))
  }
  return changes
}

/** A password that was not read is compared with nothing; that there is one can be seen. */
const isRight = (password: Secret, verifier: string | null) =>
  isUnread(password) ? verifier !== null : scramMatches(password, verifier)

function creation({ name, password, connectionLimit, settings = {}, project }: RoleWanted): Sql[] {
  const limit = sql`CONNECTION LIMIT ${connectionLimit ?? -1} PASSWORD ${scramVerifier(password)}`
  return [
    sql`CREATE ROLE ${id(name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ${limit}`,
    ...Object.entries(settings).map(([key, value]) => sql`ALTER ROLE ${id(name)} ${setClause(key, value)}`),
    ...(project === undefined ? [] : [sql`ALTER ROLE ${id(name)} ${markClause(project)}`]),
  ]
}

function planAttributes(
  wanted: RoleWanted,
  found: NonNullable<RoleFound>,
  apply: (statement: Sql) => Change['run'] & {},
): Change[] {
  const { name } = wanted
  const alter = (what: string, from: Change['from'], to: Change['to'], clause: Sql): Change => ({
    what: `role ${name} ${what}`,
    from,
    to,
    run: apply(sql`ALTER ROLE ${id(name)} ${clause}`),
  })
  const changes: Change[] = []
  if (!found.login) changes.push(alter('LOGIN', false, true, sql`LOGIN`))
  for (const attribute of REFUSED) {
    const word = attribute.toUpperCase()
    if (found[attribute]) changes.push(withheld(wanted, found, alter(word, true, false, new Sql(`NO${word}`)), `NO${word}`))
  }
  // In 14 and 15 an owner without it loses what pg_database_owner has: CREATE in the schema public.
  if (!found.inherit) changes.push(alter('INHERIT', false, true, sql`INHERIT`))
  const until = found.expired ? 'in the past' : found.validUntil
  if (until !== null) changes.push(alter('VALID UNTIL', until, 'infinity', sql`VALID UNTIL 'infinity'`))
  if (!isRight(wanted.password, found.verifier)) {
    const password = sql`PASSWORD ${scramVerifier(wanted.password)}`
    changes.push(alter('password', found.verifier === null ? null : 'another', 'as the inventory says', password))
  }
  return [...changes, ...planLimit(wanted, found, alter)]
}

/** What a role that we didn't make was given may be what somebody lives by: then it is for a person. */
function withheld(
  { name, project, adopt }: RoleWanted,
  { settings }: NonNullable<RoleFound>,
  change: Change,
  clause: string,
): Change {
  if (project === undefined || adopt === true || isMarked(settings, project)) return change
  const { run: _run, ...rest } = change
  const help = `${name} was not created by bitacora. If nobody needs it: ALTER ROLE ${id(name).text} ${clause}; "adopt": true in projects.${project}.database lets a run do that`
  return { ...rest, help }
}

/** A limit that nobody declared may be meant, but for 0, which keeps the application out. */
function planLimit(
  { name, connectionLimit: declared, field }: RoleWanted,
  { connectionLimit: found }: NonNullable<RoleFound>,
  alter: (what: string, from: Change['from'], to: Change['to'], clause: Sql) => Change,
): Change[] {
  if (found === (declared ?? -1)) return []
  const limit = alter('connection limit', found, declared ?? -1, sql`CONNECTION LIMIT ${declared ?? -1}`)
  if (declared !== undefined || found === 0) return [limit]
  if (field === undefined) return []
  const { run: _run, ...rest } = limit
  const ways = `if it is meant, declare "connectionLimit": ${found} in ${field}; if not, run ALTER ROLE ${id(name).text} CONNECTION LIMIT -1`
  return [{ ...rest, help: `further connections are refused; ${ways}` }]
}

import type { Change } from '../../engine/step.ts'
import type { Script } from '../../text/sh.ts'
import { Sql, id, sql } from '../../text/sql.ts'
import { isLoader } from '../common/own-names.ts'
import type { Grant, Member, MemberOf, Reached } from './role-fact.ts'

/**
 * Predefined roles that reach beyond the application's own database: they run programs, read or write the server's files, write in every
 * database, end other people's sessions. Source: PostgreSQL documentation, 22.5 Predefined Roles.
 */
const DANGEROUS = new Set([
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_write_all_data',
  'pg_signal_backend',
])

interface Memberships {
  /** The role itself. */
  name: string
  memberOf: readonly MemberOf[]
  members: readonly Member[]
}

interface Known {
  /** The project's database, by which a restore names its logins. */
  database: string
  /** Read-only roles of the inventory: they must not have the owner's rights. */
  readers: readonly string[]
  /** Roles of others that the inventory names. */
  otherRoles: readonly string[]
  /** What an ordinary group gives is looked at elsewhere. */
  dangerousOnly: boolean
  apply: (statements: readonly Sql[]) => Script
}

/** Who the role is a member of, and who is a member of it. */
export function planMemberships({ name, memberOf, members }: Memberships, known: Known): Change[] {
  const { database, readers, otherRoles, dangerousOnly, apply } = known
  const isExpected = ({ role, reaches }: MemberOf) => !reaches.some(isDangerous) && (dangerousOnly || otherRoles.includes(role))
  return [
    ...memberOf.filter((one) => !isExpected(one)).map((one) => planMemberOf(name, one, apply)),
    ...members
      .filter(({ role }) => !isLoader(role, database) && !otherRoles.includes(role))
      .map((one) => planMember(name, one, readers, apply)),
  ]
}

/** A role that gives rights on the server, or over other roles and databases. */
export const isDangerous = (role: Reached): boolean => powerOf(role) !== undefined

/** Rights on the server, or of a superuser, are taken away; what else a group gives, the application may live by. */
function planMemberOf(name: string, { role, grants, reaches }: MemberOf, apply: Known['apply']): Change {
  const revoke = revokes(role, name, grants)
  const what = `role ${name} membership in ${role}`
  const danger = reaches.find((one) => powerOf(one) !== undefined)
  if (danger === undefined) {
    const help = `the application may rely on it: then name ${role} in otherRoles. If it doesn't: ${shown(revoke)}`
    return { what, from: adminOf('member', grants), to: 'not a member', help }
  }
  const power = powerOf(danger) ?? ''
  const from = danger.name === role ? power : `leads to ${danger.name}: ${power}`
  const help = `a session of ${name} gains these rights by SET ROLE; grants that were passed on through it are revoked as well`
  return { what, from: adminOf(`member; ${from}`, grants), to: 'not a member', help, run: apply(revoke) }
}

function powerOf({ name, attributes }: Reached): string | undefined {
  if (attributes.length > 0) return attributes.join(', ')
  return DANGEROUS.has(name) ? 'rights on the whole server' : undefined
}

/** A member has all rights of the owner, on all its tables. People may work that way, so a person decides. */
function planMember(name: string, { role, grants, through }: Member, readers: readonly string[], apply: Known['apply']): Change {
  const revoke = revokes(name, role, grants)
  const others = through.length === 0 ? '' : `; through it ${through.join(', ')}`
  const change = { what: `role ${name} granted to ${role}`, from: `${adminOf('granted', grants)}${others}`, to: 'not granted' }
  if (readers.includes(role)) return { ...change, help: `${role} is declared as a read-only role`, run: apply(revoke) }
  return {
    ...change,
    help: `${[role, ...through].join(', ')} may do all that ${name} may, with every table of it. If nobody works that way: ${shown(revoke)}`,
  }
}

const adminOf = (text: string, grants: readonly Grant[]) =>
  `${text}${grants.some(({ admin }) => admin) ? ', with ADMIN OPTION' : ''}`

/** Since PostgreSQL 16 a membership stands once for each grantor, and REVOKE takes away only what the named one has granted. */
function revokes(role: string, from: string, grants: readonly Grant[]): Sql[] {
  const grantors = [...new Set(grants.map(({ grantor }) => grantor))]
  return grantors.map((grantor) => {
    const by = grantor === null ? sql`` : sql` GRANTED BY ${id(grantor)}`
    return sql`REVOKE ${id(role)} FROM ${id(from)}${by} CASCADE`
  })
}

const shown = (statements: readonly Sql[]) => statements.map(({ text }) => text).join('; ')

import type { Change } from '../../engine/step.ts'
import type { DatabaseFound, DatabaseUser } from './database-fact.ts'
import { isMarked } from '../common/mark.ts'
import { isLoader } from '../common/own-names.ts'

export interface DatabaseClaim {
  name: string
  project: string
  /** The declared owner and read-only roles. */
  owner: string
  readers: readonly string[]
  /** Roles of others that may have privileges. */
  otherRoles: readonly string[]
  adopt: boolean
}

/** Who is in the database besides its own: roles that the inventory doesn't know, with objects, privileges or sessions there. */
export function othersIn({ name, owner, readers }: DatabaseClaim, { users }: DatabaseFound): DatabaseUser[] {
  return users.filter(({ role }) => role !== owner && !readers.includes(role) && !isLoader(role, name))
}

/**
 * Ours is what carries our mark or may be adopted, and what nobody else uses, where it belongs to its declared owner or to the cluster's
 * first superuser. Hosts of earlier versions have no marks.
 */
export function isOurs(claim: DatabaseClaim, found: DatabaseFound): boolean {
  if (claim.adopt || isMarked(found.settings, claim.project)) return true
  return (found.owner === claim.owner || found.ownedByFirst) && othersIn(claim, found).length === 0
}

/** The change that asks a person, where the owner of somebody else's database would be changed; nothing of it is touched until then. */
export function foreignDatabase(claim: DatabaseClaim, found: DatabaseFound): Change | undefined {
  const { name, project, owner } = claim
  if (found.owner === owner || isOurs(claim, found)) return undefined
  const others = othersIn(claim, found)
  const used = others.length === 0 ? '' : `; used by ${others.map(usage).join(', ')}`
  return {
    what: `database ${name} owner`,
    from: `${found.owner}; not created by bitacora${used}`,
    to: owner,
    help: `whoever lives by it would lose rights. Choose another name or owner, or say that it may be taken over: "adopt": true in projects.${project}.database; the roles named here then keep CONNECT`,
    blocks: true,
  }
}

/** `legacy (3 objects, 1 privilege, 2 sessions)`, `authenticator (may become anon)` */
export function usage({ role, objects, privileges, sessions, settings = false, becomes = [] }: DatabaseUser): string {
  const parts = [
    count(objects, 'object'),
    count(privileges, 'privilege'),
    count(sessions, 'session'),
    settings ? 'settings here' : '',
    becomes.length === 0 ? '' : `may become ${becomes.join(', ')}`,
  ]
  return `${role} (${parts.filter((part) => part !== '').join(', ')})`
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`
}

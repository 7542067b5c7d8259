import type { Change } from '../../engine/step.ts'
import type { Script } from '../../text/sh.ts'
import { Sql, id, sql } from '../../text/sql.ts'
import { isOurs, othersIn, usage } from './adopt-database.ts'
import type { DatabaseClaim } from './adopt-database.ts'
import type { DatabaseFound, Privilege } from './database-fact.ts'
import { isLoader } from '../common/own-names.ts'

const ALL = ['CONNECT', 'CREATE', 'TEMPORARY']

type Apply = (statements: readonly Sql[]) => Script

/**
 * Who may connect to the database, create in it and pass that on: its owner and, by the readers' step, its readers. PUBLIC has nothing. In
 * a database that isn't ours to change, all of it is for a person.
 */
export function planPrivileges(claim: DatabaseClaim, found: DatabaseFound, apply: Apply): Change[] {
  const on = sql`ON DATABASE ${id(claim.name)}`
  const run = (statements: readonly Sql[]) => (isOurs(claim, found) ? { run: apply(statements) } : {})
  return [
    ...planOwner(claim, found, on, apply),
    ...planGrantOptions(claim, found, on, run),
    ...planPublic(claim, found, on, run),
    ...strangers(claim, found).flatMap((one) => planStranger(claim, one, on, run)),
  ]
}

/**
 * A change of owner keeps who is there now: the former owner's privileges become the new one's, and PUBLIC's may be gone already. Whoever could
 * make temporary tables by PUBLIC can do so from then on.
 */
export function keepConnect(claim: DatabaseClaim, found: DatabaseFound): Sql[] {
  const kept = new Sql(privilegesOf(found, null).includes('TEMPORARY') ? 'CONNECT, TEMPORARY' : 'CONNECT')
  const formerOwner = found.owner === claim.owner || found.ownerSuperuser ? [] : [found.owner]
  const names = [...new Set([...formerOwner, ...othersIn(claim, found).map(({ role }) => role)])]
  const may = new Set(found.privileges.filter((each) => each.privilege === 'CONNECT').map(({ grantee }) => grantee))
  return names
    .filter((name) => formerOwner.includes(name) || !may.has(name))
    .map((name) => sql`GRANT ${kept} ON DATABASE ${id(claim.name)} TO ${id(name)}`)
}

/** The former owner's privileges are the next one's. */
const isOwner = (claim: DatabaseClaim, found: DatabaseFound, role: string) => role === found.owner || role === claim.owner

/** An owner may connect only as long as nobody has revoked that. */
function planOwner(claim: DatabaseClaim, found: DatabaseFound, on: Sql, apply: Apply): Change[] {
  const own = found.privileges.filter(({ grantee }) => grantee !== null && isOwner(claim, found, grantee))
  const missing = ALL.filter((name) => !own.some(({ privilege }) => privilege === name))
  if (missing.length === 0) return []
  const what = `database ${claim.name} privileges of ${claim.owner}`
  const run = apply([sql`GRANT ALL ${on} TO ${id(claim.owner)}`])
  return [{ what, from: `without ${missing.join(', ')}`, to: ALL.join(', '), run }]
}

/**
 * REVOKE takes away what the owner has granted, not what others passed on. So others must not pass on: what they did stands again as the
 * owner's grant, but for PUBLIC's and for CREATE.
 */
function planGrantOptions(claim: DatabaseClaim, found: DatabaseFound, on: Sql, run: Runs): Change[] {
  const holders = found.privileges.filter(
    (each) => each.grantable && each.grantee !== null && !isOwner(claim, found, each.grantee),
  )
  if (holders.length === 0) return []
  const passed = found.privileges.filter(
    (each) => each.grantee !== null && !isOwner(claim, found, each.grantor) && each.privilege !== 'CREATE',
  )
  const statements = [
    ...passed.map(({ grantee, privilege }) => sql`GRANT ${new Sql(privilege)} ${on} TO ${id(grantee!)}`),
    ...holders.map(
      ({ grantee, privilege }) => sql`REVOKE GRANT OPTION FOR ${new Sql(privilege)} ${on} FROM ${id(grantee!)} CASCADE`,
    ),
  ]
  const from = holders.map(({ grantee, privilege }) => `${grantee}: ${privilege}`)
  const help = `only the owner grants rights; what these roles granted to others by name stays. By hand: ${shown(statements)}`
  return [{ what: `database ${claim.name} grant options`, from, to: [], help, ...run(statements) }]
}

type Runs = (statements: readonly Sql[]) => { run?: Script }

function planPublic(claim: DatabaseClaim, found: DatabaseFound, on: Sql, run: Runs): Change[] {
  const names = privilegesOf(found, null)
  if (names.length === 0) return []
  const statements = [...(claim.adopt ? keepConnect(claim, found) : []), sql`REVOKE ALL ${on} FROM PUBLIC`]
  const may = new Set(found.privileges.filter((each) => each.privilege === 'CONNECT').map(({ grantee }) => grantee))
  const live = othersIn(claim, found).filter(({ role }) => !may.has(role))
  const change: Change = { what: `database ${claim.name} privileges of PUBLIC`, from: names, to: [], ...run(statements) }
  if (live.length === 0) return [change]
  const who = live.map(usage).join(', ')
  const grant = sql`GRANT CONNECT ${on} TO ${Sql.join(
    live.map(({ role }) => id(role)),
    ', ',
  )}`
  const help = claim.adopt
    ? `${who} connected by it, and keep CONNECT`
    : isOurs(claim, found)
      ? `${who} connected by it. For those who should stay: ${grant.text}`
      : `${who} connect by it, in a database that was not created by bitacora. "adopt": true in projects.${claim.project}.database closes it to PUBLIC and lets them keep CONNECT; by hand: ${shown([grant, ...statements])}`
  return [{ ...change, help }]
}

interface Stranger {
  role: string
  privileges: string[]
}

function strangers(claim: DatabaseClaim, found: DatabaseFound): Stranger[] {
  const isKnown = ({ grantee, superuser }: Privilege) =>
    grantee === null ||
    superuser ||
    isOwner(claim, found, grantee) ||
    claim.readers.includes(grantee) ||
    claim.otherRoles.includes(grantee) ||
    isLoader(grantee, claim.name)
  const names = [...new Set(found.privileges.filter((each) => !isKnown(each)).map(({ grantee }) => grantee!))]
  return names.map((role) => ({ role, privileges: privilegesOf(found, role) }))
}

/** CREATE makes schemas in somebody else's database: no application lives by it. Who may connect was let in by name, so a person decides. */
function planStranger(claim: DatabaseClaim, { role, privileges }: Stranger, on: Sql, run: Runs): Change[] {
  const what = `database ${claim.name} privileges of ${role}`
  const changes: Change[] = []
  if (privileges.includes('CREATE')) {
    const revoke = [sql`REVOKE CREATE ${on} FROM ${id(role)}`]
    const help = `the inventory doesn't know ${role}. By hand: ${shown(revoke)}`
    changes.push({ what: `${what} to create`, from: ['CREATE'], to: [], help, ...run(revoke) })
  }
  const rest = privileges.filter((each) => each !== 'CREATE')
  if (rest.length > 0 && !claim.adopt) {
    const revoke = sql`REVOKE ${new Sql(rest.join(', '))} ${on} FROM ${id(role)}`
    const help = `the inventory doesn't know ${role}. If nobody needs it: ${revoke.text}. If ${role} may use this database: "otherRoles": ["${role}"] in projects.${claim.project}.database`
    changes.push({ what, from: rest, to: [], help })
  }
  return changes
}

function privilegesOf({ privileges }: DatabaseFound, role: string | null): string[] {
  return [...new Set(privileges.filter(({ grantee }) => grantee === role).map(({ privilege }) => privilege))].toSorted()
}

const shown = (statements: readonly Sql[]) => statements.map(({ text }) => text).join('; ')

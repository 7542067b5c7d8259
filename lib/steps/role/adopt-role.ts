import type { Change } from '../../engine/step.ts'
import { isMarked } from '../common/mark.ts'
import { isOfRestore } from '../common/own-names.ts'
import type { RoleFound } from './role-fact.ts'

interface Claim {
  name: string
  project: string
  /** The project's database; '' for none. */
  database: string
  /** The inventory says that it may be taken over. */
  adopt: boolean
}

/**
 * Why an existing role isn't ours to change, as the change that asks a person; undefined where it is. Ours is what carries our mark, and
 * what nobody else can rely on: it serves this database alone. Hosts of earlier versions have no marks. `planned` names what would change.
 */
export function foreignRole(
  { name, project, database, adopt }: Claim,
  found: NonNullable<RoleFound>,
  planned: readonly string[] = [],
): Change | undefined {
  if (adopt || isMarked(found.settings, project)) return undefined
  const signs = signsOf(found, database)
  if (signs.length === 0) return undefined
  return {
    what: `role ${name}`,
    from: `not created by bitacora: ${signs.join('; ')}`,
    to: `a login of ${project}`,
    help: `this would change, for everybody who uses it: ${planned.join(', ')}. Choose another name, or say that it may be taken over: "adopt": true in projects.${project}.database`,
    blocks: true,
  }
}

function signsOf(found: NonNullable<RoleFound>, database: string): string[] {
  const others = (names: readonly string[]) => names.filter((each) => !isOfRestore(each, database))
  const { owns, uses, sessions } = found.elsewhere
  const signs: string[] = []
  const list = (before: string, names: readonly string[]) => names.length > 0 && signs.push(`${before} ${names.join(', ')}`)
  list('owns database', others(owns))
  list('has objects or privileges in', others(uses))
  // A client such as pgAdmin begins in the database postgres.
  list(
    'has sessions in',
    others(sessions).filter((each) => !found.ownsDatabase || each !== 'postgres'),
  )
  // The owner of the project's database is its login, whatever somebody has granted since.
  if (found.ownsDatabase) return signs
  if (found.superuser) signs.push('is a superuser')
  if (found.createrole) signs.push('may create roles')
  list(
    'is a member of',
    found.memberOf.map(({ role }) => role),
  )
  list(
    'has members',
    found.members.map(({ role }) => role),
  )
  return signs
}

import { createHash } from 'node:crypto'
import { fileName } from '../../inventory/backup-name.ts'

/**
 * The form of the throwaway logins and databases of a restore, and of the databases it replaced, as loader.sh, load.sh and into.sh of
 * templates/scripts make them.
 */

/** A throwaway login of a restore of this database. */
export function isLoader(role: string, database: string): boolean {
  return isNamed(role, 'loading', database)
}

/** A database that a restore of this one is loading, or the one that it replaced and keeps. */
export function isOfRestore(name: string, database: string): boolean {
  if (isNamed(name, 'restoring', database)) return true
  const kept = /^(.+)_before_\d{8}_\d{6}$/.exec(name)?.[1]
  return kept === keptBase(database)
}

function isNamed(name: string, kind: string, database: string): boolean {
  const prefix = `${kind}_${fileName(database).replaceAll('%', '_').slice(0, 36)}_`
  return name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length))
}

/** A name of PostgreSQL has 63 bytes. */
function keptBase(database: string): string {
  if (Buffer.byteLength(database) <= 40) return database
  let start = [...database]
  while (Buffer.byteLength(start.join('')) > 31) start = start.slice(0, -1)
  return `${start.join('')}_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`
}

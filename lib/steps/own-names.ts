/**
 * The form of the throwaway logins and databases of a restore, and of the databases it replaced, as loader.sh, load.sh and into.sh of
 * templates/scripts make them.
 */
const LETTERS = /[^A-Za-z0-9_.-]/

/** A throwaway login of a restore of this database. */
export function isLoader(role: string, database: string): boolean {
  return !LETTERS.test(database) && isNamed(role, 'loading', database)
}

/** A database that a restore of this one is loading, or the one that it replaced and keeps. */
export function isOfRestore(name: string, database: string): boolean {
  if (isNamed(name, 'restoring', database)) return true
  const kept = /^(.+)_before_\d{8}_\d{6}$/.exec(name)?.[1]
  if (database.length <= 40 || kept === undefined) return kept === database
  return kept.startsWith(`${database.slice(0, 31)}_`) && /^[0-9a-f]{8}$/.test(kept.slice(32))
}

function isNamed(name: string, kind: string, database: string): boolean {
  const prefix = `${kind}_${database.slice(0, 36)}_`
  return name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length))
}

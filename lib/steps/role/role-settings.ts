import type { Change } from '../../engine/step.ts'
import type { Script } from '../../text/sh.ts'
import { id, sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'
import { isSameSetting, setClause, settingName, settingsOf, valueOf } from '../server/settings.ts'
import type { Settings } from '../server/settings.ts'
import { planUndeclared } from '../database/undeclared.ts'

interface RoleSettings {
  name: string
  /** The project's database; '' for none. */
  database: string
  declared: Settings
  /** `setconfig` of the role, and of the role in the database. */
  found: readonly string[] | null
  here: readonly string[] | null
  /** Where the inventory may declare settings; undefined: nowhere. */
  field: string | undefined
  apply: (statement: Sql) => Script
}

/**
 * Declared settings are set on the role. The same setting of the role in the database would override it, so that goes; so do harmful ones
 * that nobody declared. Source: PostgreSQL documentation, ALTER ROLE: "database-role-specific settings override role-specific ones".
 */
export function planRoleSettings({ name, database, declared, found, here, field, apply }: RoleSettings): Change[] {
  const changes: Change[] = []
  const role = `role ${name}`
  const alter = sql`ALTER ROLE ${id(name)}`
  const settings = settingsOf(found)
  for (const [key, value] of Object.entries(declared)) {
    const now = settings.get(key.toLowerCase()) ?? null
    if (isSameSetting(key, now, value)) continue
    changes.push({ what: `${role} setting ${key}`, from: now, to: value, run: apply(sql`${alter} ${setClause(key, value)}`) })
  }
  const names = new Set(Object.keys(declared).map((key) => key.toLowerCase()))
  const place = { ours: true, field, apply }
  changes.push(...planUndeclared({ ...place, what: role, alter }, settings, names))
  if (database === '') return changes
  const alterHere = sql`${alter} IN DATABASE ${id(database)}`
  const settingsHere = settingsOf(here)
  for (const [key, value] of Object.entries(declared)) {
    const now = settingsHere.get(key.toLowerCase())
    if (now === undefined || isSameSetting(key, now, value)) continue
    changes.push({
      what: `${role} in ${database} setting ${key}`,
      from: valueOf(settingsHere, key),
      to: null,
      help: `it overrides the declared ${value}`,
      run: apply(sql`${alterHere} RESET ${settingName(key)}`),
    })
  }
  changes.push(...planUndeclared({ ...place, what: `${role} in ${database}`, alter: alterHere }, settingsHere, names))
  return changes
}

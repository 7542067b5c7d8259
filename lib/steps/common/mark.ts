import { Sql, id, sql } from '../../text/sql.ts'

/**
 * What we created or took over carries this setting, with the project's name. PostgreSQL keeps any setting with a prefix and gives it a
 * meaning for nobody; it takes no comment away from people, dies with what it marks, and comes back from a backup.
 */
export const MARK_SETTING = 'bitacora.project'

/** The clause of ALTER ROLE or ALTER DATABASE that sets the mark. */
export function markClause(project: string): Sql {
  return sql`SET ${Sql.join(MARK_SETTING.split('.').map(id), '.')} = ${project}`
}

/** Whether `setconfig` of pg_db_role_setting holds this project's mark. Somebody else's project is not ours. */
export function isMarked(settings: readonly string[] | null, project: string): boolean {
  return settings?.includes(`${MARK_SETTING}=${project}`) === true
}

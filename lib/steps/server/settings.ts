import type { Json } from '../../engine/step.ts'
import { isListSetting, listElements } from '../../inventory/list-setting.ts'
import { Sql, id, sql } from '../../text/sql.ts'
import { MARK_SETTING } from '../common/mark.ts'

export type Settings = Readonly<Record<string, string>>

/** A setting's name may have an extension's prefix: `pg_stat_statements.track`. */
export function settingName(key: string): Sql {
  return Sql.join(key.split('.').map(id), '.')
}

/** `SET name = value`, a list as its elements. */
export function setClause(key: string, value: string): Sql {
  const elements = isListSetting(key) ? listElements(key, value) : null
  return sql`SET ${settingName(key)} = ${elements ?? value}`
}

/** Whether PostgreSQL would keep the declared value as it is stored now. */
export function isSameSetting(key: string, stored: string | null, declared: string): boolean {
  if (stored === null || !isListSetting(key)) return stored === declared
  const [before, after] = [listElements(key, stored), listElements(key, declared)]
  return before === null || after === null ? stored === declared : JSON.stringify(before) === JSON.stringify(after)
}

/** `setconfig` of pg_db_role_setting as lower-case names and values, without our own mark. */
export function settingsOf(lines: readonly string[] | null): Map<string, string> {
  const all = (lines ?? []).map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1)]
  })
  return new Map(all.filter(([key]) => key !== MARK_SETTING))
}

export const valueOf = (settings: ReadonlyMap<string, string>, key: string): Json => settings.get(key.toLowerCase()) ?? null

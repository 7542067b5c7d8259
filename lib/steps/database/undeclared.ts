import type { Change } from '../../engine/step.ts'
import type { Script } from '../../text/sh.ts'
import { Sql, sql } from '../../text/sql.ts'
import { settingName } from '../server/settings.ts'

interface Harm {
  /** Left out: any value does harm. */
  when?: (value: string) => boolean
  /** 'run': nothing that works needs it. 'person': something may rely on it. */
  by: 'run' | 'person'
  /** A sentence, begun in lower case. */
  why: string
}

const isOn = (value: string) => /^(on|t(r(ue?)?)?|y(es?)?|1)$/i.test(value.trim())
const isOff = (value: string) => /^(off?|f(a(l(se?)?)?)?|no?|0)$/i.test(value.trim())

const LIBRARY = { by: 'person', why: 'a library is loaded into every session' } as const

/** Settings that break an application or weaken its rights where the inventory doesn't declare them. All others are left alone. */
const HARMFUL: Readonly<Record<string, Harm>> = {
  default_transaction_read_only: { when: isOn, by: 'run', why: 'the application cannot write' },
  role: { by: 'run', why: 'sessions act as another role, and what they create belongs to that one' },
  session_authorization: { by: 'run', why: 'sessions act as another role, and what they create belongs to that one' },
  session_replication_role: { when: (value) => value !== 'origin', by: 'run', why: "triggers and foreign keys don't fire" },
  lo_compat_privileges: { when: isOn, by: 'run', why: 'everybody may read and change every large object' },
  allow_system_table_mods: { when: isOn, by: 'run', why: 'system catalogs can be changed' },
  ignore_system_indexes: { when: isOn, by: 'run', why: 'system catalogs are read without their indexes' },
  zero_damaged_pages: { when: isOn, by: 'run', why: 'damaged pages are emptied instead of reported' },
  ignore_checksum_failure: { when: isOn, by: 'run', why: 'damaged pages are read as if they were right' },
  search_path: { by: 'person', why: 'names without a schema may mean other tables and functions' },
  row_security: { when: isOff, by: 'person', why: 'queries on tables with policies fail' },
  session_preload_libraries: LIBRARY,
  local_preload_libraries: LIBRARY,
  dynamic_library_path: { by: 'person', why: 'functions in C are loaded from other folders' },
  standard_conforming_strings: { when: isOff, by: 'person', why: 'backslashes in strings are escapes, which invites injection' },
}

interface Place {
  /** As a change names it: `role onquota_user`. */
  what: string
  /** The statement's beginning: `ALTER ROLE "onquota_user"`. */
  alter: Sql
  /** Where the inventory may declare settings; undefined: nowhere. */
  field: string | undefined
  /** False: what runs on it isn't ours to change. */
  ours: boolean
  apply: (statement: Sql) => Script
}

/** Harmful settings of one place that the inventory doesn't declare; `declared` has their lower-case names. */
export function planUndeclared(place: Place, found: ReadonlyMap<string, string>, declared: ReadonlySet<string>): Change[] {
  return [...found].flatMap(([key, value]): Change[] => {
    const harm = harmOf(key, value)
    if (harm === undefined || declared.has(key) || harm.when?.(value) === false) return []
    const reset = sql`${place.alter} RESET ${settingName(key)}`
    const change = { what: `${place.what} setting ${key}`, from: value, to: null }
    if (harm.by === 'run' && place.ours) return [{ ...change, help: harm.why, run: place.apply(reset) }]
    const declare = place.field === undefined ? '' : `if the application relies on it, declare it in ${place.field}; if not, run `
    return [{ ...change, help: `${harm.why}; ${declare}${reset.text}` }]
  })
}

/** An emptied list of libraries is kept as one empty name, and PostgreSQL refuses every login for want of that library. */
function harmOf(key: string, value: string): Harm | undefined {
  const harm = HARMFUL[key]
  return harm === LIBRARY && value === '""' ? { by: 'run', why: 'nobody can log in: it names an empty library' } : harm
}

/** One change by hand to what stands in onquota's database, what the check says of it, and who puts it right. */
export interface TableRow {
  name: string
  /** Statements of a superuser in onquota_db. */
  sql: string
  step: string
  what: string
  from: unknown
  to: unknown
  /** The run, or a person, who is helped with these words. */
  by: 'run' | RegExp
  /** How a person puts it right where that isn't what the help's statement does. */
  undo?: string
}

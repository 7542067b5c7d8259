import type { Json } from '../../../lib/engine/step.ts'

/** A difference that a check must name: the step, what differs, from what to what, and who fixes it. */
export interface Plan {
  step: string
  what: string
  from: Json
  to: Json
  by: 'run' | 'person'
}

/** One change of rights by hand. */
export interface RightsRow {
  name: string
  /** What a superuser's psql runs in the database `postgres`; it may `\connect`. */
  sql: string
  plans: readonly Plan[]
  /** Takes back what is left to a person; run after the check that it was left. */
  undo?: string
}

/** Makes the rows of one step, about one thing: `plan` a difference of it, `row` a statement with its one difference. */
export function rowsOf(step: string, thing: string) {
  const plan = (by: Plan['by'], what: string, from: Json, to: Json): Plan => ({ step, what: `${thing} ${what}`, from, to, by })
  const row = (by: Plan['by'], sql: string, what: string, from: Json, to: Json, undo?: string): RightsRow => ({
    name: sql,
    sql: `${sql};`,
    plans: [plan(by, what, from, to)],
    ...(undo === undefined ? {} : { undo: `${undo};` }),
  })
  return { plan, row }
}

/** Rows are made with the names of the inventory that they run on. */
export const DATABASE = 'onquota_db'
export const OWNER = 'onquota_user'
/** Roles that no inventory knows, made before the first row: a stranger, a broker of rights, an ordinary group, a ladder to the superuser. */
export const STRANGER = 'rights_stranger'
export const BROKER = 'rights_broker'
export const TEAM = 'rights_team'
export const LADDER = 'rights_ladder'
export const MAKER = 'rights_maker'

export const PREPARE = `CREATE ROLE ${STRANGER} LOGIN; CREATE ROLE ${BROKER} LOGIN; CREATE ROLE ${TEAM};
CREATE ROLE ${LADDER}; GRANT postgres TO ${LADDER}; CREATE ROLE ${MAKER} CREATEROLE;`

export const CLEAR = `DROP ROLE IF EXISTS ${[STRANGER, BROKER, TEAM, LADDER, MAKER].join(', ')};`

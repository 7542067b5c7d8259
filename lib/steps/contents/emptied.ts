import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { ledgerFact } from '../backup/ledger-fact.ts'
import type { Ledger } from '../backup/ledger-fact.ts'
import { sql } from '../../text/sql.ts'

const filledTables = z.object({ tables: z.number(), filled: z.boolean() }).nullable()
export type Filled = z.output<typeof filledTables>

/**
 * How many tables a database has, and whether any of them has a file with something in it: by the catalogs alone, since to plan a query on an
 * owner's table is to run the owner's code. Null where there is no database.
 */
export function filledFact(database: string) {
  return sqlFact(
    database,
    filledTables,
    sql`WITH own AS (
      SELECT c.oid, relkind, n.nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^(pg_|restored_[0-9]{8}_[0-9]{6}$)' AND nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
    SELECT json_build_object('tables', (SELECT count(*) FROM own), 'filled', coalesce((SELECT bool_or(pg_relation_size(oid) > 0) FROM own
      WHERE relkind = 'r' AND (nspname, relname) <> ('public', 'alembic_version')), false))`,
  )
}

/** In what a database is empty although its newest good backup was not, and what to do; undefined where it isn't. */
export function emptied(
  { name, database }: { name: string; database: string },
  live: Filled,
  ledger: Ledger | null,
): { from: string; to: string; next: string[] } | undefined {
  if (live === null || ledger === null) return undefined
  const [backup] = [...ledger.made]
    .filter(([one, { adopted, rows }]) => !adopted && rows !== undefined && ledger.suspects?.has(one) !== true)
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
  if (backup === undefined) return undefined
  const [newest, { tables = 0, rows = 0 }] = backup
  if (live.tables === 0 && tables > 0)
    return { from: 'no tables', to: `${tables}, as in ${newest}`, next: ['provision', name, '--from-backup'] }
  if (!live.filled && rows > 0)
    return {
      from: 'no rows in any table',
      to: `${rows}, as in ${newest}`,
      next: ['restore', name, '--into', database, '--replace'],
    }
  return undefined
}

interface Names {
  name: string
  database: { name: string }
}

/** For `verify`: a database that is empty where its backups are not. */
export function emptiedStep({ name, database }: Names): Step {
  return step({
    project: name,
    name: 'data',
    needs: ['server', 'database'],
    facts: { live: filledFact(database.name), ledger: ledgerFact(name) },
    plan({ live, ledger: known }) {
      const found = emptied({ name, database: database.name }, live, known)
      if (found === undefined) return []
      const { from, to, next } = found
      return [
        {
          what: `data of ${database.name}`,
          text: `the database ${database.name} has ${from}; its backups do: ${to}`,
          from,
          to,
          help: 'bring it back',
          next,
        },
      ]
    },
  })
}

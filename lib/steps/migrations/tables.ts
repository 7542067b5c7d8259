import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Migrations } from '../../inventory/index.ts'
import { heads } from './alembic.ts'
import { sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'
import { printable, someOf } from '../common/granted.ts'
import { revisionFacts } from './revisions.ts'

/** Told one by one; more are told together. */
const MOST = 12
const NAMED = 3

/** The tables of `public` that the inventory lists: exactly these, or at least these. Undefined where it lists none. */
export function declaredTables(
  migrations: Pick<Migrations, 'tables'> | undefined,
): { names: readonly string[]; isExact: boolean } | undefined {
  const tables = migrations?.tables
  if (tables === undefined) return undefined
  return 'atLeast' in tables ? { names: tables.atLeast, isExact: false } : { names: tables, isExact: true }
}

/** The tables of `public`; those of extensions are told apart, since a list need not name them. Null where there is no such database. */
export function publicTablesFact(database: string) {
  return sqlFact(
    database,
    z.array(z.object({ name: z.string(), extension: z.boolean() })).nullable(),
    sql`SELECT coalesce(json_agg(json_build_object('name', c.relname, 'extension', EXISTS (SELECT FROM pg_depend
        WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')) ORDER BY c.relname), '[]')
      FROM pg_class c WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')`,
  )
}
export type PublicTables = readonly { name: string; extension: boolean }[]

/** What the list has and `public` lacks, and the other way round. */
export function comparedTables({ names, isExact }: { names: readonly string[]; isExact: boolean }, existing: PublicTables) {
  return {
    missing: names.filter((name) => existing.every((one) => one.name !== name)),
    extra: isExact ? existing.filter(({ name, extension }) => !extension && !names.includes(name)).map(({ name }) => name) : [],
  }
}

/** The tables of `public` against the declared set, once the migrations have run. What differs is for a person: it may hold data. */
export function tablesStep(context: Context, migrations: Migrations): Step {
  const { project } = context
  const database = project.database.name
  return step({
    project: project.name,
    name: 'tables',
    needs: ['server', 'database', 'migrations'],
    facts: { tables: publicTablesFact(database), ...revisionFacts(context, migrations) },
    plan({ tables, code, current }) {
      const declared = declaredTables(migrations)
      if (declared === undefined) return []
      const existing = tables ?? []
      const atHead = current !== null && heads(code?.revisions ?? []).every((head) => current.includes(head))
      if (!atHead) return { unknown: `once the migrations have made the ${declared.names.length} tables` }
      const { missing, extra } = comparedTables(declared, existing)
      const changes: Change[] = []
      for (const names of grouped(missing)) {
        const [name = '', ...more] = names
        changes.push({
          what: `table ${name}${more.length === 0 ? '' : ` and ${more.length} more`}`,
          from: null,
          to: 'there',
          text:
            more.length === 0
              ? `table ${name} is missing`
              : `${names.length} more tables are missing: ${someOf(names.slice(0, NAMED), names.length)}`,
          help: `Alembic says that ${current?.join(', ')} has run, so somebody dropped it, with its rows. Bring it back, or take it out of projects.${project.name}.migrations.tables if that was meant`,
          ...(project.backup === undefined ? {} : { next: ['restore', project.name, '--table', printable(name)] }),
        })
      }
      if (extra.length > 0) {
        changes.push({
          what: `tables of ${database}`,
          text: `${database} has ${extra.length === 1 ? '1 table' : `${extra.length} tables`} that the inventory doesn't list: ${someOf(extra.slice(0, NAMED), extra.length)}`,
          from: `${existing.length}, with ${extra.map(printable).join(', ')}`,
          to: `${declared.names.length}, as declared`,
          help: `drop what nobody needs, or list all of them in projects.${project.name}.migrations: "tables": ${listOf([...declared.names, ...extra])}; or only those that must be there: "tables": { "atLeast": […] }`,
        })
      }
      return changes
    },
    note: ({ tables }) => `${tables?.length ?? 0} tables`,
  })
}

/** One by one, those beyond a dozen together. */
const grouped = (names: readonly string[]): (readonly string[])[] => [
  ...names.slice(0, MOST).map((name) => [name]),
  ...(names.length > MOST ? [names.slice(MOST)] : []),
]

/** As JSON that can be pasted. */
const listOf = (names: readonly string[]) =>
  `[${names
    .toSorted()
    .map((name) => JSON.stringify(name))
    .join(', ')}]`

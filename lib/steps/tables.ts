import { z } from 'zod'
import { sqlFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import type { Migrations } from '../inventory/index.ts'
import { heads } from '../alembic.ts'
import { sql } from '../sql.ts'
import type { Context } from './context.ts'
import { printable } from './granted.ts'
import type { RevisionFacts } from './revisions.ts'

/** The tables of `public` against the declared set, once the migrations have run. What differs is for a person: it may hold data. */
export function tablesStep({ project }: Context, migrations: Migrations, revisions: RevisionFacts): Step {
  const database = project.database.name
  return step({
    project: project.name,
    name: 'tables',
    needs: ['server', 'database', 'migrations'],
    facts: {
      tables: sqlFact(
        database,
        z.array(z.string()).nullable(),
        sql`SELECT coalesce(json_agg(tablename ORDER BY tablename), '[]') FROM pg_tables WHERE schemaname = 'public'`,
      ),
      code: revisions.code,
      current: revisions.current,
    },
    plan({ tables, code, current }) {
      const declared = migrations.tables
      if (declared === undefined) return []
      const there = tables ?? []
      const atHead = current !== null && heads(code?.revisions ?? []).every((head) => current.includes(head))
      if (!atHead) return { unknown: `once the migrations have made the ${declared.length} tables` }
      const missing = declared.filter((name) => !there.includes(name))
      const extra = there.filter((name) => !declared.includes(name)).map(printable)
      const changes: Change[] = []
      for (const name of missing) {
        changes.push({
          what: `table ${name}`,
          from: null,
          to: 'there',
          help: `Alembic says that ${current?.join(', ')} has run, so somebody dropped it, with its rows. Bring it back from the newest backup, or take it out of projects.${project.name}.migrations.tables if that was meant`,
        })
      }
      if (extra.length > 0) {
        changes.push({
          what: `tables of ${database}`,
          from: `${there.length}, with ${extra.join(', ')}`,
          to: `${declared.length}, as declared`,
          help: `add ${extra.join(', ')} to projects.${project.name}.migrations.tables, or drop what nobody needs`,
        })
      }
      return changes
    },
    note: ({ tables }) => `${tables?.length ?? 0} tables`,
  })
}

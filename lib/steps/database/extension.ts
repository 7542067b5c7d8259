import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'

const state = z.object({
  installed: z.array(z.string()),
  /** Of those wanted, what the server offers; asked only where one is missing, since it reads a folder of files. */
  offered: z.array(z.string()).nullable(),
})

/** Extensions, before the migrations that call them. Those that the inventory doesn't name are left alone. */
export function extensionStep({ host, project }: Context): Step {
  const { name: database, extensions } = project.database
  return step({
    project: project.name,
    name: 'extension',
    needs: ['server', 'database'],
    facts: {
      // Null before the database exists: it has none yet.
      state: sqlFact(
        database,
        state.nullable(),
        sql`WITH wanted AS (SELECT unnest(ARRAY[${extensions}]::text[]) AS name), installed AS (SELECT extname::text AS name FROM pg_extension)
          SELECT json_build_object('installed', (SELECT json_agg(name) FROM installed),
            'offered', CASE WHEN EXISTS (SELECT name FROM wanted EXCEPT SELECT name FROM installed)
              THEN (SELECT coalesce(json_agg(a.name), '[]') FROM pg_available_extensions a JOIN wanted USING (name)) END)`,
      ),
    },
    plan({ state: found }) {
      return extensions
        .filter((name) => found?.installed.includes(name) !== true)
        .map((name): Change => {
          const change = { what: `extension ${name}`, from: null, to: `in ${database}` }
          const help = `if the server doesn't offer it: apt-get install postgresql-contrib, or the package that brings ${name}`
          if (found?.offered?.includes(name) === false) return { ...change, help, blocks: true }
          return {
            ...change,
            help,
            run: psqlApply(host.postgresql.port, database, [sql`CREATE EXTENSION IF NOT EXISTS ${id(name)}`], {
              schema: 'public',
            }),
          }
        })
    },
  })
}

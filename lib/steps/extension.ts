import { z } from 'zod'
import { sqlFact } from '../engine/fact.ts'
import { psqlApply } from '../engine/psql.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import { id, sql } from '../sql.ts'
import type { Context } from './context.ts'

const names = z.array(z.string())

/** Extensions, before the migrations that call them. Those that the inventory doesn't name are left alone. */
export function extensionStep({ host, project }: Context): Step {
  const { name: database, extensions } = project.database
  return step({
    project: project.name,
    name: 'extension',
    needs: ['server', 'database'],
    facts: {
      // A database that doesn't exist yet has none.
      installed: sqlFact(database, names.nullable(), sql`SELECT json_agg(extname) FROM pg_extension`),
      available: sqlFact('postgres', names.nullable(), sql`SELECT json_agg(name) FROM pg_available_extensions WHERE name = ANY (ARRAY[${extensions}]::text[])`),
    },
    plan({ installed, available }) {
      return extensions
        .filter((name) => !(installed ?? []).includes(name))
        .map((name): Change => {
          const change = { what: `extension ${name}`, from: null, to: `in ${database}` }
          return available?.includes(name)
            ? { ...change, run: psqlApply(host.postgresql.port, database, [sql`CREATE EXTENSION IF NOT EXISTS ${id(name)}`]) }
            : { ...change, help: `the server doesn't offer it: apt-get install postgresql-contrib, or the package that brings ${name}`, blocks: true }
        })
    },
  })
}

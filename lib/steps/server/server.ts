import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Host } from '../../inventory/index.ts'
import { sql } from '../../text/sql.ts'

const OLDEST = 130_000

const state = z.object({ version: z.number(), standby: z.boolean(), databases: z.array(z.string()) })

/** The PostgreSQL server. That it doesn't answer is an unreadable fact, and tells so in psql's own words. */
export function server(host: Host): Step {
  return step({
    project: null,
    name: 'server',
    needs: [],
    facts: {
      server: sqlFact(
        'postgres',
        state,
        sql`SELECT json_build_object('version', current_setting('server_version_num')::int, 'standby', pg_is_in_recovery(),
          'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE NOT datistemplate))`,
      ),
    },
    plan({ server: { version, standby } }) {
      const changes: Change[] = []
      if (version < OLDEST) {
        changes.push({
          what: 'PostgreSQL version',
          from: shown(version),
          to: 'at least 13',
          help: 'upgrade the server: pg_upgradecluster',
          blocks: true,
        })
      }
      if (standby) {
        changes.push({
          what: 'PostgreSQL',
          from: 'a standby, read-only',
          to: 'a primary',
          help: `let hosts.${host.name} be the primary, or promote this one`,
          blocks: true,
        })
      }
      return changes
    },
    note: ({ server: { version, databases } }) => `PostgreSQL ${shown(version)}; databases ${databases.join(', ')}`,
  })
}

function shown(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`
}

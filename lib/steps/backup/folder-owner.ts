import { z } from 'zod'
import { shellFact, sqlFact } from '../../engine/fact.ts'
import type { Ledger } from './ledger-fact.ts'
import { sh } from '../../text/sh.ts'
import { sql } from '../../text/sql.ts'

/** OWNER.json in a project's folder on a box. Whoever can write to the box can write this. */
const marker = z.object({
  project: z.string().max(100),
  host: z.string().max(100).nullable(),
  hostname: z.string().max(255),
  cluster: z.string().max(100).nullable(),
  last: z.string().max(255).nullable(),
})

/** This host, as OWNER.json names it. */
export interface Self {
  ledger: Ledger | null
  /** The machine-id. */
  host: string | null
  /** The cluster's system identifier. */
  cluster: string | null
}

/**
 * Who else owns a folder, `HOSTNAME (project P, cluster C)`; undefined where it is this host's, or nobody's yet. The ledger knows the last
 * upload of its own host, also after pg_upgrade and where cloned servers share a machine-id.
 */
export function foreignOwner(text: string | null | undefined, self: Self): string | undefined {
  if (text == null) return undefined
  const owner = read(text)
  if (owner === undefined) return 'nobody that could be told: its OWNER.json is damaged'
  const isMine =
    owner.last === null ? owner.host === self.host && owner.cluster === self.cluster : self.ledger?.made.has(owner.last) === true
  return isMine ? undefined : `${owner.hostname} (project ${owner.project}, cluster ${owner.cluster ?? 'unknown'})`
}

function read(text: string): z.output<typeof marker> | undefined {
  try {
    return marker.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Both null where the host doesn't tell. */
export function selfFacts(database: string) {
  return {
    host: shellFact(
      z.string().nullable(),
      sh`[ -r /etc/machine-id ] || exit 0; IFS= read -r id < /etc/machine-id || :; case $id in *[!0-9a-f]*|'') ;; *) printf '"%s"' "$id";; esac`,
    ),
    cluster: sqlFact(
      database,
      z.string().nullable(),
      // Not everywhere may its reader call it.
      sql`SELECT to_json(system_identifier::text) FROM pg_control_system()`,
      ['42501'],
    ),
  }
}

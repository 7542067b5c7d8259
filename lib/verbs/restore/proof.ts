import { z } from 'zod'

/** What the restore script proved, as it writes it down beside the backup, in the status, and for whoever started it. */
export const restoreProof = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** When it ended. */
  at: z.string(),
  kind: z.enum(['drill', 'into', 'table']),
  stage: z.string(),
  host: z.string(),
  contents: z.enum(['equal', 'differ', 'not looked at']),
  /** Whether the application's role logged in and read every table that it may read; null: not tried. */
  login: z.boolean().nullable(),
  /** The backup's age when it was restored: what would have been lost (RPO). */
  ageSeconds: z.number(),
  /** How long each part took; `total` is the RTO. */
  seconds: z.record(z.string(), z.number()),
  databaseBytes: z.number().nullable(),
  liveDatabaseBytes: z.number().nullable(),
  /** How long the live database of now would take on this host. */
  expectedSeconds: z.number().nullable(),
  /** The database, or the schema, that holds what was restored. */
  database: z.string(),
  /** What it found on the host and an empty server would lack, such as roles; empty: it came back as on an empty server. */
  leanedOn: z.array(z.string()).nullable().optional(),
  /** Extensions that only one named database may have, which are not in the restored one. */
  without: z.array(z.string()).nullable().optional(),
  /** Indexes that PostgreSQL refused to build in a restore for real, which are left to a person. */
  refusedIndexes: z
    .array(z.object({ index: z.string(), table: z.string(), reason: z.string() }))
    .nullable()
    .optional(),
  /** The name under which the replaced database is kept; empty where none is. */
  kept: z.string(),
  error: z.string().nullable(),
  /** Of one table: whether the live database has it no more, and the SQL that brings it, or its rows, back to its place. */
  dropped: z.boolean().optional(),
  sql: z.array(z.object({ file: z.string(), command: z.string(), text: z.string(), cut: z.boolean() })).optional(),
  /** Why a scheduled drill was left out. */
  skipped: z.string().nullable().optional(),
})
export type RestoreProof = z.infer<typeof restoreProof>

/** The script's record; undefined where there is none, or none that can be read. */
export function parseRestoreProof(text: string | undefined): RestoreProof | undefined {
  if (text === undefined) return undefined
  try {
    return restoreProof.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

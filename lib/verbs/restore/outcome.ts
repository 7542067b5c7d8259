import { asTyped } from '../../format/command.ts'
import { z } from 'zod'
import type { StepReport } from '../../engine/plan.ts'
import type { HostScriptResult } from '../../run/host-script.ts'
import { whyFailed } from '../../run/host-script.ts'
import { duration } from '../../format/duration.ts'

/** What the restore script proved, as it writes it down beside the backup, in the status, and for whoever started it. */
export const proofSchema = z.object({
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
export type Proof = z.infer<typeof proofSchema>

/** The script's record; undefined where there is none, or none that can be read. */
export function parseProof(text: string | undefined): Proof | undefined {
  if (text === undefined) return undefined
  try {
    return proofSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** What a restore brought about, for the report. */
export function outcome(
  project: string,
  step: string,
  change: { what: string; from: string; to: string },
  result: HostScriptResult,
): StepReport {
  const common = { project, step }
  const proof = parseProof(result.file)
  if (result.status !== '0') {
    const help = proof === undefined || proof.name === '' ? {} : { help: advice(project, proof) }
    return { ...common, status: 'failed', changes: [], error: whyFailed(result), ...help }
  }
  const done = { ...change, seconds: result.seconds }
  return {
    ...common,
    status: 'changed',
    changes: [done],
    note: proof === undefined ? (result.out.trim().split('\n').at(-1) ?? '') : describe(proof),
    ...(proof?.sql === undefined || proof.sql.length === 0 ? {} : { sql: proof.sql }),
  }
}

/** `backup_x.sql.gz, equal …, 3 h old (RPO), back in 12 s (RTO) …`. */
export function describe(proof: Proof): string {
  const parts = [
    proof.name,
    proof.contents === 'equal'
      ? 'equal to its manifest in every table, row count and sequence'
      : 'hash proven, contents not, since no private key was given',
    ...(proof.login === true ? ['the application logged in and read every table that it may read'] : []),
    `${duration(proof.ageSeconds)} old (RPO)`,
    `back in ${duration(proof.seconds['total'] ?? 0)} (RTO)`,
    ...(proof.expectedSeconds === null ? [] : [`today's database would take about ${duration(proof.expectedSeconds)}`]),
    ...(proof.kept === '' ? [] : [`what was there is kept as ${proof.kept}`]),
    ...(proof.kind === 'drill' ? groundOf(proof.leanedOn) : []),
    ...(proof.without == null || proof.without.length === 0
      ? []
      : [`without ${proof.without.join(', ')}, which may be in one named database only`]),
    ...refusedNotes(proof.refusedIndexes ?? []),
    ...(proof.kind === 'into' ? (proof.sql ?? []).map(({ command }) => `for you, once you have read it: ${command}`) : []),
    ...(proof.kind === 'table' ? [`in the schema ${proof.database}`, ...sqlNotes(proof)] : []),
  ]
  return parts.join('; ')
}

const SHOWN = 5

/** Whether a drill was done as on an empty server. */
function groundOf(leanedOn: readonly string[] | null | undefined): string[] {
  if (leanedOn == null) return []
  if (leanedOn.length === 0) return ['as on an empty server']
  const more = leanedOn.length > SHOWN ? ` and ${leanedOn.length - SHOWN} more` : ''
  return [`leaning on what is there already: ${leanedOn.slice(0, SHOWN).join(', ')}${more}`]
}

function refusedNotes(refused: readonly { index: string; table: string; reason: string }[]): string[] {
  if (refused.length === 0) return []
  const names = refused.slice(0, SHOWN).map(({ index, table, reason }) => `${index} on ${table} (${reason})`)
  const more = refused.length > SHOWN ? ` and ${refused.length - SHOWN} more` : ''
  const count = refused.length === 1 ? '1 index' : `${refused.length} indexes`
  return [`without ${count} that PostgreSQL refused to build: ${names.join(', ')}${more}`]
}

function sqlNotes({ dropped, sql = [] }: Proof): string[] {
  const what =
    dropped === true
      ? 'the live table is gone: this brings it back with keys, indexes, triggers, policies and grants'
      : 'the live table is not touched: this adds the rows that it lacks'
  return sql.map(({ command }, at) => `${at === 0 ? `${what}, on the host` : 'then'}: ${command}`)
}

function advice(project: string, { at, contents, stage }: Proof): string {
  if (contents === 'differ' || stage === 'hash')
    return `this backup cannot be trusted: try an older one with --at (this was tried ${at.slice(0, 10)}), make a new one with ${asTyped(['backup', project])}, and keep the damaged copy to find out why`
  return `nothing that was there before is changed; the log in /var/log/postgres-backup on the host has all stages`
}

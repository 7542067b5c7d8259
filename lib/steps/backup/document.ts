import { z } from 'zod'

/** A restore proof, in the status file and beside the backup. */
export const proof = z.object({
  name: z.string(),
  ok: z.boolean(),
  at: z.string(),
  kind: z.string().optional(),
  contents: z.string().optional(),
  error: z.string().nullable().optional(),
  /** What it found on the host and an empty server would lack. */
  leanedOn: z.array(z.string()).nullable().optional(),
  /** Why a drill on a schedule was left out. */
  skipped: z.string().nullable().optional(),
  /** False for a run that ended before it tested a backup; left out by scripts before this was told apart. */
  tested: z.boolean().optional(),
})
export type Proof = z.infer<typeof proof>

const statusFile = z.object({
  ok: z.boolean(),
  stage: z.string(),
  finishedAt: z.string().nullable(),
  error: z.string().nullable().optional(),
  newest: z.object({ name: z.string(), grade: z.string() }).nullable().optional(),
  /** The last drill. */
  proof: proof.nullable().optional(),
  /** The last one of each backup that was tested. */
  proofs: z.array(proof).optional().catch(undefined),
  boxes: z.array(z.object({ grade: z.string().nullable(), remotePath: z.string().nullable() })).optional(),
})
export type StatusFile = z.infer<typeof statusFile>

/** Null for no text, undefined for text of another kind. */
export const parseStatusFile = (text: string | null) => parsed(statusFile, text)

function parsed<T>(schema: z.ZodType<T>, text: string | null): T | null | undefined {
  if (text === null) return null
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The time in the name of a backup or a proof, YYYYMMDD_HHMMSS in UTC; undefined where there is none. */
export function stampOf(name: string): Date | undefined {
  // A proof's name begins with that of its backup.
  const match =
    /\.proof-(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)\./.exec(name) ??
    /_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)\.(?:sql|dir)/.exec(name)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  return dateOf(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** The time in a backup's name as it stands there, for sorting: `20261124_030000`. */
export const stampText = (name: string): string => /_(\d{8}_\d{6})\.(?:sql|dir)\./.exec(name)?.[1] ?? ''

/** A backup's folder on a box: `2026/11/24`. */
export const dayOf = (name: string): string => stampText(name).replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1/$2/$3')

/** Undefined for text that is no time. */
export function dateOf(text: string | null | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

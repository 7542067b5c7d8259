import { z } from 'zod'
import { goneCopies } from './gone.ts'

const place = { host: z.string(), port: z.number(), user: z.string() }
/** Name and bytes of each complete copy, the newest first. */
const copies = z.array(z.tuple([z.string(), z.number()]))

/** What the host's backup script prints with --status. Files that others may have written come as text. */
export const lookDocument = z.object({
  project: z.string(),
  at: z.string(),
  zone: z.string().nullable(),
  local: z.object({ free: z.number().nullable(), bytes: z.number(), copies }),
  boxes: z.array(
    z.union([
      z.object({ ...place, error: z.string() }),
      z.object({
        ...place,
        error: z.null(),
        free: z.number().nullable(),
        bytes: z.number(),
        newest: z
          .object({
            name: z.string(),
            path: z.string(),
            bytes: z.number(),
            finishedAt: z.string().nullable(),
            manifest: z.object({ bytes: z.number().nullable(), sha256: z.string().nullable() }),
          })
          .nullable(),
        proof: z.object({ file: z.string(), text: z.string().nullable() }).nullable(),
        copies,
        gone: goneCopies,
        /** OWNER.json of its folder, as text. */
        owner: z.string().nullable().optional(),
      }),
    ]),
  ),
  statusFile: z.string().nullable(),
  held: z.string().nullable(),
  errors: z.array(z.string()),
})
export type LookDocument = z.infer<typeof lookDocument>

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
export const parseProof = (text: string | null) => parsed(proof, text)

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

/** Undefined for text that is no time. */
export function dateOf(text: string | null | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

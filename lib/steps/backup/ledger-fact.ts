import { z } from 'zod'
import { textFact } from '../../engine/fact.ts'
import { BACKUP_NAME } from '../../inventory/backup-name.ts'
import { sh } from '../../text/sh.ts'
import { suspectsOf } from './suspect.ts'
import type { Weight } from './suspect.ts'
import { places } from './places.ts'

/** Bytes; years of hourly backups. */
const MOST = 16 * 1024 * 1024

const name = z.string().regex(BACKUP_NAME)
const time = z.iso.datetime()
const file = z.object({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

const entry = z.discriminatedUnion('entry', [
  z.object({
    entry: z.literal('made'),
    name,
    finishedAt: time,
    files: z.object({ '': file }).catchall(file),
    adopted: z.boolean(),
    tables: z.int().min(0).optional(),
    rows: z.number().min(0).optional(),
  }),
  z.object({ entry: z.enum(['uploaded', 'pruned', 'gone']), name, at: time, box: z.string() }),
  z.object({ entry: z.literal('proof'), name, at: time, contents: z.string() }),
  z.object({ entry: z.literal('aside'), name, at: time }),
  z.object({ entry: z.literal('acknowledged'), name, at: time }),
  z.object({ entry: z.literal('seeded'), at: time }),
  z.object({ entry: z.literal('trusted'), name, at: time }),
])

/** A backup: `manifest` is the SHA-256 of its manifest, where it was written down. */
export interface Made extends Weight {
  finishedAt: string
  adopted: boolean
  manifest?: string | undefined
  /** Each of its files that were written down, by its ending; `''` is the dump. */
  files?: Readonly<Record<string, { bytes: number; sha256: string }>>
}

/** That a backup reached a box, was pruned there, or is gone from it as a person accepted. `box` is the account and the folder. */
export interface OnBox {
  entry: 'uploaded' | 'pruned' | 'gone'
  name: string
  box: string
}

/** What the host wrote down of its own backups. */
export interface Ledger {
  /** By name. Only these count as the project's backups on this host. */
  made: ReadonlyMap<string, Made>
  proofs: readonly { name: string; at: string; contents: string }[]
  /** Backups that never count as the newest, with the reason. */
  suspects?: ReadonlyMap<string, string>
  /** Backups that a run of this host set aside as damaged. */
  aside?: ReadonlySet<string>
  onBoxes?: readonly OnBox[]
}

/** Reads the ledger's text. Throws an Error that names the first line that is damaged; what stands there isn't shown. */
export function parseLedger(text: string): Ledger {
  const made = new Map<string, Made>()
  const acknowledged: string[] = []
  const aside = new Set<string>()
  const onBoxes: OnBox[] = []
  const proofs: { name: string; at: string; contents: string }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const one = parsed(line)
    if (one === undefined) throw new Error(`line ${index + 1} of the ledger is damaged`)
    if (one.entry === 'made') {
      const { finishedAt, files, adopted, tables, rows } = one
      made.set(one.name, {
        finishedAt,
        bytes: files[''].bytes,
        adopted,
        manifest: files['.manifest.json']?.sha256,
        files,
        ...(rows === undefined ? {} : { tables, rows }),
      })
    }
    if (one.entry === 'acknowledged') acknowledged.push(one.name)
    if (one.entry === 'aside') aside.add(one.name)
    if (one.entry === 'uploaded' || one.entry === 'pruned' || one.entry === 'gone')
      onBoxes.push({ entry: one.entry, name: one.name, box: one.box })
    if (one.entry === 'proof') proofs.push({ name: one.name, at: one.at, contents: one.contents })
  }
  const weights = new Map([...made].filter(([, { adopted }]) => !adopted))
  const suspects = suspectsOf(weights, acknowledged)
  return {
    made,
    proofs,
    ...(suspects.size === 0 ? {} : { suspects }),
    ...(aside.size === 0 ? {} : { aside }),
    ...(onBoxes.length === 0 ? {} : { onBoxes }),
  }
}

function parsed(line: string): z.output<typeof entry> | undefined {
  try {
    return entry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** The ledger of a project's host; null before the first run that writes one. */
export function ledgerFact(project: string) {
  const { ledger } = places(project)
  const schema = z
    .string()
    .nullable()
    .transform((text, context): Ledger | null => {
      if (text === null) return null
      try {
        if (text.length > MOST) throw new Error(`${ledger} is larger than ${MOST / 1024 / 1024} MiB`)
        return parseLedger(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message })
        return z.NEVER
      }
    })
  return textFact(schema, sh`[ -e ${ledger} ] || exit 0; head -c ${MOST + 1} -- ${ledger}`)
}

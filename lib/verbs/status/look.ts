import type { Fact } from '../../engine/fact.ts'
import type { Answer } from '../../engine/answer.ts'
import type { Project } from '../../inventory/index.ts'
import { boxAccesses } from '../../steps/backup/box/access.ts'
import { goneFrom } from '../../steps/backup/box/gone.ts'
import type { Gone } from '../../steps/backup/box/gone.ts'
import { isCounted } from '../../steps/backup/box/listing.ts'
import { boxFact } from '../../steps/backup/box/look.ts'
import type { BoxLook } from '../../steps/backup/box/look.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import {
  countedCopies,
  errorsFact,
  freeFact,
  localFilesFact,
  newestFirst,
  pausedFact,
  statusTextFact,
  zoneFact,
} from '../../steps/backup/on-host.ts'
import type { Dump, LocalFiles } from '../../steps/backup/on-host.ts'

/** What lies on the host and on its boxes, by names and sizes. */
export interface LookDocument {
  zone: string | null
  local: { free: number | null; bytes: number; copies: Dump[] }
  boxes: BoxSeen[]
  statusFile: string | null
  /** Why pruning is paused. */
  held: string | null
  errors: string[]
}

type Place = Record<'host' | 'user', string> & { port: number }
export type BoxSeen = Place & ({ error: string } | Listed)
interface Listed {
  error: null
  free: number | null
  bytes: number
  /** The newest first. */
  copies: Dump[]
  gone: Gone | null
  /** OWNER.json of its folder, as text. */
  owner: string | null
}

/** What is asked for it. */
export const lookFacts = (project: Project) => ({
  boxes: boxFact(boxAccesses(project)),
  files: localFilesFact(project.database.name),
  free: freeFact(),
  statusFile: statusTextFact(project.name),
  held: pausedFact(project.name),
  errors: errorsFact(project.name),
  zone: zoneFact(),
})
type LookFacts = ReturnType<typeof lookFacts>

/** Put together; the first question without an answer is an error for all. */
export function lookOf(
  facts: LookFacts,
  answers: ReadonlyMap<Fact<unknown>, Answer>,
  ledger: Ledger | null,
  now: Date,
): Answer<LookDocument> {
  const failed = Object.values(facts)
    .map((fact) => answers.get(fact as Fact<unknown>) ?? { error: 'not asked' })
    .find((answer) => 'error' in answer)
  if (failed !== undefined) return failed
  const valueOf = (fact: unknown) => (answers.get(fact as Fact<unknown>) as { value: unknown }).value
  const files = valueOf(facts.files) as LocalFiles
  return {
    value: {
      zone: valueOf(facts.zone) as string | null,
      local: { free: valueOf(facts.free) as number | null, bytes: files.bytes, copies: countedCopies(files, ledger) },
      boxes: (valueOf(facts.boxes) as BoxLook[]).map((look) => seen(look, ledger, now)),
      statusFile: valueOf(facts.statusFile) as string | null,
      held: valueOf(facts.held) as string | null,
      errors: valueOf(facts.errors) as string[],
    },
  }
}

/** What is to be said of one box, by names and sizes. */
export function seen(look: BoxLook, ledger: Ledger | null, now: Date): BoxSeen {
  const { address: host, port, user } = look.box
  if (look.error !== null) return { host, port, user, error: look.error }
  const { listing, free, owner } = look
  const copies = listing.copies.filter((copy) => isCounted(copy, ledger)).map(({ name, bytes }): Dump => [name, bytes])
  const gone = goneFrom(listing, look.box, { ledger, uploading: look.uploading, now })
  return { host, port, user, error: null, free, bytes: listing.bytes, copies: copies.toSorted(newestFirst), gone, owner }
}

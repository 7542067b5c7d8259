import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import type { Context } from '../../steps/common/context.ts'
import { stampOf } from '../../steps/backup/document.ts'
import type { Proof, StatusFile } from '../../steps/backup/document.ts'
import type { LookDocument } from './look.ts'
import { isOfBackup, timeOf } from '../../steps/backup/standing-failure.ts'
import type { BackupState, Grade, NewestProof, Problem } from './types.ts'

/** A drill a week, with a few that may fail or be skipped. */
const LONGEST_DAYS = 35
const NOT_LOOKED = 'not looked at'

type Proven = Pick<BackupState, 'proof' | 'drill'>

interface Seen {
  document: LookDocument
  file: StatusFile | null
  ledger: Ledger | null
  /** The newest backup on each box that has one. */
  newestNames: readonly string[]
  /** The step of the first drill has something to say. */
  isTold: boolean
}

/**
 * How well the backups are proven: by what the host wrote down of its restores. What lies beside the backups on a box may have been
 * put there by anybody.
 */
export function proofState(
  { project }: Context,
  { document, file, ledger, newestNames, isTold }: Seen,
  now: Date,
  problems: Problem[],
): Proven {
  const enabled = project.backup?.drill != null
  const last = lastDrill(file)
  const found: Proof[] = [
    ...(ledger?.proofs ?? []).map((one) => ({ ...one, ok: true })),
    ...[...(file?.proofs ?? []), ...(file?.proof == null ? [] : [file.proof])].filter(isOfBackup),
  ]
  const days = ({ at }: Proof) => (now.getTime() - new Date(at).getTime()) / 86_400_000
  const held = found.filter((one) => one.ok)
  // One that was restored and compared says more than a later one of the hash alone.
  const good = latest(held.filter((one) => one.contents !== NOT_LOOKED && days(one) <= LONGEST_DAYS)) ?? latest(held)
  const next = ['restore', project.name]
  if (!isTold && last?.result === 'failed' && file?.proof != null && !isOfBackup(file.proof) && !((good?.at ?? '') > last.at))
    problems.push({
      kind: 'proof',
      text: `the last restore drill failed before it tested a backup: ${last.reason ?? 'no reason given'}`,
      next,
    })
  const skipped = last?.result === 'skipped' ? `; the last drill was skipped: ${last.reason ?? 'no reason given'}` : ''
  // Of a box that could not be looked at nothing is known.
  const isKnown = document.boxes.some((box) => box.error === null)
  if (enabled && !isTold && good === undefined && isKnown)
    problems.push({ kind: 'proof', text: `no backup has been restored yet, so none is proven${skipped}`, next })
  else if (enabled && good !== undefined && days(good) > LONGEST_DAYS)
    problems.push({ kind: 'proof', text: `the last proof is ${Math.floor(days(good))} days old${skipped}`, next })
  const newest = newestProof(newestNames, found)
  return { proof: { ...(good === undefined ? ungraded(newestNames, file) : proven(good)), newest }, drill: { enabled, last } }
}

function newestProof(newestNames: readonly string[], found: readonly Proof[]): NewestProof | null {
  const newest = newestNames.toSorted((a, b) => timeOf(a) - timeOf(b)).at(-1)
  if (newest === undefined) return null
  const last = latest(found.filter(({ name }) => name === newest))
  return last === undefined ? 'not yet' : last.ok ? 'proven' : 'failed'
}

function proven({ name, at, contents }: Proof): Omit<BackupState['proof'], 'newest'> {
  return { grade: contents === NOT_LOOKED ? 'hash proven' : 'restored', at, backup: name }
}

/** Without a proof: how far the newest one came. On the box it is complete only once its hash was equal there. */
function ungraded([newest]: readonly string[], file: StatusFile | null): Omit<BackupState['proof'], 'newest'> {
  const [name, grade]: [string | undefined, Grade] =
    newest !== undefined ? [newest, 'hashed on the box'] : [file?.newest?.name, gradeOf(file?.newest?.grade)]
  return { grade, at: stampOf(name ?? '')?.toISOString() ?? null, backup: name ?? null }
}

function gradeOf(text: string | undefined): Grade {
  return text === 'dumped' || text === 'hashed' || text === 'hashed on the box' ? text : 'none'
}

function latest(proofs: readonly Proof[]): Proof | undefined {
  return proofs.toSorted((a, b) => new Date(a.at).getTime() - new Date(b.at).getTime()).at(-1)
}

/** What the host wrote down of its last drill. */
function lastDrill(file: StatusFile | null): BackupState['drill']['last'] {
  const proof = file?.proof
  if (proof == null) return null
  if (proof.skipped != null) return { result: 'skipped', at: proof.at, reason: proof.skipped }
  const leanedOn = proof.leanedOn == null ? {} : { leanedOn: proof.leanedOn }
  return { result: proof.ok ? 'ok' : 'failed', at: proof.at, reason: proof.error ?? null, ...leanedOn }
}

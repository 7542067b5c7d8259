import { Cron } from 'croner'
import { median } from '../../steps/backup/growth.ts'
import { formatOf } from '../../steps/backup/suspect.ts'
import type { Context } from '../../steps/common/context.ts'
import { parseStatusFile } from '../../steps/backup/document.ts'
import type { BoxSeen, LookDocument } from './look.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import type { StepReport } from '../../engine/plan.ts'
import { valueOf } from '../../engine/answer.ts'
import type { Answer } from '../../engine/answer.ts'
import type { Found } from './facts.ts'
import { counted, finishedOf, sortCopies } from '../../steps/backup/known.ts'
import { strangerProblems } from './strangers.ts'
import { proofState } from './proof.ts'
import type { BackupState, BoxState, Newest, Problem } from './types.ts'

/** As the run itself compares: the last seven of the same format. */
const COMPARED = 7

/** The backups, their copies, their proof, in figures; `told` is what the project's steps found. Null where the host gave no answer. */
export function backupState(
  context: Context,
  found: Found & { look: Answer<LookDocument>; told: readonly StepReport[] },
  now: Date,
  problems: Problem[],
): BackupState | null {
  const { project } = context
  const isOk = (name: string) => found.told.some(({ step, status }) => step === name && status === 'ok')
  if ('error' in found.look) {
    const { error } = found.look
    if (!found.told.some((one) => one.error?.includes(error) === true))
      problems.push({
        kind: 'newest',
        text: `the backups could not be checked: ${error}`,
        next: ['provision', project.name],
        unseen: true,
      })
    return null
  }
  const document = found.look.value
  // One that can't be read proves nothing, and the steps say so: what is shown then is as before there was one.
  const ledger = valueOf(found.ledger)
  const zone = zoneOf(document.zone)
  const file = parseStatusFile(document.statusFile)
  const schedule = project.backup?.schedule ?? '0 3 * * *'
  // A ledger that is not begun yet knows no backup that counts.
  const isBegun = found.ledger === undefined || 'error' in found.ledger || found.ledger.value !== null
  const boxes = document.boxes.map((box, index) =>
    boxState(project.backup?.boxes[index]?.name ?? box.host, box, { ledger, isBegun }, now),
  )
  const newest = newestOf(document, boxes, ledger, now)
  boxes.forEach(({ name }, index) => problems.push(...suspectProblems(project.name, name, document.boxes[index]!, ledger, now)))
  const local = localState(document, ledger, now)
  strangerProblems(context, document, { found, ledger, boxes, now }, problems)
  if (document.held !== null)
    problems.push({
      kind: 'size',
      text: `nothing is pruned: ${document.held}`,
      next: ['backup', project.name, '--acknowledge'],
    })
  const newestNames = boxes.flatMap((box) => box.newest?.name ?? [])
  const { proof, drill } = proofState(
    context,
    { document, file: file ?? null, ledger, newestNames, isTold: !isOk('first-drill') },
    now,
    problems,
  )
  return {
    newest,
    proof,
    drill,
    local,
    boxes,
    nextRun: isOk('cron') ? (new Cron(schedule, { timezone: zone }).nextRun(now)?.toISOString() ?? null) : null,
    zone,
    lastRun: file == null ? null : { ok: file.ok, stage: file.stage, finishedAt: file.finishedAt, error: file.error ?? null },
    errors: document.errors,
    held: document.held,
  }
}

function localState({ local }: LookDocument, ledger: Ledger | null, now: Date): BackupState['local'] {
  const { known, unknown } = sortCopies(local.copies, ledger, now)
  return {
    copies: known.length,
    bytes: local.bytes,
    unknown: counted(unknown),
    freeBytes: local.free,
    fullOn: null,
  }
}

function boxState(
  name: string,
  box: BoxSeen,
  { ledger, isBegun }: { ledger: Ledger | null; isBegun: boolean },
  now: Date,
): BoxState {
  if (box.error !== null)
    return { name, error: box.error, copies: null, bytes: null, newest: null, unknown: null, freeBytes: null, fullOn: null }
  const { known, unknown, newest } = sortCopies(box.copies, ledger, now)
  const [nameOf, bytes] = (isBegun ? newest : undefined) ?? []
  const finished = nameOf === undefined ? undefined : finishedOf(nameOf, ledger)
  return {
    name,
    error: null,
    copies: known.length,
    bytes: box.bytes,
    newest:
      nameOf === undefined || bytes === undefined || finished === undefined
        ? null
        : { name: nameOf, bytes, finishedAt: finished.toISOString() },
    unknown: counted(unknown),
    freeBytes: box.free,
    fullOn: null,
  }
}

function newestOf(document: LookDocument, boxes: readonly BoxState[], ledger: Ledger | null, now: Date): Newest | null {
  const index = boxes.reduce(
    (best, box, at) => ((box.newest?.finishedAt ?? '') > (boxes[best]?.newest?.finishedAt ?? '') ? at : best),
    0,
  )
  const [newest, looked] = [boxes[index]?.newest, document.boxes[index]]
  if (newest == null || looked === undefined || looked.error !== null) return null
  const format = formatOf(newest.name)
  const before = sortCopies(looked.copies, ledger, now)
    .known.filter(([name]) => name < newest.name && formatOf(name) === format && ledger?.suspects?.has(name) !== true)
    .slice(0, COMPARED)
  return {
    ...newest,
    ageSeconds: Math.round((now.getTime() - new Date(newest.finishedAt).getTime()) / 1000),
    usualBytes: before.length === 0 ? null : median(before.map(([, bytes]) => bytes)),
  }
}

/** What is newer than the newest and does not count. */
function suspectProblems(project: string, box: string, looked: BoxSeen, ledger: Ledger | null, now: Date): Problem[] {
  const [suspect] = looked.error === null ? sortCopies(looked.copies, ledger, now).suspects.map(([name]) => name) : []
  if (suspect === undefined) return []
  const text = `${suspect} on the box ${box} does not count as the newest: ${ledger?.suspects?.get(suspect)}`
  return [{ kind: 'size', text, next: ['backup', project, '--acknowledge'] }]
}

/** croner would refuse a zone that this machine doesn't know. */
function zoneOf(zone: string | null): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

import { Cron } from 'croner'
import { median } from '../../steps/backup/growth.ts'
import { formatOf } from '../../steps/backup/suspect.ts'
import { oldestAllowed } from '../../steps/backup/box/fresh-backup.ts'
import type { Context } from '../../steps/common/context.ts'
import { dateOf, parseStatusFile } from '../../steps/backup/document.ts'
import type { StatusFile } from '../../steps/backup/document.ts'
import type { BoxSeen, LookDocument } from './look.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import type { Answer } from '../../engine/answer.ts'
import type { Found } from './facts.ts'
import { counted, finishedOf, sortCopies } from '../../steps/backup/known.ts'
import { strangerProblems } from './strangers.ts'
import { duration } from '../../format/units.ts'
import { proofState } from './proof.ts'
import type { BackupState, BoxState, Newest, Problem } from './types.ts'

/** As the run itself compares: the last seven of the same format. */
const COMPARED = 7
/** Clocks differ; a name that lies further in the future would count as fresh for too long. */
const AHEAD_MS = 3_600_000

/** The backups, their copies, their proof; null where the host gave no answer. */
export function backupState(
  context: Context,
  found: Found & { look: Answer<LookDocument>; isScheduled: boolean },
  now: Date,
  problems: Problem[],
): BackupState | null {
  const { project } = context
  if ('error' in found.look) {
    problems.push({
      kind: 'newest',
      text: `the backups could not be checked: ${found.look.error}`,
      next: ['provision', project.name],
      unseen: true,
    })
    return null
  }
  const document = found.look.value
  // One that can't be read proves nothing, and the steps say so: what is shown then is as before there was one.
  const ledger = found.ledger !== undefined && 'value' in found.ledger ? found.ledger.value : null
  const zone = zoneOf(document.zone)
  const file = parseStatusFile(document.statusFile)
  const schedule = project.backup?.schedule ?? '0 3 * * *'
  // A ledger that is not begun yet knows no backup that counts.
  const isBegun = found.ledger === undefined || 'error' in found.ledger || found.ledger.value !== null
  const boxes = document.boxes.map((box, index) =>
    boxState(project.backup?.boxes[index]?.name ?? box.host, box, { ledger, isBegun }, now),
  )
  const newest = newestOf(document, boxes, ledger, now)
  lastRunProblem(project.name, file, document.errors, now, problems)
  const limit = oldestAllowed(schedule, zone, now)
  boxes.forEach((box, index) => boxProblems(project.name, box, document.boxes[index]!, { limit, now, ledger }, problems))
  const local = localState(document, ledger, now)
  strangerProblems(context, document, { found, ledger, boxes, now }, problems)
  if (document.held !== null)
    problems.push({
      kind: 'size',
      text: `nothing is pruned: ${document.held}`,
      next: ['backup', project.name, '--acknowledge'],
    })
  const newestNames = boxes.flatMap((box) => box.newest?.name ?? [])
  const { proof, drill } = proofState(context, { document, file: file ?? null, ledger, newestNames }, now, problems)
  return {
    newest,
    proof,
    drill,
    local,
    boxes,
    nextRun: found.isScheduled ? (new Cron(schedule, { timezone: zone }).nextRun(now)?.toISOString() ?? null) : null,
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

function lastRunProblem(
  project: string,
  file: StatusFile | null | undefined,
  errors: readonly string[],
  now: Date,
  problems: Problem[],
): void {
  const next = ['backup', project]
  if (file === undefined) problems.push({ kind: 'run', text: 'the status file on the host is damaged', next })
  if (file == null || file.ok) return
  const at = dateOf(file.finishedAt)
  const when = at === undefined ? '' : `, ${duration((now.getTime() - at.getTime()) / 1000, 1)} ago`
  problems.push({
    kind: 'run',
    text: `the last run failed at ${file.stage}${when}: ${file.error ?? errors.at(-1) ?? 'no reason given'}`,
    next,
  })
}

function boxProblems(
  project: string,
  { name: box, newest }: BoxState,
  looked: BoxSeen,
  { limit, now, ledger }: { limit: Date; now: Date; ledger: Ledger | null },
  problems: Problem[],
): void {
  const tell = (text: string, verb: string, kind: Problem['kind'] = 'newest') =>
    problems.push({ kind, text, next: [verb, project] })
  if (looked.error !== null) {
    problems.push({
      kind: 'copies',
      text: `the box ${box} could not be looked at: ${looked.error}`,
      next: ['box', project],
      unseen: true,
    })
    return
  }
  const ahead = sortCopies(looked.copies, ledger, now).ahead?.[0]
  if (ahead !== undefined) tell(`${ahead} lies in the future: is the host's clock right?`, 'verify')
  if (looked.gone !== null) tell(`on the box ${box}: ${looked.gone.text}`, 'box', 'copies')
  if (newest === null) {
    tell(`there is no backup on the box ${box}`, 'backup')
    return
  }
  const finished = new Date(newest.finishedAt)
  const seconds = (now.getTime() - finished.getTime()) / 1000
  if (finished < limit)
    tell(`the newest on the box ${box} is ${duration(seconds, 1)} old; one was due at ${minute(limit)}`, 'backup')
  const [suspect] = sortCopies(looked.copies, ledger, now).suspects.map(([name]) => name)
  if (suspect !== undefined)
    problems.push({
      kind: 'size',
      text: `${suspect} on the box ${box} does not count as the newest: ${ledger?.suspects?.get(suspect)}`,
      next: ['backup', project, '--acknowledge'],
    })
  if (-seconds * 1000 > AHEAD_MS) tell(`${newest.name} lies in the future: is the host's clock right?`, 'verify')
  const recorded = ledger?.made.get(newest.name)?.bytes
  if (recorded !== undefined && recorded !== newest.bytes)
    tell(`${newest.name} has ${newest.bytes} bytes on the box ${box}, the host's ledger says ${recorded}`, 'verify')
}

/** croner would refuse a zone that this machine doesn't know. */
function zoneOf(zone: string | null): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

const minute = (date: Date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`

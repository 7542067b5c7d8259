import { step } from '../../../engine/step.ts'
import type { Step } from '../../../engine/step.ts'
import type { Ledger } from '../ledger-fact.ts'
import { ledgerFact } from '../ledger-fact.ts'
import { leavesOut } from '../../common/unread.ts'
import { goneFrom, goneHelp } from './gone.ts'
import type { Gone } from './gone.ts'
import { faultsOf, sizeFault } from './hashed.ts'
import { newestOf } from './listing.ts'
import type { Copy } from './listing.ts'
import { couldNotLook, placeOf } from './look.ts'
import type { BoxFact, BoxLook } from './look.ts'

/** What is to be said of the backups on one box. */
export interface BoxReport {
  /** `the box`, or which of several. */
  place: string
  newest: Copy | undefined
  /** Why the newest is not as it should be; empty for none. */
  fault: string
  /** No backup is there that counts. */
  isEmpty?: true
  gone: Gone | null
  /** How many of its files were compared. */
  checked: number
}

/**
 * The newest complete backup on each box, hashed there, and every file beside it, against the host's ledger; and what is gone from there. Where
 * there are several boxes, each difference says which.
 */
export function boxCopyStep(
  project: string,
  { box, hash = true, now = () => new Date() }: { box: BoxFact; hash?: boolean; now?: () => Date },
): Step {
  return step({
    project,
    name: 'box-copy',
    needs: ['package', 'script', 'config', 'known-host'],
    facts: { box, ledger: ledgerFact(project) },
    plan: (found) =>
      boxReports(found.box, found.ledger, now(), hash).flatMap((one) => [
        ...copyChanges(project, one),
        ...goneChanges(project, one),
      ]),
    note: (found) =>
      boxReports(found.box, found.ledger, now(), hash)
        .map(({ newest, fault, place }) =>
          newest === undefined ? `nothing on ${place}` : `${newest.name} ${fault === '' ? 'equal' : 'not equal'} on ${place}`,
        )
        .join('; '),
    ...leavesOut(hash ? [] : ['the checksums of the copies on the boxes']),
  })
}

/** One for each box. */
export function boxReports(looks: readonly BoxLook[], ledger: Ledger | null, now: Date, hash = true): BoxReport[] {
  return looks.map((look) => ({ place: placeOf(look, looks), ...reportOf(look, ledger, now, hash) }))
}

function reportOf(look: BoxLook, ledger: Ledger | null, now: Date, hash: boolean): Omit<BoxReport, 'place'> {
  if (look.error !== null) return { newest: undefined, fault: couldNotLook(look), gone: null, checked: 0 }
  const { box, listing, uploading } = look
  const gone = goneFrom(listing, box, { ledger, uploading, now })
  const newest = newestOf(listing, ledger, now)
  if (newest === undefined)
    return {
      newest,
      fault: `no complete backup of ${box.database} in ${box.directory} on the box`,
      isEmpty: true,
      gone,
      checked: 0,
    }
  if (!hash) return { newest, fault: sizeFault(newest, ledger) ?? '', gone, checked: 0 }
  const hashed = look.hashed.find(({ path }) => path === newest.path)
  if (hashed === undefined) return { newest, fault: `${newest.name} was not compared; run it again`, gone, checked: 0 }
  if (hashed.error !== undefined) {
    const { text, isFinal } = hashed.error
    return { newest: undefined, fault: isFinal ? text : `could not look: ${text}`, gone, checked: 0 }
  }
  return { newest, fault: faultsOf(newest, hashed, ledger).join('; '), gone, checked: 1 + hashed.beside.size }
}

function copyChanges(project: string, { fault, place, isEmpty }: BoxReport) {
  // That there is none is told by the step that wants a fresh one.
  if (fault === '' || isEmpty === true) return []
  return [
    {
      what: `copy of ${project} on ${place}`,
      from: fault,
      to: 'there, and equal',
      text: place === 'the box' ? fault : `${place}: ${fault}`,
      help: 'make a new one; the damaged copy stays where it is for you to look at',
      next: ['backup', project],
    },
  ]
}

function goneChanges(project: string, { place, gone }: BoxReport) {
  if (gone === null) return []
  return [
    {
      what: `backups of ${project} on ${place}`,
      from: gone.text,
      to: 'all that were uploaded',
      text: place === 'the box' ? gone.text : `${place}: ${gone.text}`,
      help: goneHelp(project),
      next: ['box', project],
    },
  ]
}

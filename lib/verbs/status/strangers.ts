import { valueOf } from '../../engine/answer.ts'
import { foreignOwner } from '../../steps/backup/folder-owner.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import type { Context } from '../../steps/common/context.ts'
import type { LookDocument } from './look.ts'
import type { Found } from './facts.ts'
import { newerUnknown, sortCopies } from '../../steps/backup/known.ts'
import type { BoxState, Problem } from './types.ts'

interface Seen {
  found: Found
  ledger: Ledger | null
  boxes: readonly BoxState[]
  now: Date
}

/** What others put where only this host's backups belong: a folder that is another host's, and copies that look newer than the newest. */
export function strangerProblems(
  { project }: Context,
  document: LookDocument,
  { found, ledger, boxes, now }: Seen,
  problems: Problem[],
): void {
  const tell = (text: string) => problems.push({ kind: 'copies', text, next: ['box', project.name] })
  const newer = (copies: LookDocument['local']['copies'], newest: string | undefined, where: string) => {
    const name = newerUnknown(sortCopies(copies, ledger, now).unknown, newest)
    if (name !== undefined)
      tell(`${name} ${where} looks newer than the newest backup, and this host did not make it: it is never restored unasked`)
  }
  newer(document.local.copies, sortCopies(document.local.copies, ledger, now).newest?.[0], 'on the host')
  document.boxes.forEach((box, index) => {
    if (box.error !== null) return
    const name = boxes[index]?.name ?? box.host
    newer(box.copies, boxes[index]?.newest?.name, `on the box ${name}`)
    const owner = ownerOf(box.owner, found, ledger)
    const folder = project.backup?.boxes[index]?.remoteDirectory ?? ''
    if (owner !== undefined) tell(`the folder ${folder} on the box ${name} belongs to ${owner}: nothing is uploaded there`)
  })
}

/** Nothing is said where this host's own names could not be read. */
function ownerOf(text: string | null | undefined, { ledger: seen, host, cluster }: Found, ledger: Ledger | null) {
  if ([seen, host, cluster].some((one) => one !== undefined && 'error' in one)) return undefined
  return foreignOwner(text, { ledger, host: valueOf(host), cluster: valueOf(cluster) })
}

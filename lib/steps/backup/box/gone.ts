import { asTyped } from '../../../format/command.ts'
import { BACKUP_NAME } from '../../../inventory/backup-name.ts'
import { stampOf, stampText } from '../document.ts'
import { isAhead } from '../known.ts'
import type { Ledger } from '../ledger-fact.ts'
import { nameInLedger } from './access.ts'
import type { BoxAccess } from './access.ts'
import { BESIDE, isComplete } from './listing.ts'
import type { Copy, Listing } from './listing.ts'

/** Backups that the ledger says lie on a box and that do not, and incomplete remains of backups there: the same for every verb. */
export interface Gone {
  count: number
  newest: string | null
  oldest: string | null
  remains: number
  text: string
  /** What a person can accept as gone: only this host's own. */
  names: string[]
}

/** Named in words; of more only the number. */
const NAMED = 3
/** Pruning leaves the newest ones, however old. */
const KEPT = 3

interface Missed {
  name: string
  /** Endings; `dump` is the dump itself. Of what is gone nothing stands for all of it. */
  what: string[]
}

/**
 * What is missed on a box: not what pruning removed or a copy so old that it is due to, not what a person has accepted as gone, and not what an
 * upload is giving its name just now (`uploading`).
 */
export function goneFrom(
  listing: Listing,
  box: BoxAccess,
  { ledger, uploading, now }: { ledger: Ledger | null; uploading: ReadonlySet<string>; now: Date },
): Gone | null {
  const copies = new Map(listing.copies.map((copy) => [copy.name, copy]))
  const latest = latestUploaded(box, ledger, now)
  const { expected, accepted } = expectedOn(box, ledger, now)
  const limit = (stampOf(latest)?.getTime() ?? now.getTime()) - box.keepDays * 86_400_000
  const isDue = (name: string) => (stampOf(name)?.getTime() ?? 0) < limit
  const gone = expected
    .filter((name, index) => index < KEPT || !isDue(name))
    .flatMap((name): Missed[] => {
      const what = lackingOf(copies.get(name), ledger?.made.get(name)?.files)
      return what === undefined ? [] : [{ name, what }]
    })
  const isExpected = new Set(expected)
  const remains = [...copies.values()]
    .filter((copy) => !isExpected.has(copy.name) && !accepted.has(copy.name) && !uploading.has(copy.name))
    .filter((copy) => (ledger?.made.has(copy.name) === true ? !isComplete(copy) && !isDue(copy.name) : !copy.endings.has('')))
    .map((copy): Missed => ({ name: copy.name, what: presentOf(copy) }))
    .toSorted(newestFirst)
  if (gone.length + remains.length === 0) return null
  return {
    count: gone.length,
    newest: gone[0]?.name ?? null,
    oldest: gone.at(-1)?.name ?? null,
    remains: remains.length,
    text: [...goneText(gone, latest), ...remainsText(remains)].join('; '),
    names: [...gone, ...remains].map(({ name }) => name).filter((name) => ledger?.made.has(name) === true),
  }
}

const newestFirst = (a: { name: string }, b: { name: string }) => (stampText(a.name) > stampText(b.name) ? -1 : 1)

const isOf = (box: BoxAccess, name: string) =>
  BACKUP_NAME.test(name) && name.replace(/_\d{8}_\d{6}\..*$/, '') === `backup_${box.file}`

/** The newest that reached any box. */
function latestUploaded(box: BoxAccess, ledger: Ledger | null, now: Date): string {
  return (
    (ledger?.onBoxes ?? [])
      .filter(({ entry, name }) => entry === 'uploaded' && isOf(box, name) && !isAhead(name, now))
      .toSorted(newestFirst)[0]?.name ?? ''
  )
}

/** What was brought to this box and should lie there, the newest first; and what a person has accepted as gone. */
function expectedOn(box: BoxAccess, ledger: Ledger | null, now: Date): { expected: string[]; accepted: Set<string> } {
  const here = (ledger?.onBoxes ?? []).filter((one) => one.box === nameInLedger(box))
  const namesOf = (...entries: string[]) => new Set(here.filter(({ entry }) => entries.includes(entry)).map(({ name }) => name))
  const [accepted, removed] = [namesOf('gone'), namesOf('gone', 'pruned')]
  const expected = [...namesOf('uploaded')]
    .filter((name) => !removed.has(name) && isOf(box, name) && !isAhead(name, now))
    .filter((name) => ledger?.made.get(name)?.adopted === false && ledger.aside?.has(name) !== true)
    .map((name) => ({ name }))
    .toSorted(newestFirst)
    .map(({ name }) => name)
  return { expected, accepted }
}

/** What should lie there and does not; undefined where all does. */
function lackingOf(copy: Copy | undefined, files: Readonly<Record<string, unknown>> = {}): string[] | undefined {
  if (copy === undefined || [...copy.endings].every((ending) => ending === '.proof')) return []
  const wanted = BESIDE.filter((ending) => ending === '.sha256' || ending === '.manifest.json' || Object.hasOwn(files, ending))
  const lacking = [...(copy.endings.has('') ? [] : ['dump']), ...wanted.filter((ending) => !copy.endings.has(ending))]
  return lacking.length === 0 ? undefined : lacking
}

const presentOf = ({ endings }: Copy): string[] => [
  ...(endings.has('') ? ['dump'] : []),
  ...[...BESIDE, '.proof'].filter((ending) => endings.has(ending)),
]

function goneText(gone: readonly Missed[], latest: string): string[] {
  if (gone.length === 0) return []
  const each = gone.slice(0, NAMED).map(({ name, what }) => {
    const is = [
      ...(stampText(name) === stampText(latest) ? ['the newest'] : []),
      ...(what.length === 0 ? [] : [`without its ${what.join(', ')}`]),
    ]
    return `${name}${is.length === 0 ? '' : ` (${is.join(', ')})`}`
  })
  const more = gone.length <= NAMED ? '' : ` and ${gone.length - NAMED} more, the oldest ${gone.at(-1)?.name}`
  const backups = gone.length === 1 ? 'backup' : 'backups'
  return [`${gone.length} ${backups} that this host uploaded, gone from the box or incomplete there: ${each.join(', ')}${more}`]
}

function remainsText(remains: readonly Missed[]): string[] {
  if (remains.length === 0) return []
  const each = remains.slice(0, NAMED).map(({ name, what }) => `${name} (only ${what.join(', ')})`)
  const more = remains.length <= NAMED ? '' : ` and ${remains.length - NAMED} more`
  return [`incomplete remains on the box: ${each.join(', ')}${more}`]
}

/** What a person can do about it. */
export const goneHelp = (project: string): string =>
  `if you removed them on purpose: ${asTyped(['backup', project, '--acknowledge'])}; if not, somebody else can delete there: the box's snapshots may still have them. Remains that this host did not make: look at them, and remove them with sftp`

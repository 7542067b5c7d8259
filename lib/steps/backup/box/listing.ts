import { isAhead } from '../known.ts'
import type { Ledger } from '../ledger-fact.ts'
import { dayOf, stampText } from '../document.ts'
import type { BoxAccess } from './access.ts'

/** The files of one backup on a box. */
export interface Copy {
  path: string
  name: string
  /** Of the dump; 0 where it is missing. */
  bytes: number
  /** Of its files: `''` is the dump, `.proof` any proof. */
  endings: Set<string>
}

/** What a listing has of this database's backups. */
export interface Listing {
  copies: Copy[]
  /** Of all their files, with those that are not complete yet. */
  bytes: number
}

const EXTENSION = String.raw`\.(?:sql\.gz|sql\.zst|dir\.tar)(?:\.age)?`
/** What lies beside a dump; in this order they are named. */
export const BESIDE = ['.globals.sql', '.globals.sql.age', '.sha256', '.manifest.json.sig', '.manifest.json'] as const
const PROOF = String.raw`\.proof-\d{8}_\d{6}\.json`
const ENDING = `(${BESIDE.map((ending) => RegExp.escape(ending)).join('|')}|${PROOF})?`
const PART = String.raw`(\.part-\d+-(\d+))?`
/** What `ls -ln` tells before a path, with the bytes: sizes that no number can hold are none. */
const BEFORE = String.raw`^ *[-l]\S+ +\S+ +\S+ +\S+ +(0|[1-9]\d{0,14}) +\S+ +\S+ +\S+ `

/** What sftp's pattern for the folders of all days, and the names of one database's backups there are. */
export const listingPattern = ({ directory, file }: BoxAccess): string =>
  `${directory}/[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/backup_${file}_[0-9]*`

/** A file in a project's folder, as `ls -ln` tells it; the path is below the folder. */
export function* filesIn(text: string, { directory }: BoxAccess): Generator<{ path: string; bytes: number }> {
  const line = new RegExp(`${BEFORE}${RegExp.escape(directory)}/(.+)$`)
  for (const one of new Set(text.split('\n'))) {
    const [, bytes, path] = line.exec(one) ?? []
    if (path !== undefined) yield { path, bytes: Number(bytes) }
  }
}

/** For paths below the folder: a file of a backup of a database, by its name alone. */
const patternOf = (file: string) =>
  new RegExp(String.raw`^(\d{4}/\d\d/\d\d)/(backup_(${file})_\d{8}_\d{6}${EXTENSION})${ENDING}${PART}$`)
const OF_ANY = patternOf('[A-Za-z0-9_%][A-Za-z0-9_.%-]*')

/** What a path below the folder is; undefined for what is of no backup. `run`: the process whose partial file it is. */
export function backupFile(path: string, pattern: RegExp = OF_ANY) {
  const [, day, name = '', file = '', ending = '', part, run] = pattern.exec(path) ?? []
  if (day === undefined || dayOf(name) !== day) return undefined
  return { name, file, ending, run: part === undefined ? undefined : Number(run) }
}

/** The backups of the box's database in what `ls -ln` printed. Names on a box are anybody's: what has not exactly the form of ours is none. */
export function listingOf(text: string, box: BoxAccess): Listing {
  const copies = new Map<string, Copy>()
  let all = 0
  const pattern = patternOf(RegExp.escape(box.file))
  for (const { path, bytes } of filesIn(text, box)) {
    const found = backupFile(path, pattern)
    if (found === undefined) continue
    all += bytes
    if (found.run === undefined) noteFile(copies, box, { ...found, bytes })
  }
  return { copies: [...copies.values()], bytes: all }
}

/** Adds a file to its backup. */
export function noteFile(
  copies: Map<string, Copy>,
  { directory }: BoxAccess,
  { name, ending, bytes }: { name: string; ending: string; bytes: number },
): void {
  const copy = copies.get(name) ?? { path: `${directory}/${dayOf(name)}/${name}`, name, bytes: 0, endings: new Set() }
  copies.set(name, copy)
  copy.endings.add(ending.startsWith('.proof-') ? '.proof' : ending)
  if (ending === '') copy.bytes = bytes
}

/** Whether an upload came to its end. */
export const isComplete = ({ endings }: Copy): boolean =>
  endings.has('') && endings.has('.sha256') && endings.has('.manifest.json')

/** Of what this host made: whether it counts as a backup; of what others put there, yes. */
export function isCounted(copy: Copy, ledger: Ledger | null): boolean {
  if (ledger?.aside?.has(copy.name) === true) return false
  return ledger?.made.has(copy.name) !== true || isComplete(copy)
}

/** The newest complete one that this host made and has no doubt about; undefined without a ledger. */
export function newestOf({ copies }: Listing, ledger: Ledger | null, now: Date): Copy | undefined {
  return copies
    .filter((copy) => isComplete(copy) && isGood(copy.name, ledger) && !isAhead(copy.name, now))
    .toSorted((a, b) => (stampText(a.name) < stampText(b.name) ? -1 : 1))
    .at(-1)
}

/** Made by a run of this host, not set aside, not adopted from elsewhere, not suspect. */
const isGood = (name: string, ledger: Ledger | null) =>
  ledger?.made.get(name)?.adopted === false && ledger.aside?.has(name) !== true && ledger.suspects?.has(name) !== true

import type { Ledger } from '../ledger-fact.ts'
import type { BoxAccess } from './access.ts'
import type { Answers } from './answers.ts'
import { goneFrom } from './gone.ts'
import type { Gone } from './gone.ts'
import { backupFile, filesIn, isComplete, newestOf, noteFile } from './listing.ts'
import type { Copy } from './listing.ts'
import { uploadingIn } from './look.ts'

interface OneFile {
  path: string
  bytes: number
}

/** What lies in a project's folder on a box. */
export interface FolderFiles {
  files: { count: number; bytes: number; complete: number; proven: number; incomplete: number; otherBackups: number }
  newest: { name: string; bytes: number } | null
  gone: Gone | null
  /** OWNER.json of the folder, as text; null where none is there. */
  owner: string | null
  /** Of uploads that are going on, or were ended. */
  partials: (OneFile & { running: boolean })[]
  /** What belongs to no backup. */
  strays: { count: number; first: OneFile[] }
}

const STRAYS = 20
/** Of an earlier look of ours. */
const SCRATCH = /^\.bitacora-doctor-\d+-\d+\.[a-z]$/

/** Sorts every file in the folder by its name: this database's backups, another's, partial files, the restore guide and marker, strays. */
export function filesOf(
  text: string,
  answers: Answers,
  box: BoxAccess,
  { ledger, now }: { ledger: Ledger | null; now: Date },
): FolderFiles {
  const copies = new Map<string, Copy>()
  const running = new Set([...(answers('running')?.out ?? '').matchAll(/^\/proc\/(\d+)\//gm)].map(([, id]) => Number(id)))
  const partials: FolderFiles['partials'] = []
  const strays: OneFile[] = []
  let [count, bytes, otherBackups] = [0, 0, 0]
  for (const file of [...filesIn(text, box)].toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (SCRATCH.test(file.path)) continue
    count++
    bytes += file.bytes
    const [whole = '', run] = file.path.split(/\.part-\d+-(?=\d+$)/)
    const found = backupFile(whole)
    const shown = { path: `${box.directory}/${file.path}`, bytes: file.bytes }
    if (found === undefined && !MARKERS.has(whole)) strays.push(shown)
    else if (run !== undefined) partials.push({ ...shown, running: running.has(Number(run)) })
    else if (found !== undefined && found.file !== box.file) otherBackups++
    else if (found !== undefined) noteFile(copies, box, { ...found, bytes: file.bytes })
  }
  const listing = { copies: [...copies.values()], bytes }
  const made = listing.copies.filter(
    (copy) => isComplete(copy) && ledger?.made.has(copy.name) === true && ledger.aside?.has(copy.name) !== true,
  )
  const proven = new Set(ledger?.proofs.map(({ name }) => name))
  const newest = newestOf(listing, ledger, now)
  return {
    files: {
      count,
      bytes,
      complete: made.length,
      proven: made.filter(({ name }) => proven.has(name)).length,
      incomplete: listing.copies.length - made.length,
      otherBackups,
    },
    newest: newest === undefined ? null : { name: newest.name, bytes: newest.bytes },
    gone: goneFrom(listing, box, { ledger, uploading: uploadingIn(answers), now }),
    owner: answers('owner')?.out.trimEnd() ?? null,
    partials,
    strays: { count: strays.length, first: strays.slice(0, STRAYS) },
  }
}

const MARKERS = new Set(['OWNER.json', 'RESTORE.md'])

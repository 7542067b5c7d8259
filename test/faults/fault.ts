/** What a fault leaves in the project's folder on the host, in the words of the docs. */
export const ON_HOST = {
  same: 'as before',
  backup: 'the new backup, complete',
  aside: 'the dump, set aside as `.bad`',
  partial: 'partial files, which never count',
  dump: 'a dump without its checksum, which never counts',
  damaged: 'a damaged copy',
} as const

/** The same of the storage box. */
export const ON_BOX = {
  same: 'as before',
  backup: 'the new backup, equal',
  partial: 'partial files, which never count',
  incomplete: 'a backup without its manifest, which never counts',
  damaged: 'a damaged copy',
} as const

/** What becomes of the run after it. */
export const NEXT = {
  good: 'good',
  sweeps: 'good; it sweeps first',
  mended: 'good, once that is mended',
  acknowledged: 'good; it prunes again after `--acknowledge`',
  skipped: 'good, once the other has ended',
} as const

/** One fault: what it does to a run of the backup script (or of the restore script), each seen by a test. */
export interface Fault {
  /** Unique, for tests. */
  id: string
  /** The step of a run that it meets, 0 to 15; a restore has none. */
  step: number | 'restore'
  /** Words for the docs. */
  fault: string
  /** The exit code of the run. */
  exit: number
  /** The stage that the alarm names; of a run that is good or killed, where it was. */
  stage: string
  /** Words of the log's line (where the exit code is not 0, of its last one), with … for what varies; empty where there is none. */
  says: string
  host: keyof typeof ON_HOST
  box: keyof typeof ON_BOX
  next: keyof typeof NEXT
  /** Where it is tried: a file in test/e2e, and the title there; without one the file names the fault by its id. */
  test: { file: string; title?: string }
}

/** The faults' words for the log as a regular expression. */
export const pattern = (says: string): RegExp =>
  new RegExp(
    says
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  )

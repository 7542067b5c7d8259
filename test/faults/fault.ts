import type { Place } from './place.ts'
import type { IN_SERVER, NEXT, ON_BOX, ON_HOST } from './states.ts'

/** How a fault is brought about. Scripts are of sh, run by root on the host. */
export interface Cause {
  /** Keys of the config that differ. */
  settings?: Record<string, string | null>
  /** Before the run. */
  prepare?: string
  /** The same on the box, in the folder of its newest copy, whose name is $f. */
  onBox?: string
  /** PROGRAM: what a program of that name does in its stead, in Bash; it goes on as the real one where this doesn't end it. */
  hooks?: Record<string, string>
  /** Instead of the script alone; it ends with the code of the run. */
  command?: string
  /** The power is cut as soon as a hook has made the file `place.mark`. */
  power?: true
  /** After it: undoes what was prepared. */
  after?: string
  /** It stays until `after` is done and the config and the programs are as before: the run is tried once more before that, by this command or as the first one. */
  lasts?: true | string
  /** The files of the newest copy that it changes or removes, by what follows the dump's name. */
  spoils?: readonly string[]
}

/** One fault: how it comes about, and what it does to a run of the backup script or of the restore script. The driver tries it and compares each column. */
export interface Fault {
  /** Unique, for tests. */
  id: string
  /** The step of a run that it meets, 0 to 15; a restore has none. */
  step: number | 'restore'
  /** Words for the docs. */
  fault: string
  /** The exit code of the run. */
  exit: number
  /** The stage that the alarm names; of a run that is good or killed, where it ended. */
  stage: string
  /** Words of the log's line (where the exit code is not 0, of its last one), with … for what varies; empty where there is none. */
  says: string
  host: keyof typeof ON_HOST
  box: keyof typeof ON_BOX
  /** For a restore alone. */
  server?: keyof typeof IN_SERVER
  next: keyof typeof NEXT
  cause: (place: Place) => Cause
}

/** Faults that are tried one after the other on one project, by the file of that name in test/e2e/faults. */
export interface Group {
  file: string
  /** The heading in the docs. */
  subject: string
  ground: 'plain' | 'small disk' | 'own box'
  faults: readonly Fault[]
}

/** The faults' words for the log as a regular expression. */
export const pattern = (says: string): RegExp =>
  new RegExp(
    says
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  )

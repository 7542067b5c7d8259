import type { Fault } from './fault.ts'
import { AFTER } from './table/after.ts'
import { BOX } from './table/box.ts'
import { DATABASE } from './table/database.ts'
import { DUMP } from './table/dump.ts'
import { KILLED } from './table/killed.ts'
import { RESTORE } from './table/restore.ts'
import { RUN } from './table/run.ts'

/** The faults by subject, in the order of the docs. */
export const SUBJECTS: readonly { heading: string; faults: readonly Fault[] }[] = [
  { heading: 'The host and its surroundings', faults: RUN },
  { heading: 'The dump', faults: DUMP },
  { heading: 'The database', faults: DATABASE },
  { heading: 'The run stopped or killed', faults: KILLED },
  { heading: 'The box', faults: BOX },
  { heading: 'Pruning, the clock, and the alarm itself', faults: AFTER },
  { heading: 'A drill or a restore', faults: RESTORE },
]

export const FAULTS: readonly Fault[] = SUBJECTS.flatMap(({ faults }) => faults)

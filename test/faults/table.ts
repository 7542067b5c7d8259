import type { Fault, Group } from './fault.ts'
import { CLOCKS, LATER } from './table/after.ts'
import { BOXES } from './table/box.ts'
import { DATABASES } from './table/database.ts'
import { DUMPS } from './table/dump.ts'
import { POWER, STOPS } from './table/killed.ts'
import { RESTORES } from './table/restore.ts'
import { RUNS } from './table/run.ts'

const LATE = 'Pruning, the clock, and the alarm itself'
const STOPPED = 'The run stopped or killed'

/** All faults, in the order of the docs. */
export const GROUPS: readonly Group[] = [
  { file: 'run', subject: 'The host and its surroundings', ground: 'plain', faults: RUNS },
  { file: 'dump', subject: 'The dump', ground: 'small disk', faults: DUMPS },
  { file: 'database', subject: 'The database', ground: 'plain', faults: DATABASES },
  { file: 'killed', subject: STOPPED, ground: 'plain', faults: STOPS },
  { file: 'power', subject: STOPPED, ground: 'plain', faults: POWER },
  { file: 'box', subject: 'The box', ground: 'own box', faults: BOXES },
  { file: 'after', subject: LATE, ground: 'own box', faults: LATER },
  { file: 'clock', subject: LATE, ground: 'plain', faults: CLOCKS },
  { file: 'restore', subject: 'A drill or a restore', ground: 'plain', faults: RESTORES },
]

export const FAULTS: readonly Fault[] = GROUPS.flatMap(({ faults }) => faults)

import type { ConvergeEvent } from '../../engine/converge.ts'
import type { HostReport, RunHead } from '../report/report.ts'

/** What the name of a run's journal ends in, as long as the run goes on. */
export const UNFINISHED = '.unfinished.jsonl'

/** One line of a journal. The first is the head. */
export type JournalLine =
  | { type: 'head'; head: RunHead; machine: string; pid: number }
  | { type: 'hosts'; hosts: string[]; warnings: string[] }
  | { type: 'event'; host: string; event: ConvergeEvent }
  | { type: 'host'; report: HostReport }

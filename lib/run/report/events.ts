import type { ConvergeEvent } from '../../engine/converge.ts'
import type { HostReport, RunReport } from './report.ts'

/** What happens in a run, for whoever shows it. All text is masked. */
export type RunEvent =
  /** From now on a signal should stop the run, and not end the process at once. */
  | { type: 'inventory-loaded' }
  | {
      type: 'run-started'
      title: string
      hosts: { name: string; projects: string[]; steps: { project: string | null; step: string }[] }[]
      warnings: string[]
    }
  | { type: 'connecting'; host: string; address: string }
  | { type: 'connected'; host: string; ms: number }
  | { type: 'host-done'; host: string; report: HostReport }
  /** No host is begun any more, and the connections are closed. */
  | { type: 'stopping'; reason: string }
  | { type: 'run-done'; report: RunReport }
  | (ConvergeEvent & { host: string })

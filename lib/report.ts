import type { StepReport } from './engine/plan.ts'
import type { ProjectStatus } from './status/types.ts'

export type Task = 'provision' | 'verify' | 'backup' | 'restore' | 'status' | 'box'

export interface HostReport {
  name: string
  ok: boolean
  /** Why the host as a whole failed: not reached, refused, locked. */
  error?: string
  /** Execs. */
  roundTrips: number
  /** From the start of connecting to the last answer. */
  seconds: number
  steps: StepReport[]
  /** Of `status`: how each project stands. */
  projects?: { project: string; status: ProjectStatus }[]
}

/** What a run found and did: the document of `--json`, the logbook, and what the exit code follows from. Secrets are masked. */
export interface RunReport {
  task: Task
  ok: boolean
  exitCode: 0 | 1 | 2
  /** `provision --check`. */
  check: boolean
  /** Other flags that say what was run: `--prune`. */
  flags?: string[]
  run: string
  startedAt: string
  seconds: number
  by: string
  inventory: string
  warnings: string[]
  hosts: HostReport[]
  /** Where the logbook entry lies; left out when none was written. */
  logbook?: string
}

/** 1 when something failed or, after changing, isn't so; 2 when looking found a difference. */
export function exitCode(task: Task, check: boolean, hosts: readonly HostReport[]): 0 | 1 | 2 {
  const statuses = hosts.flatMap((host) => host.steps.map((step) => step.status))
  if (hosts.some((host) => host.error !== undefined) || statuses.includes('failed')) return 1
  if (statuses.every((status) => status === 'ok' || status === 'changed')) return 0
  return task === 'verify' || task === 'status' || check ? 2 : 1
}

/** `provision --check`, as one types it. */
export function taskName({ task, check, flags = [] }: { task: Task; check: boolean; flags?: readonly string[] }): string {
  return [task, ...(task === 'provision' && check ? ['--check'] : []), ...flags].join(' ')
}

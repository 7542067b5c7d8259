import type { StepReport } from './engine/plan.ts'

export type Task = 'provision' | 'verify' | 'backup'

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
}

/** What a run found and did: the document of `--json`, the logbook, and what the exit code follows from. Secrets are masked. */
export interface RunReport {
  task: Task
  ok: boolean
  exitCode: 0 | 1 | 2
  /** `provision --check`. */
  check: boolean
  run: string
  startedAt: string
  seconds: number
  by: string
  inventory: string
  warnings: string[]
  hosts: HostReport[]
  /** Where the logbook entry lies; left out when it could not be written. */
  logbook?: string
}

/** 1 when something failed or, after changing, isn't so; 2 when looking found a difference. */
export function exitCode(task: Task, check: boolean, hosts: readonly HostReport[]): 0 | 1 | 2 {
  const statuses = hosts.flatMap((host) => host.steps.map((step) => step.status))
  if (hosts.some((host) => host.error !== undefined) || statuses.includes('failed')) return 1
  if (statuses.every((status) => status === 'ok' || status === 'changed')) return 0
  return task === 'verify' || check ? 2 : 1
}

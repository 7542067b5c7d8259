import { hostname, userInfo } from 'node:os'
import type { StepReport } from '../../engine/plan.ts'
import type { Running } from './host-record.ts'

/** A verb's name. */
export type Task = string

/** What a run is asked for: how things stand, or to make them so. */
export type Asks = 'look' | 'change'

export interface HostReport<Status = unknown> {
  name: string
  ok: boolean
  /** Why the host as a whole failed: not reached, refused, locked, or the run was cut; `steps` then holds what was done until then. */
  error?: string
  /** What was being changed when the run was cut. Whether it was made is not known. */
  interrupted?: Running
  /** Execs. */
  roundTrips: number
  /** From the start of connecting to the last answer. */
  seconds: number
  steps: StepReport[]
  /** What the verb has to say of each project besides its steps: for `status`, how it stands. */
  projects?: { project: string; status: Status }[]
}

/** 0, 1 and 2 are those of a run that came to its end; a signal that stopped it gives 128 and its number, as shells have it. */
export type ExitCode = 0 | 1 | 2 | 129 | 130 | 143

/** What is known of a run when it starts. */
export interface RunHead {
  task: Task
  /** It was asked how things stand, not to change them. */
  check: boolean
  /** The flags that say what was run: `--prune`. */
  flags?: string[]
  run: string
  startedAt: string
  by: string
  inventory: string
}

/** What a run found and did: the document of `--json`, the logbook, and what the exit code follows from. Secrets are masked. */
export interface RunReport<Status = unknown> extends RunHead {
  ok: boolean
  exitCode: ExitCode
  /** Why no host was touched: bad input, a missing secret. */
  error?: string
  /** What ended the run before its end: a signal's name, `error`, or `killed`. */
  stopped?: string
  seconds: number
  warnings: string[]
  hosts: HostReport<Status>[]
  /** Where the logbook entry lies; left out when none was written. */
  logbook?: string
}

/** `ana@laptop`, for the logbook. */
export function whoRuns(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container's user may have a number only.
    return `${process.getuid?.() ?? 'somebody'}@${hostname()}`
  }
}

/** The report of a run that ended before any host was touched; `error` is masked. */
export function refusal(head: RunHead, error: string, warnings: string[] = [], code: ExitCode = 1): RunReport {
  const seconds = (Date.now() - new Date(head.startedAt).getTime()) / 1000
  return { ...head, ok: false, exitCode: code, error, seconds, warnings, hosts: [] }
}

/** 1 when something failed or, after changing, isn't so; 2 when looking found a difference. */
export function exitCode(asks: Asks, hosts: readonly HostReport[]): 0 | 1 | 2 {
  const statuses = hosts.flatMap((host) => host.steps.map((step) => step.status))
  if (hosts.some((host) => host.error !== undefined) || statuses.includes('failed')) return 1
  if (statuses.every((status) => status === 'ok' || status === 'changed')) return 0
  return asks === 'look' ? 2 : 1
}

/** `provision --check`, as one types it. */
export function taskName({ task, flags = [] }: { task: Task; flags?: readonly string[] }): string {
  return [task, ...flags].join(' ')
}

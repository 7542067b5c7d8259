import type { Answer } from './answer.ts'
import type { Fact } from './fact.ts'
import { keyOf } from './step.ts'
import type { Change, Json, Step } from './step.ts'

export type Status = 'ok' | 'changed' | 'drift' | 'unknown' | 'failed' | 'skipped'

/** A change as it is shown and written down: plain JSON. */
export interface ReportedChange {
  what: string
  from: Json
  to: Json
  /** A person must act. */
  manual?: true
  /** What is said instead of `what from → to`. */
  text?: string
  help?: string
  /** The next command: a verb and its words. */
  next?: string[]
  seconds?: number
}

/** SQL that a person is to run, as it lies on the host. */
export interface SqlFile {
  file: string
  /** How it is run on the host. */
  command: string
  text: string
  /** The text goes on in the file. */
  cut: boolean
}

export interface StepReport {
  project: string | null
  step: string
  status: Status
  changes: ReportedChange[]
  error?: string
  /** What to do about the error. */
  help?: string
  /** The next command: a verb and its words. */
  next?: string[]
  /** Why a step is unknown or skipped. */
  reason?: string
  /** What was found, in a few words. */
  note?: string
  /** What was left out of the comparison. */
  notChecked?: string[]
  /** What is left to a person, as SQL. */
  sql?: SqlFile[]
  /** Of an action: what it did or found, as its verb types it. */
  data?: unknown
  /** What is allowed, and works, but had better not be. */
  warnings?: string[]
}

/** Why a step is beyond help in this run. */
export interface Failure {
  error: string
  help?: string
  next?: string[]
}

/** A step with what the answers say of it. */
export interface Planned {
  step: Step
  status: Exclude<Status, 'changed'>
  changes: Change[]
  error?: string
  help?: string
  next?: string[]
  reason?: string
  note?: string
  notChecked?: string[]
}

/** Compares every step with its answers, in order. `failed` holds steps that are beyond help in this run, with the reason. */
export function planAll(
  steps: readonly Step[],
  answers: ReadonlyMap<Fact<unknown>, Answer>,
  failed: ReadonlyMap<string, Failure> = new Map(),
): Planned[] {
  const planned = new Map<string, Planned>()
  for (const step of steps) {
    const failure = failed.get(keyOf(step))
    planned.set(
      keyOf(step),
      failure === undefined ? planOne(step, answers, planned) : { step, status: 'failed', changes: [], ...failure },
    )
  }
  return [...planned.values()]
}

function planOne(step: Step, answers: ReadonlyMap<Fact<unknown>, Answer>, before: ReadonlyMap<string, Planned>): Planned {
  const waitsFor = needed(step, before).find((other) => isBlocked(other))
  if (waitsFor !== undefined) return { step, status: 'skipped', changes: [], reason: `waits for ${waitsFor.step.name}` }
  const found: Record<string, unknown> = {}
  for (const [name, fact] of Object.entries(step.facts)) {
    const answer = answers.get(fact)
    if (answer === undefined || 'error' in answer)
      return { step, status: 'failed', changes: [], error: `could not read ${name}: ${answer?.error ?? 'not asked'}` }
    found[name] = answer.value
  }
  let result, note, notChecked
  try {
    result = step.plan(found)
    note = 'unknown' in result ? undefined : step.note?.(found)
    notChecked = step.notChecked?.(found)
  } catch (error) {
    // A fault of ours, or a host like none that was thought of: the trouble of this step alone.
    return { step, status: 'failed', changes: [], error: `what was found could not be compared: ${(error as Error).message}` }
  }
  if ('unknown' in result) return { step, status: 'unknown', changes: [], reason: result.unknown }
  return {
    step,
    status: result.length === 0 ? 'ok' : 'drift',
    changes: result,
    ...(note === undefined ? {} : { note }),
    ...(notChecked === undefined ? {} : { notChecked }),
  }
}

/** The steps before this one that it names, its own project's first. Throws when a recipe names one that isn't there. */
export function needed<T extends { step: Step }>(step: Step, before: ReadonlyMap<string, T>): T[] {
  return step.needs.map((name) => {
    const other = before.get(keyOf({ project: step.project, name })) ?? before.get(name)
    if (other === undefined) throw new Error(`step ${keyOf(step)} needs ${name}, which does not come before it`)
    return other
  })
}

function isBlocked(planned: Planned): boolean {
  return planned.status === 'failed' || planned.status === 'skipped' || planned.changes.some((change) => change.blocks === true)
}

/** A change without its script. */
export function reported(change: Change): ReportedChange {
  return {
    what: change.what,
    from: change.from,
    to: change.to,
    ...(change.run === undefined ? { manual: true as const } : {}),
    ...(change.text === undefined ? {} : { text: change.text }),
    ...(change.help === undefined ? {} : { help: change.help }),
    ...(change.next === undefined ? {} : { next: change.next }),
  }
}

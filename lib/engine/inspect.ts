import type { Masker } from '../text/masker.ts'
import type { Answer } from './answer.ts'
import type { Applied } from './apply.ts'
import type { ConvergeEvent } from './event.ts'
import type { Fact } from './fact.ts'
import { describeHolder } from './lock.ts'
import type { Holder } from './lock.ts'
import type { Machine } from './machine.ts'
import { planAll, reported } from './plan.ts'
import type { Planned, ReportedChange, StepReport } from './plan.ts'
import { read } from './read.ts'
import type { Step } from './step.ts'

/** What a reading that fell into another run's change is called in reports. */
const READING = 'reading'

export interface InspectOptions {
  /** PostgreSQL's port on the host. */
  port: number
  masker: Masker
  emit?: (event: ConvergeEvent) => void
}

export interface Inspected {
  reports: StepReport[]
  /** Of the steps' facts, and of those that were asked besides. */
  answers: ReadonlyMap<Fact<unknown>, Answer>
}

/**
 * Reads and plans, and changes nothing. `also` are facts besides those of the steps. Where another run was changing the host meanwhile, what was
 * read may be of no one moment: the reports say so. Throws ReadError.
 */
export async function inspect(
  machine: Machine,
  steps: readonly Step[],
  { port, masker, emit = () => {} }: InspectOptions,
  also: readonly Fact<unknown>[] = [],
): Promise<Inspected> {
  const facts = [...factsOf(steps), ...also]
  emit({ type: 'reading', facts: facts.length })
  const { answers, overlap } = await read(machine, facts, port, masker)
  const reports = planAll(steps, answers).map((one) => masker.json(report(one)))
  if (overlap !== undefined) reports.unshift(masker.json(overlapping(overlap.holder)))
  for (const one of reports) emit({ type: 'step', report: one })
  return { reports, answers }
}

export const factsOf = (steps: readonly Step[]): Fact<unknown>[] => [
  ...new Set(steps.flatMap((step) => Object.values(step.facts))),
]

function overlapping(holder: Holder | undefined): StepReport {
  const reason = `another run was changing this host while it was read, so this may be of no one moment: ${describeHolder(holder)}. Run it again once that has ended`
  return { project: null, step: READING, status: 'unknown', changes: [], reason }
}

export const timed = (one: Applied): ReportedChange => ({ ...reported(one.change), seconds: Math.round(one.ms) / 1000 })

/** Not masked. */
export function report(one: Planned, applied: readonly Applied[] = []): StepReport {
  const done = applied.filter((before) => before.outcome === 'done').map(timed)
  const changes = [...done, ...one.changes.map(reported)]
  return {
    project: one.step.project,
    step: one.step.name,
    status: one.status === 'ok' && done.length > 0 ? 'changed' : one.status,
    changes,
    ...(one.error === undefined ? {} : { error: one.error }),
    ...(one.help === undefined ? {} : { help: one.help }),
    ...(one.next === undefined ? {} : { next: one.next }),
    ...(one.reason === undefined ? {} : { reason: one.reason }),
    ...(one.note === undefined ? {} : { note: one.note }),
    ...(one.notChecked === undefined ? {} : { notChecked: one.notChecked }),
  }
}

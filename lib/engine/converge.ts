import type { Masker } from '../text/masker.ts'
import { apply } from './apply.ts'
import type { Applied } from './apply.ts'
import type { ConvergeEvent } from './event.ts'
import { factsOf, inspect, report, timed } from './inspect.ts'
import type { Holder } from './lock.ts'
import type { Machine } from './machine.ts'
import { planAll, reported } from './plan.ts'
import type { Failure, Planned, ReportedChange, StepReport } from './plan.ts'
import { read } from './read.ts'
import { keyOf } from './step.ts'
import type { Change, Step } from './step.ts'

export type { ConvergeEvent } from './event.ts'

export interface ConvergeOptions {
  /** PostgreSQL's port on the host. */
  port: number
  /** Only read and plan. */
  check: boolean
  holder: Holder
  /** Seconds to wait for another run that holds the host's lock. */
  wait: number
  masker: Masker
  emit?: (event: ConvergeEvent) => void
}

/** Seconds that another run may take between two rounds of ours. */
const TURN = 900
/** More rounds than a recipe has layers of unknown would mean that two steps undo each other. */
const ROUNDS = 4
const STALE_PLANS = 5

/**
 * Read, plan, apply, read again; done when nothing is planned. Where another run was changing the host meanwhile, what was read may be of no
 * one moment: it is read again under the lock, or with `check` the reports say so. Throws ReadError, LockBusyError, or Error when an apply's
 * outcome is unknown; all else stands in the reports.
 */
export async function converge(machine: Machine, steps: readonly Step[], options: ConvergeOptions): Promise<StepReport[]> {
  const { masker, emit = () => {} } = options
  if (options.check) return (await inspect(machine, steps, options)).reports
  if (steps.some((step) => step.notChecked !== undefined)) throw new TypeError('steps that leave something out are never applied')
  const facts = factsOf(steps)
  const failed = new Map<string, Failure>()
  const applied = new Map<string, Applied[]>()
  const readAndPlan = async () => {
    emit({ type: 'reading', facts: facts.length })
    const reading = await read(machine, facts, options.port, masker)
    return { ...reading, planned: planAll(steps, reading.answers, failed) }
  }
  const shownSteps = new Set<Step>()
  const reportOf = (one: Planned): StepReport => {
    const masked = masker.json(report(one, applied.get(keyOf(one.step)) ?? []))
    if (!shownSteps.has(one.step)) emit({ type: 'step', report: masked })
    shownSteps.add(one.step)
    return masked
  }
  let { generation, answers, overlap, planned } = await readAndPlan()
  // What is right already can be shown before anything is changed.
  for (const one of planned) if (one.status === 'ok' && overlap === undefined) reportOf(one)
  const giveUp = performance.now() + options.wait * 1000
  for (let round = 1, stale = 0; overlap !== undefined || planned.some(canRun); round++) {
    if (round > ROUNDS)
      throw new Error(
        `after ${ROUNDS} rounds something is still planned: ${planned
          .filter(canRun)
          .map((one) => keyOf(one.step))
          .join(', ')}`,
      )
    // What a run has begun it ends: another one that took its turn is waited for.
    const wait = applied.size === 0 ? options.wait : Math.max(options.wait, TURN)
    const result = await apply(machine, planned, { ...options, wait, generation, ...listeners(emit, masker) }, masker)
    if (result.stale) {
      if (++stale > STALE_PLANS && performance.now() > giveUp)
        throw new Error('other runs keep changing this host; nothing was changed by this one')
      round--
    } else {
      record(result.applied, applied, failed)
      for (const one of result.applied.filter(({ outcome }) => outcome === 'failed')) {
        emit({ type: 'applied', key: one.key, change: shown(one, masker), ok: false, error: one.error ?? 'failed' })
      }
    }
    ;({ generation, answers, overlap, planned } = await readAndPlan())
    // What needs a step that has just failed waits for it.
    if (!result.stale && refuseRepeats(planned, result.applied, failed)) planned = planAll(steps, answers, failed)
  }
  // Said once more where a later change has undone what was right.
  for (const one of planned) if (one.status !== 'ok') shownSteps.delete(one.step)
  return planned.map(reportOf)
}

function listeners(emit: (event: ConvergeEvent) => void, masker: Masker) {
  return {
    onHeld: (holder: Holder | undefined) => emit({ type: 'held', holder }),
    onStart: (key: string, change: Change) => emit({ type: 'applying', key, change: masker.json(reported(change)) }),
    onDone: (one: Applied) => emit({ type: 'applied', key: one.key, change: shown(one, masker), ok: true }),
    onLine: (key: string, line: string) => emit({ type: 'line', key, line }),
  }
}

const canRun = (one: Planned) => one.changes.some((change) => change.run !== undefined)

function record(done: readonly Applied[], applied: Map<string, Applied[]>, failed: Map<string, Failure>): void {
  for (const one of done) {
    applied.set(one.key, [...(applied.get(one.key) ?? []), one])
    if (one.outcome === 'failed' && !failed.has(one.key)) {
      const { what, help, next } = one.change
      const wayOut = { ...(help === undefined ? {} : { help }), ...(next === undefined ? {} : { next }) }
      failed.set(one.key, { error: `${what}: ${one.error ?? 'failed'}`, ...wayOut })
    }
  }
}

/** A step that was applied without an error and plans the same again has not done what it says: that is its failure. */
function refuseRepeats(planned: readonly Planned[], done: readonly Applied[], failed: Map<string, Failure>): boolean {
  const before = failed.size
  for (const one of planned) {
    const again = one.changes.find(
      (change) =>
        change.run !== undefined &&
        done.some((each) => each.outcome === 'done' && each.key === keyOf(one.step) && each.change.what === change.what),
    )
    if (again === undefined) continue
    const error = `${again.what} was changed without an error, and still is ${JSON.stringify(again.from)} and not ${JSON.stringify(again.to)}`
    failed.set(keyOf(one.step), { error })
  }
  return failed.size > before
}

function shown(one: Applied, masker: Masker): ReportedChange {
  return masker.json(timed(one))
}

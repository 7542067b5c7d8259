import type { ConvergeEvent } from '../../engine/converge.ts'
import type { ReportedChange, StepReport } from '../../engine/plan.ts'
import { keyOf } from '../../engine/step.ts'

/** A change that a step was making, with the step's place. */
export interface Running {
  project: string | null
  step: string
  change: ReportedChange
}

interface Ended {
  change: ReportedChange
  ok: boolean
  error?: string
}

/** What is known of a host's part of a run while it goes on, from its events: if the run is cut, this is what it has done. */
export class HostRecord {
  readonly #reports = new Map<string, StepReport>()
  /** Changes that ended after their step's last report. */
  readonly #ended = new Map<string, Ended[]>()
  #running: { key: string; change: ReportedChange } | undefined

  note(event: ConvergeEvent): void {
    if (event.type === 'applying') {
      // One runs at a time. Only those that end well say so at once, so one that the next one follows without a word has failed.
      this.#end(false)
      this.#running = { key: event.key, change: event.change }
    } else if (event.type === 'applied') {
      if (this.#running?.key === event.key && this.#running.change.what === event.change.what) this.#running = undefined
      const { change, ok, error } = event
      this.#add(event.key, { change, ok, ...(error === undefined ? {} : { error }) })
    } else if (event.type === 'reading') {
      this.#end(false)
    } else if (event.type === 'step') {
      const key = keyOf({ project: event.report.project, name: event.report.step })
      if (this.#running?.key === key) this.#running = undefined
      this.#ended.delete(key)
      this.#reports.set(key, event.report)
    }
  }

  /** What runs now: where the run is cut, whether it was made is not known. */
  get running(): Running | undefined {
    return this.#running && { ...placeOf(this.#running.key), change: this.#running.change }
  }

  /** The steps with something to tell, as they stand if the run is cut here. What was changed and not read again is unknown, never ok. */
  steps(): StepReport[] {
    const keys = new Set([...this.#reports.keys(), ...this.#ended.keys()])
    if (this.#running !== undefined) keys.add(this.#running.key)
    return [...keys].map((key) => this.#step(key))
  }

  #step(key: string): StepReport {
    const report = this.#reports.get(key)
    const ended = this.#ended.get(key) ?? []
    const running = this.#running?.key === key ? this.#running.change : undefined
    if (report !== undefined && ended.length === 0 && running === undefined) return report
    const failed = ended.filter((one) => !one.ok)
    const made = report?.changes.filter((change) => change.seconds !== undefined) ?? []
    return {
      ...placeOf(key),
      status: failed.length > 0 ? 'failed' : 'unknown',
      changes: [...made, ...ended.filter((one) => one.ok).map(({ change }) => change)],
      ...(failed.length === 0
        ? {}
        : {
            error: failed
              .map(({ change, error }) => `${change.what}: ${error ?? 'failed; the reason was lost with the connection'}`)
              .join('\n'),
          }),
      ...(running === undefined
        ? failed.length > 0
          ? {}
          : { reason: 'changed, but not read again, since the run was cut' }
        : { reason: `${running.what} was being changed when the run was cut, so the outcome is not known` }),
    }
  }

  #end(ok: boolean): void {
    if (this.#running !== undefined) this.#add(this.#running.key, { change: this.#running.change, ok })
    this.#running = undefined
  }

  #add(key: string, one: Ended): void {
    const others = (this.#ended.get(key) ?? []).filter(({ change, ok }) => ok || change.what !== one.change.what)
    this.#ended.set(key, [...others, one])
  }
}

function placeOf(key: string): { project: string | null; step: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { project: null, step: key } : { project: key.slice(0, slash), step: key.slice(slash + 1) }
}

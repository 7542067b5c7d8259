import type { ReportedChange, Status, StepReport } from '../../engine/plan.ts'
import type { HostReport } from './report.ts'
import { count } from '../../format/wrap.ts'

/** How something stands, as a view marks it. */
export type Mark = Status | 'person' | 'waiting' | 'passed'

/** How a host, or several, stand. Changes are counted, not steps, except where it says so. */
export interface Counts {
  /** Steps. */
  ok: number
  /** Steps. */
  failed: number
  changed: number
  /** What a machine can make so, and hasn't. */
  differs: number
  /** What only a person can settle. */
  person: number
  /** Steps. */
  unknown: number
  /** Steps. */
  skipped: number
}

/** A change that has been made; the others of a step are still to be made. */
export const isMade = (change: ReportedChange) => change.seconds !== undefined
export const isForPerson = (change: ReportedChange) => !isMade(change) && change.manual === true
export const isToMake = (change: ReportedChange) => !isMade(change) && change.manual !== true

export function countsOf(steps: readonly StepReport[]): Counts {
  const status = (wanted: StepReport['status']) => steps.filter((one) => one.status === wanted).length
  const changes = steps.flatMap((one) => one.changes)
  return {
    ok: status('ok'),
    failed: status('failed'),
    changed: changes.filter(isMade).length,
    differs: changes.filter(isToMake).length,
    person: changes.filter(isForPerson).length,
    unknown: status('unknown'),
    skipped: status('skipped'),
  }
}

/** `1 failed, 2 for a person, 5 changed`, the worst first; `all 22 ok` when there is nothing to tell. */
export function verdict(steps: readonly StepReport[]): string {
  const sum = countsOf(steps)
  const parts = [
    sum.failed > 0 && `${sum.failed} failed`,
    sum.person > 0 && `${sum.person} for a person`,
    sum.differs > 0 && count(sum.differs, 'differs', 'differ'),
    sum.changed > 0 && `${sum.changed} changed`,
    sum.unknown > 0 && `${sum.unknown} not known yet`,
    sum.skipped > 0 && `${sum.skipped} waiting`,
    sum.ok > 0 && sum.ok < steps.length && `${sum.ok} ok`,
  ].filter((part) => part !== false)
  if (parts.length > 0) return parts.join(', ')
  return steps.length === 0 ? 'nothing to look at' : steps.length === 1 ? 'ok' : `all ${steps.length} ok`
}

/** The mark of several steps: that of the worst. */
export function worst(steps: readonly StepReport[]): Mark {
  const sum = countsOf(steps)
  if (sum.failed > 0) return 'failed'
  if (sum.person > 0) return 'person'
  if (sum.differs > 0) return 'drift'
  if (steps.some((one) => one.status === 'unknown' || one.status === 'skipped')) return 'unknown'
  return sum.changed > 0 ? 'changed' : 'ok'
}

export function hostMark(host: HostReport): Mark {
  return host.error === undefined ? worst(host.steps) : 'failed'
}

/** The mark of one step. */
export function stepMark(report: StepReport): Mark {
  return report.status === 'drift' && report.changes.some(isForPerson) ? 'person' : report.status
}

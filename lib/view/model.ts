import type { ShownEvent } from './view.ts'
import { describeHolder } from '../engine/lock.ts'
import { keyOf } from '../engine/step.ts'
import type { ReportedChange, StepReport } from '../engine/plan.ts'
import type { HostReport } from '../run/report/report.ts'
import { oneLine } from '../format/wrap.ts'
import { STOPPING } from '../run/report/values.ts'

/** A change under way, or one that has been applied and not read again yet. */
export interface Applying {
  change: ReportedChange
  state: 'running' | 'passed' | 'failed'
  /** Milliseconds, on the clock that `follow` is given. */
  since: number
  /** The last line that it printed. */
  line?: string
  error?: string
}

export interface StepState {
  project: string | null
  name: string
  applying: Applying[]
  report?: StepReport
}

export interface HostState {
  name: string
  /** What is being done, in words; empty before the first sign of it. */
  doing: string
  since?: number
  /** By `keyOf`, in the recipe's order. */
  steps: Map<string, StepState>
  report?: HostReport
}

/** What is known of a run so far. */
export interface Model {
  hosts: Map<string, HostState>
}

export function newModel(): Model {
  return { hosts: new Map() }
}

/** Takes an event in. Any order will do: a view must not be what stops a run. */
export function follow(model: Model, event: ShownEvent, now: number): void {
  if (event.type === 'run-started') {
    for (const { name, steps } of event.hosts) for (const { project, step } of steps) stepOf(hostOf(model, name), project, step)
    for (const { name } of event.hosts) hostOf(model, name)
  } else if (event.type === 'run-done') {
    for (const report of event.report.hosts) finish(hostOf(model, report.name), report)
  } else if (event.type === 'stopping') {
    for (const host of model.hosts.values()) if (host.report === undefined) host.doing = `${oneLine(event.reason)}: ${STOPPING}`
  } else {
    const host = hostOf(model, event.host)
    host.since ??= now
    onHost(host, event, now)
  }
}

type HostEvent = Exclude<ShownEvent, { type: 'run-started' | 'run-done' | 'stopping' }>

function onHost(host: HostState, event: HostEvent, now: number): void {
  switch (event.type) {
    case 'connecting':
      host.doing = `connecting to ${oneLine(event.address)}`
      break
    case 'connected':
      host.doing = 'connected'
      break
    case 'reading':
      host.doing = hasApplied(host) ? 'reading again' : `reading ${event.facts} facts`
      passAll(host, now)
      break
    case 'held':
      host.doing = `waiting for another run: ${oneLine(describeHolder(event.holder))}`
      break
    case 'applying':
      passAll(host, now)
      host.doing = 'changing'
      byKey(host, event.key).applying.push({ change: event.change, state: 'running', since: now })
      break
    case 'line':
      for (const one of byKey(host, event.key).applying) if (one.state === 'running') one.line = oneLine(event.line)
      break
    case 'applied':
      settle(byKey(host, event.key), event, now)
      break
    case 'step':
      stepOf(host, event.report.project, event.report.step).report = event.report
      break
    case 'host-done':
      finish(host, event.report)
      break
  }
}

function finish(host: HostState, report: HostReport): void {
  host.report = report
  for (const step of report.steps) stepOf(host, step.project, step.step).report = step
}

function settle(step: StepState, event: Extract<HostEvent, { type: 'applied' }>, now: number): void {
  const index = step.applying.findIndex((one) => one.change.what === event.change.what && one.state !== 'failed')
  const since = step.applying[index]?.since ?? now
  const settled: Applying = {
    change: event.change,
    state: event.ok ? 'passed' : 'failed',
    since,
    ...(event.error === undefined ? {} : { error: event.error }),
  }
  step.applying.splice(index < 0 ? step.applying.length : index, index < 0 ? 0 : 1, settled)
}

/** One change runs at a time on a host: when the next one starts, the one before has ended. */
function passAll(host: HostState, now: number): void {
  for (const one of [...host.steps.values()].flatMap((step) => step.applying)) {
    if (one.state !== 'running') continue
    one.state = 'passed'
    one.change = { ...one.change, seconds: (now - one.since) / 1000 }
    delete one.line
  }
}

function hasApplied(host: HostState): boolean {
  return [...host.steps.values()].some((step) => step.applying.length > 0)
}

function hostOf(model: Model, name: string): HostState {
  const host = model.hosts.get(name) ?? { name: oneLine(name), doing: '', steps: new Map() }
  model.hosts.set(name, host)
  return host
}

function stepOf(host: HostState, project: string | null, name: string): StepState {
  const key = keyOf({ project, name })
  const step = host.steps.get(key) ?? { project: project === null ? null : oneLine(project), name: oneLine(name), applying: [] }
  host.steps.set(key, step)
  return step
}

function byKey(host: HostState, key: string): StepState {
  const slash = key.indexOf('/')
  return host.steps.get(key) ?? stepOf(host, slash < 0 ? null : key.slice(0, slash), key.slice(slash + 1))
}

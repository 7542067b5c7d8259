import { duration } from '../format/units.ts'
import type { ShownEvent, View } from './view.ts'
import { describeHolder } from '../engine/lock.ts'
import { keyOf } from '../engine/step.ts'
import type { StepReport } from '../engine/plan.ts'
import { isForPerson, isMade, verdict } from '../run/report/counts.ts'
import { count, linesOf, oneLine, saidLines } from '../format/wrap.ts'
import { STOPPING, showChange, took } from '../run/report/values.ts'

/** Plain lines with times, for logs and pipes: each can be understood, and searched for, by itself. */
export function linesView(stream: { write(text: string): unknown }, now: () => Date = () => new Date()): View {
  const say = lineWriter()
  return {
    show(event) {
      const lines = say(event)
      if (lines.length === 0) return
      const time = clock(now())
      stream.write(lines.map((line) => `${time} ${oneLine(line)}\n`).join(''))
    },
    close: () => Promise.resolve(),
  }
}

function clock(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':')
}

/** Remembers which changes and failures it has told of, since a step's report at the end names them again. */
function lineWriter(): (event: ShownEvent) => string[] {
  const told = new Set<string>()
  return (event) => {
    switch (event.type) {
      case 'run-started':
        return [
          `${event.title}: ${count(event.hosts.length, 'host')}${projects(event.hosts.flatMap((host) => host.projects))}`,
          ...event.warnings.map((text) => `warning: ${oneLine(text)}`),
        ]
      case 'connecting':
        return [`${event.host} connecting to ${oneLine(event.address)}`]
      case 'connected':
        return [`${event.host} connected (${duration(event.ms / 1000)})`]
      case 'reading':
        return [`${event.host} reading ${event.facts} facts`]
      case 'held':
        return [`${event.host} waiting for another run: ${oneLine(describeHolder(event.holder))}`]
      case 'applying':
        return [`${event.host} ${event.key} changing: ${showChange(event.change)}`]
      case 'line':
        return linesOf(event.line).map((line) => `${event.host} ${event.key} | ${line}`)
      case 'applied':
        told.add(`${event.host} ${event.key} ${event.change.what}`)
        if (event.ok) return [`${event.host} ${event.key} changed: ${showChange(event.change)}${took(event.change)}`]
        told.add(`${event.host} ${event.key}`)
        return block(`${event.host} ${event.key}`, `failed: ${oneLine(event.change.what)}: `, event.error)
      case 'step':
        return stepLines(event.host, event.report, told)
      case 'host-done':
        if (event.report.error !== undefined) return block(event.host, 'failed: ', event.report.error)
        return [
          `${event.host} ${event.report.ok ? 'done' : 'not done'}: ${verdict(event.report.steps)} (${count(event.report.roundTrips, 'exec')}, ${duration(event.report.seconds)})`,
        ]
      case 'stopping':
        return [`${event.reason}: ${STOPPING}`]
      default:
        return [
          `${event.report.ok ? 'ok' : 'not ok'}: ${count(event.report.hosts.length, 'host')}, exit code ${event.report.exitCode} (${duration(event.report.seconds)})`,
        ]
    }
  }
}

function projects(names: readonly string[]): string {
  return names.length === 0 ? '' : `, ${count(names.length, 'project')} (${names.join(', ')})`
}

function stepLines(host: string, report: StepReport, told: ReadonlySet<string>): string[] {
  const start = `${host} ${keyOf({ project: report.project, name: report.step })}`
  const changes = report.changes
    .filter((change) => !(isMade(change) && told.has(`${start} ${change.what}`)))
    .map(
      (change) =>
        `${start} ${isMade(change) ? 'changed' : isForPerson(change) ? 'for a person' : 'differs'}: ${showChange(change)}${took(change)}`,
    )
  const found = report.note === undefined ? '' : `: ${oneLine(report.note)}`
  const last = {
    ok: () => [`${start} ok${found}`],
    changed: () => [`${start} ok now${found}`],
    drift: () => [],
    unknown: () => [`${start} not known yet: ${saidLines(report.reason).join(' ')}`],
    skipped: () => [`${start} skipped: ${saidLines(report.reason).join(' ')}`],
    failed: () => (told.has(start) ? [`${start} failed, as above`] : block(start, 'failed: ', report.error)),
  }[report.status]()
  return [...changes, ...last]
}

/** An error keeps its lines; each names its host and step, so that a search for them finds all of it. */
function block(start: string, word: string, text: string | undefined): string[] {
  return saidLines(text).map((line, index) => `${start} ${index === 0 ? word : '  '}${line}`)
}

import { duration } from '../format/units.ts'
import type { ReportedChange, StepReport } from '../engine/plan.ts'
import type { Applying, HostState, StepState } from './model.ts'
import { mark } from './theme.ts'
import type { Paint } from './theme.ts'
import { hostMark, isForPerson, isMade, stepMark, verdict, worst } from '../run/report/counts.ts'
import { count, truncate, oneLine, pad, saidLines, widthOf, wrap } from '../format/wrap.ts'
import { changeParts, showChange, took } from '../run/report/values.ts'

/** What a line of the tree is drawn with. */
export interface Look {
  paints: Paint
  /** Milliseconds, on the model's clock. */
  now: number
  /** The spinner's character. */
  spin: string
  /** Columns for the title, the mark and the indentation taken off. */
  width: number
  /** The column that texts begin at: the longest name. */
  names: number
}

/** A line of the tree: its mark, and its text, which may have more lines. */
export interface Drawn {
  mark: string
  lines: string[]
}

const GAP = 2
const LONGEST_LINE = 1000
/** Below this, whatever is under way need not say how long. */
const SHORT = 1000

export function drawHost(host: HostState, look: Look): Drawn {
  const { paints, now } = look
  const name = paints.strong(pad(host.name, look.names))
  const { report } = host
  if (report === undefined) {
    if (host.doing === '') return { mark: mark('waiting', paints), lines: [paints.faint(host.name)] }
    const finished = [...host.steps.values()].flatMap((step) => step.applying).filter((one) => one.state !== 'running').length
    const words = [host.doing, finished > 0 && `${finished} done`, elapsed(host.since, now)].filter(
      (word) => typeof word === 'string' && word !== '',
    )
    return {
      mark: paints.news(look.spin),
      lines: [`${name}  ${paints.faint(truncate(words.join('  '), look.width - look.names - GAP))}`],
    }
  }
  const figures = paints.faint(`${count(report.roundTrips, 'exec')}  ${duration(report.seconds)}`)
  if (report.error === undefined)
    return { mark: mark(hostMark(report), paints), lines: [`${name}  ${verdict(report.steps)}  ${figures}`] }
  return {
    mark: mark('failed', paints),
    lines: [`${name}  ${paints.bad('failed')}  ${figures}`, ...errorLines(report.error, look.width)],
  }
}

export function drawProject(name: string, steps: readonly StepState[], look: Look): Drawn {
  const { paints } = look
  const reports = reportsOf(steps)
  if (reports.length === steps.length)
    return {
      mark: mark(worst(reports), paints),
      lines: [`${paints.strong(pad(name, look.names))}  ${paints.faint(verdict(reports))}`],
    }
  const running = steps.some((step) => step.applying.some((one) => one.state === 'running'))
  return running
    ? { mark: paints.news(look.spin), lines: [paints.strong(name)] }
    : { mark: mark('waiting', paints), lines: [name] }
}

export function drawStep(step: StepState, look: Look): Drawn {
  return step.report === undefined ? drawApplying(step, look) : drawReport(step.name, step.report, look)
}

/** Whether a step says more than "ok": those that don't can be left out where room is scarce. */
export function isQuiet(step: StepState): boolean {
  return step.report === undefined ? step.applying.length === 0 : step.report.status === 'ok'
}

function drawApplying(step: StepState, look: Look): Drawn {
  const { paints } = look
  const { applying } = step
  if (applying.length === 0) return { mark: mark('waiting', paints), lines: [paints.faint(step.name)] }
  const sign = applying.some((one) => one.state === 'running')
    ? paints.news(look.spin)
    : mark(applying.some((one) => one.state === 'failed') ? 'failed' : 'passed', paints)
  return {
    mark: sign,
    lines: beside(
      step.name,
      applying.flatMap((one) => applyingLines(one, look)),
      look,
    ),
  }
}

function applyingLines(one: Applying, look: Look): string[] {
  const { paints } = look
  const room = look.width - look.names - GAP
  if (one.state === 'failed')
    return errorLines(`${oneLine(one.change.what)}: ${saidLines(one.error).join('\n')}`, room).map(paints.bad)
  if (one.state === 'passed') return changeLines(one.change, look)
  const time = elapsed(one.since, look.now)
  const first = truncate(showChange(one.change), room - time.length - GAP) + (time === '' ? '' : `  ${paints.faint(time)}`)
  return one.line === undefined ? [first] : [first, paints.faint(truncate(`│ ${one.line}`, room))]
}

function drawReport(name: string, report: StepReport, look: Look): Drawn {
  const { paints } = look
  const room = look.width - look.names - GAP
  const why = (text: string | undefined) => wrap(oneLine(text ?? ''), room).map(paints.faint)
  const changes = report.changes.flatMap((change) => {
    return changeLines(change, look, isMade(change) || report.status === 'changed' ? undefined : paints.attention)
  })
  const lines = {
    ok: () => why(report.note),
    changed: () => (changes.length > 0 ? changes : why(report.note)),
    drift: () => changes,
    unknown: () => [...changes, ...why(`not known yet: ${report.reason ?? ''}`)],
    skipped: () => [...changes, ...why(report.reason)],
    failed: () => [...changes, ...errorLines(report.error, room).map(paints.bad)],
  }[report.status]()
  return { mark: mark(stepMark(report), paints), lines: beside(name, lines, look) }
}

/** On one line where it fits; else what changes, and below it from what to what. The no-break space keeps a figure and its unit together. */
function changeLines(change: ReportedChange, look: Look, colour: (text: string) => string = (same) => same): string[] {
  const room = look.width - look.names - GAP
  const lead = isForPerson(change) ? 'for a person: ' : ''
  const whole = `${lead}${showChange(change, room)}${took(change)}`
  if (widthOf(whole) <= room) return [colour(whole)]
  const { what, from, to } = changeParts(change, 2 * room)
  const time = took(change).replace(/ (?=\D+$)/, '\u00A0')
  return [
    ...wrap(`${lead}${what}`, room),
    ...wrap(`  ${from}`, room),
    ...wrap(`  → ${to}${time}`, room).map((line) => line.replace(time, took(change))),
  ].map(colour)
}

/** All lines of an error; a single one may not fill the terminal. The summary has it in full. */
function errorLines(error: string | undefined, room: number): string[] {
  return saidLines(error).flatMap((line) => wrap(truncate(line, LONGEST_LINE), room))
}

/** Lines to the right of a name; the further ones stand below the first. */
function beside(name: string, lines: readonly string[], look: Look): string[] {
  const [first, ...rest] = lines
  if (first === undefined) return [name]
  return [`${pad(name, look.names)}  ${first}`, ...rest.map((line) => `${' '.repeat(look.names + GAP)}${line}`)]
}

function elapsed(since: number | undefined, now: number): string {
  return since === undefined || now - since < SHORT ? '' : duration((now - since) / 1000)
}

function reportsOf(steps: readonly StepState[]): StepReport[] {
  return steps.flatMap((step) => (step.report === undefined ? [] : [step.report]))
}

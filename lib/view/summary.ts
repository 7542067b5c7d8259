import { duration } from '../format/units.ts'
import { keyOf } from '../engine/step.ts'
import type { ReportedChange, StepReport } from '../engine/plan.ts'
import { taskName } from '../run/report/report.ts'
import type { HostReport, RunReport } from '../run/report/report.ts'
import { usualInventory } from '../run/usual-inventory.ts'
import type { Words } from '../run/verb.ts'
import { nextStep, taskCommand } from './next.ts'
import { hasColours, mark, paint } from './theme.ts'
import type { Paint } from './theme.ts'
import { hostMark, isForPerson, countsOf, verdict } from '../run/report/counts.ts'
import { sqlLines } from './sql-files.ts'
import { clean, count, oneLine, pad, saidLines, shortPath, widest, wrap } from '../format/wrap.ts'
import { showChange } from '../run/report/values.ts'

export { taskName } from '../run/report/report.ts'

export interface SummaryOptions {
  /** What the verb says in words of its own. */
  words?: Words | undefined
  colours?: boolean
  /** The inventory that is taken when none is named: a command need not name that one. */
  defaultInventory?: string
  /** Columns that advice is wrapped to; not at all when left out and stdout is no terminal. */
  width?: number
}

/** The end of a run, for people: how each host stands, what is wrong, what to do next; the most pressing is lowest, next to the prompt. */
export function summary(report: RunReport, options: SummaryOptions = {}): string {
  const { words = {} } = options
  const whole = words.summary?.(report)
  if (whole !== undefined) return whole
  const paints = paint(options.colours ?? hasColours(process.stdout))
  const width = (options.width ?? (process.stdout.isTTY ? process.stdout.columns : Infinity)) - 6
  const { defaultInventory = usualInventory() } = options
  const help: HelpLines = (one) =>
    helpLines(one, width, (command) => paints.strong(taskCommand(command, report, defaultInventory)))
  const own = words.section?.(report, width) ?? { title: '', lines: [] }
  const sections = [
    [headline(report, words, paints), '', ...hostLines(report.hosts, paints)],
    section(own.title, own.lines.map(clean), paints.good),
    sqlSection(report.hosts, paints),
    section('Not known yet', waiting(report.hosts), paints.faint),
    section('Warnings', report.warnings.map(oneLine), paints.attention),
    section('For a person', forPerson(report.hosts, paints, help), paints.attention),
    section('Failed', failures(report.hosts, paints, help), paints.bad),
    section('Next', nextLines(report, defaultInventory, paints), paints.strong),
    [paints.faint(total(report))],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function headline(report: RunReport, words: Words, paints: Paint): string {
  const name = paints.strong(`${taskName(report)}:`)
  const steps = report.hosts.flatMap((host) => host.steps)
  const sum = countsOf(steps)
  const failed = sum.failed + report.hosts.filter((host) => host.error !== undefined).length
  const looking = report.check
  const parts = [
    report.stopped !== undefined &&
      paints.bad(report.stopped === 'error' ? 'stopped by an error' : `stopped by ${report.stopped}`),
    failed > 0 && paints.bad(`${failed} failed`),
    sum.differs > 0 &&
      (looking && report.task === 'provision'
        ? `${count(sum.differs, 'change')} would be made`
        : count(sum.differs, 'thing differs', 'things differ')),
    sum.person > 0 && paints.attention(`${sum.person} ${sum.person === 1 ? 'is' : 'are'} for a person`),
    sum.changed > 0 && `${count(sum.changed, 'change')} made`,
    sum.unknown + sum.skipped > 0 && `${count(sum.unknown + sum.skipped, 'step')} not known yet`,
  ].filter((part) => part !== false)
  if (report.ok) {
    const usual = sum.changed === 0 ? 'nothing differs' : `${count(sum.changed, 'change')}, all is well now`
    return `${name} ${paints.good(words.well?.(report, sum.changed) ?? usual)}`
  }
  return `${name} ${parts.join('; ')}`
}

function hostLines(hosts: readonly HostReport[], paints: Paint): string[] {
  const rows = hosts.map((host) => ({
    host,
    name: oneLine(host.name),
    text: host.error === undefined ? verdict(host.steps) : 'failed',
    execs: count(host.roundTrips, 'exec'),
  }))
  const [name, text, execs] = [
    widest(rows.map((row) => row.name)),
    widest(rows.map((row) => row.text)),
    widest(rows.map((row) => row.execs)),
  ]
  return rows.map(
    (row) =>
      `${mark(hostMark(row.host), paints)} ${pad(row.name, name)}  ${pad(row.text, text)}  ${paints.faint(`${pad(row.execs, execs)}  ${duration(row.host.seconds)}`)}`,
  )
}

function section(title: string, lines: readonly string[], colour: Paint[keyof Paint]): string[] {
  return lines.length === 0 ? [] : [colour(title), ...lines.map((line) => `  ${line}`)]
}

function sqlSection(hosts: readonly HostReport[], paints: Paint): string[] {
  const lines = sqlLines(hosts)
  return lines.length === 0 ? [] : [paints.strong('SQL'), ...lines]
}

const named = (host: HostReport, step: StepReport) => oneLine(`${host.name} ${keyOf({ project: step.project, name: step.step })}`)

/** Steps that wait for the same are told in one line. */
function waiting(hosts: readonly HostReport[]): string[] {
  const groups = new Map<string, { where: string; steps: string[]; reason: string }>()
  for (const host of hosts) {
    for (const { project, step, status, reason = 'no reason was given' } of host.steps) {
      if (status !== 'unknown' && status !== 'skipped') continue
      const where = project === null ? host.name : `${host.name} ${project}`
      const group = groups.get(`${where}\n${reason}`) ?? { where, steps: [], reason }
      group.steps.push(step)
      groups.set(`${where}\n${reason}`, group)
    }
  }
  return [...groups.values()].map(({ where, steps, reason }) => oneLine(`${where}: ${steps.join(', ')} (${reason})`))
}

function forPerson(hosts: readonly HostReport[], paints: Paint, help: HelpLines): string[] {
  return hosts.flatMap((host) =>
    host.steps.flatMap((step) =>
      step.changes
        .filter(isForPerson)
        .flatMap((change) => [`${paints.strong(named(host, step))}  ${showChange(change)}`, ...help(change)]),
    ),
  )
}

function failures(hosts: readonly HostReport[], paints: Paint, help: HelpLines): string[] {
  return [
    ...hostErrors(hosts, paints),
    ...hosts.flatMap((host) =>
      host.steps
        .filter((step) => step.status === 'failed')
        .flatMap((step) => [
          paints.strong(named(host, step)),
          ...saidLines(step.error).map((line) => `  ${line}`),
          ...help(step),
          ...step.changes.flatMap(help),
        ]),
    ),
  ]
}

/** How many hosts are named that failed alike. */
const ALIKE = 5

/** Hosts that failed as a whole; those with the same error stand together, such as those that a stopped run did not come to. */
function hostErrors(hosts: readonly HostReport[], paints: Paint): string[] {
  const failed = hosts.filter((host) => host.error !== undefined)
  return [...Map.groupBy(failed, ({ error }) => error)].flatMap(([error, alike]) => {
    const names = alike.slice(0, ALIKE).map(({ name }) => oneLine(name))
    const rest = alike.length - names.length
    return [
      `${paints.strong(names.join(', '))}${rest > 0 ? ` and ${rest} more` : ''}`,
      ...saidLines(error).map((line) => `  ${line}`),
    ]
  })
}

type WayOut = Pick<ReportedChange, 'help' | 'next'>
type HelpLines = (one: WayOut) => string[]

/** The way out, and below it the command. */
function helpLines({ help = '', next }: WayOut, width: number, show: (words: readonly string[]) => string): string[] {
  const lines = [...wrap(help, width), ...(next === undefined ? [] : [show(next)])]
  return lines.map((line, index) => `  ${index === 0 ? '→ ' : '  '}${line}`)
}

function nextLines(report: RunReport, defaultInventory: string, paints: Paint): string[] {
  const step = nextStep(report, defaultInventory)
  if (step === undefined) return []
  return step.command === undefined ? [`${step.why}.`] : [`${step.why}:`, `  ${paints.strong(step.command)}`]
}

function total(report: RunReport): string {
  const sum = countsOf(report.hosts.flatMap((host) => host.steps))
  const execs = report.hosts.reduce((all, host) => all + host.roundTrips, 0)
  const book = report.logbook === undefined ? 'not in the logbook' : `logbook ${oneLine(shortPath(report.logbook))}`
  return `${count(report.hosts.length, 'host')}, ${count(sum.changed, 'change')}, ${duration(report.seconds)}, ${count(execs, 'exec')}; ${book}`
}

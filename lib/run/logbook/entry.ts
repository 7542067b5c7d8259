import { duration } from '../../format/units.ts'
import type { StepReport } from '../../engine/plan.ts'
import { keyOf } from '../../engine/step.ts'
import { taskName } from '../report/report.ts'
import type { HostReport, RunReport } from '../report/report.ts'
import { isForPerson, isMade, isToMake, verdict } from '../report/counts.ts'
import { asTyped } from '../../format/command.ts'
import { count, saidLines } from '../../format/wrap.ts'
import { changeParts, showChange } from '../report/values.ts'
import { fenced, inline, table } from './markdown.ts'

/** Values stand in full here, but for those that would fill a page. */
const LONGEST = 400

/** The entry for people, in Markdown. */
export function entry(report: RunReport): string {
  const blocks = [
    [`# ${inline(taskName(report))}, ${when(report.startedAt)}: ${resultOf(report)}`],
    table(
      ['Run', report.run],
      [
        ['By', report.by],
        ['Inventory', report.inventory],
        ['Hosts', report.hosts.length === 0 ? 'none' : report.hosts.map((host) => host.name).join(', ')],
        ...(report.stopped === undefined ? [] : [['Stopped by', report.stopped]]),
        ['Duration', duration(report.seconds)],
        ['Execs', String(report.hosts.reduce((sum, host) => sum + host.roundTrips, 0))],
        ['Exit code', String(report.exitCode)],
      ],
    ),
    report.error === undefined ? [] : ['**No host was touched**', '', ...fenced(saidLines(report.error).join('\n'))],
    report.warnings.length === 0 ? [] : ['**Warnings**', '', ...report.warnings.map((text) => `- ${inline(text)}`)],
    ...report.hosts.flatMap((host) => hostBlocks(host, report)),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function resultOf({ ok, error, stopped }: RunReport): string {
  if (stopped !== undefined) return `not ok, ${stopped === 'killed' ? 'killed' : `stopped by ${stopped}`}`
  return ok ? 'ok' : error === undefined ? 'not ok' : 'refused'
}

/** `2026-11-24 03:00:00 UTC`. */
function when(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function hostBlocks(host: HostReport, report: RunReport): string[][] {
  const figures = `${count(host.roundTrips, 'exec')}, ${duration(host.seconds)}`
  const projects = [...new Set(host.steps.map((step) => step.project))]
  return [
    [`## ${inline(host.name)}: ${host.error === undefined ? inline(verdict(host.steps)) : 'failed'} (${figures})`],
    host.error === undefined ? [] : fenced(saidLines(host.error).join('\n')),
    host.interrupted === undefined
      ? []
      : [
          '**Outcome not known**',
          '',
          `- ${inline(keyOf({ project: host.interrupted.project, name: host.interrupted.step }))}: ${inline(showChange(host.interrupted.change, LONGEST))}`,
        ],
    ...projects.flatMap((project) =>
      projectBlocks(
        project,
        host.steps.filter((step) => step.project === project),
        report,
      ),
    ),
  ]
}

function projectBlocks(project: string | null, steps: readonly StepReport[], report: RunReport): string[][] {
  const looking = report.check
  const status = (...wanted: StepReport['status'][]) => steps.filter((step) => wanted.includes(step.status))
  const so = status('ok', 'changed')
  return [
    [`### ${project === null ? 'The host itself' : inline(project)}`],
    list(
      'Found',
      steps.flatMap((step) =>
        step.note === undefined || step.note === '' ? [] : [`- ${inline(step.step)}: ${inline(step.note)}`],
      ),
    ),
    ...steps.flatMap(({ sql = [] }) =>
      sql.map(({ file, text, cut }) => [
        `**SQL: ${inline(file)}**`,
        '',
        ...fenced(text),
        ...(cut ? ['', 'It goes on in the file.'] : []),
      ]),
    ),
    changes('Changed', steps, isMade, ['Seconds']),
    changes(looking ? 'Differs' : 'Still differs', steps, isToMake),
    list(
      'Verified',
      so.length === 0
        ? []
        : [
            `${looking ? 'As they should be' : 'Read again and as they should be'}: ${so.map((step) => inline(step.step)).join(', ')}.`,
          ],
    ),
    changes('Left for a person', steps, isForPerson, ['Ways out']),
    list(
      'Not known yet',
      status('unknown', 'skipped').map((step) => `- ${inline(step.step)}: ${inline(step.reason ?? 'no reason was given')}`),
    ),
    ...status('failed').map((step) => [
      `**Failed: ${inline(step.step)}**`,
      '',
      ...fenced(saidLines(step.error).join('\n')),
      ...helps(step),
    ]),
  ]
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`**${title}**`, '', ...lines]
}

function changes(
  title: string,
  steps: readonly StepReport[],
  wanted: (change: StepReport['changes'][number]) => boolean,
  more: ('Seconds' | 'Ways out')[] = [],
): string[] {
  const rows = steps.flatMap((step) =>
    step.changes.filter(wanted).map((change) => {
      const { what, from, to } = changeParts(change, LONGEST)
      const extra = { Seconds: change.seconds?.toFixed(1) ?? '', 'Ways out': wayOut(change) }
      return [step.step, what, from, to, ...more.map((column) => extra[column])]
    }),
  )
  return rows.length === 0 ? [] : [`**${title}**`, '', ...table(['Step', 'What', 'From', 'To', ...more], rows)]
}

function helps(step: StepReport): string[] {
  return [step, ...step.changes]
    .map(wayOut)
    .filter((text) => text !== '')
    .flatMap((text) => ['', inline(text)])
}

function wayOut({ help, next }: Pick<StepReport, 'help' | 'next'>): string {
  return [help, next && asTyped(next)].filter((text) => text !== undefined).join(': ')
}

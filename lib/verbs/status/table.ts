import { usualInventory } from '../../run/usual-inventory.ts'
import type { HostReport } from '../../run/report/report.ts'
import type { Kind, Problem, ProjectStatus, StatusReport } from './types.ts'
import { fitted, line } from '../../format/columns.ts'
import type { Column } from '../../format/columns.ts'
import { taskCommand } from '../../view/next.ts'
import { hasColours, mark, paint } from '../../view/theme.ts'
import type { Paint } from '../../view/theme.ts'
import { count, oneLine, saidLines, wrap } from '../../format/wrap.ts'
import { unknownLines } from './unknown-files.ts'
import { unprovenLines } from './unproven.ts'
import { duration, showBytes, showDay, showMonth, showRatio, showTime } from '../../format/units.ts'

interface Row {
  host: string
  project: string
  status: ProjectStatus
}

type Cell = Column & { kinds?: readonly Kind[] }
type Fitted = ReturnType<typeof fitted>

export interface TableOptions {
  /** Columns of the terminal. */
  width: number
  /** The inventory that a command need not name. */
  defaultInventory: string
}

/** Where stdout is no terminal that would tell. */
const TABLE_WIDTH = 100

/** The table as this process's stdout shows it. */
export function statusSummary(report: StatusReport): string {
  return statusTable(report, paint(hasColours(process.stdout)), {
    width: process.stdout.isTTY ? process.stdout.columns : TABLE_WIDTH,
    defaultInventory: usualInventory(),
  })
}

/**
 * How all projects stand, for people: a table, what is not so below its project, with the next command, and the verdict lowest, next to the
 * prompt. Projects that are not so come last.
 */
export function statusTable(report: StatusReport, paints: Paint, options: TableOptions): string {
  const rows = report.hosts
    .flatMap((host) => (host.projects ?? []).map(({ project, status }) => ({ host: host.name, project, status })))
    .toSorted((a, b) => urgency(a) - urgency(b))
  const now = new Date(report.startedAt)
  const shownIn = unshared(rows)
  const columns = fitted(cells(rows, now), options.width - 2)
  const sections = [
    table(rows, columns, (row) => below(row, shownIn(row), report, paints, options), paints),
    ...report.hosts.flatMap((host) => (host.error === undefined ? [] : [hostError(host, host.error, paints, options.width)])),
    report.warnings.map((text) => `${mark('person', paints)} ${oneLine(text)}`),
    [...figures(report, rows, options.width).map(paints.faint), ...verdict(report, rows, paints, options.width)],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** An empty line sets apart what has something below it. */
function table(rows: readonly Row[], columns: Fitted, belowOf: (row: Row) => string[], paints: Paint): string[] {
  if (rows.length === 0) return []
  const lines = [paints.faint(`  ${line(columns, undefined, (text) => text)}`)]
  const details = rows.map(belowOf)
  rows.forEach((row, index) => {
    const isApart = details[index]!.length > 0 || (details[index - 1]?.length ?? 0) > 0
    if (index > 0 && isApart) lines.push('')
    lines.push(rowLine(row, index, columns, paints), ...details[index]!)
  })
  return lines
}

/** What a host's projects share is shown below the first of them. */
function unshared(rows: readonly Row[]): (row: Row) => Problem[] {
  const first = new Map(rows.toReversed().map((row) => [row.host, row]))
  return (row) => row.status.problems.filter(({ shared }) => shared !== true || first.get(row.host) === row)
}

/** What stands below a project: what is not so, then what is only worth knowing. */
function below(
  { status: { database, backup, notChecked } }: Row,
  problems: readonly Problem[],
  report: StatusReport,
  paints: Paint,
  options: TableOptions,
): string[] {
  return [
    ...problems.flatMap((problem, index) => problemLines(problem, problems[index + 1], report, paints, options)),
    ...deployLines(database.sinceBackup, options.width).map((each) => paints.faint(each)),
    ...(isAlone(report) ? unprovenLines(backup, options.width).map((each) => paints.faint(each)) : []),
    ...(isAlone(report) ? uncheckedLines(notChecked, options.width).map((each) => paints.faint(each)) : []),
    ...unknownLines(backup, new Date(report.startedAt), options.width).map((each) => paints.faint(each)),
  ]
}

/** A deploy may have changed what the backup has. */
function deployLines(since: ProjectStatus['database']['sinceBackup'], width: number): string[] {
  if (since === null || !since.isAtAnotherHead || since.differences.length === 0) return []
  const some = since.differences.slice(0, 3).join('; ')
  const more = since.differences.length > 3 ? ` and ${since.differences.length - 3} more` : ''
  const text = `migrated since ${since.backup}; missing or changed since then: ${some}${more}`
  return wrap(oneLine(text), width - 4).map((each) => `    ${each}`)
}

function uncheckedLines(texts: readonly string[], width: number): string[] {
  return wrap(oneLine(`not checked here, but by verify: ${texts.join(', ')}`), width - 4).map((each) => `    ${each}`)
}

/** Details that a table of many projects has no room for. */
const isAlone = ({ hosts }: StatusReport) => hosts.flatMap(({ projects }) => projects ?? []).length === 1

const urgency = ({ status: { problems } }: Row) =>
  problems.some(({ unseen }) => unseen === true) ? 2 : problems.length > 0 ? 1 : 0

function cells(rows: readonly Row[], now: Date): Cell[] {
  const column = (title: string, cell: (row: Row) => string, rest: Omit<Cell, 'title' | 'cells'> = {}): Cell => ({
    title,
    cells: rows.map((row) => oneLine(cell(row))),
    ...rest,
  })
  return [
    column('project', ({ project }) => project, { shortest: 8 }),
    column('host', ({ host }) => host, { shortest: 4, drop: 1 }),
    column('tables', ({ status }) => tables(status), { kinds: ['tables', 'database'] }),
    column('head', ({ status: { database } }) => database.revisions?.join(', ') ?? '–', {
      kinds: ['head'],
      shortest: 4,
      drop: 3,
    }),
    column('data', ({ status: { database } }) => sized(database.bytes), { kinds: ['database'], drop: 4 }),
    column('newest', ({ status: { backup } }) => age(backup), { kinds: ['newest', 'run'] }),
    column('size', ({ status: { backup } }) => sized(backup?.newest?.bytes ?? null), { kinds: ['size'], drop: 2 }),
    column('usual', ({ status: { backup } }) => usual(backup), { kinds: ['size'], drop: 5 }),
    column('proof', ({ status: { backup } }) => proof(backup), { kinds: ['proof'] }),
    column('copies', ({ status: { backup } }) => copies(backup), { kinds: ['copies', 'space'], drop: 2 }),
    column('next run', ({ status: { backup } }) => (backup?.nextRun == null ? '–' : showTime(backup.nextRun, backup.zone, now)), {
      kinds: ['schedule'],
      drop: 3,
    }),
  ]
}

type Backup = ProjectStatus['backup']

const sized = (bytes: number | null) => (bytes === null ? '–' : showBytes(bytes))

function age(backup: Backup): string {
  if (backup === null) return '–'
  if (backup.newest !== null) return duration(backup.newest.ageSeconds, 1)
  return backup.boxes.some(({ error }) => error !== null) ? '?' : 'none'
}

function tables({ database: { tables: there, declaredTables: declared, missingTables, extraTables } }: ProjectStatus): string {
  if (there === null) return declared === null ? '–' : `?/${declared}`
  const [missing, extra] = [missingTables.length, extraTables.length]
  return declared === null || missing + extra === 0 ? String(there) : `${declared - missing + extra}/${declared}`
}

function usual(backup: Backup): string {
  const newest = backup?.newest
  return newest?.usualBytes == null ? '–' : showRatio(newest.bytes, newest.usualBytes)
}

function proof(backup: Backup): string {
  if (backup === null) return '–'
  const { grade, at } = backup.proof
  if (grade === 'restored' || grade === 'hash proven') return `${grade}${at === null ? '' : ` ${showDay(at)}`}`
  return grade === 'hashed on the box' ? 'hashed on box' : grade
}

/** `30+88`: on the host, and on each box. */
function copies(backup: Backup): string {
  return backup === null ? '–' : [backup.local.copies, ...backup.boxes.map((box) => box.copies ?? '?')].join('+')
}

function rowLine(row: Row, index: number, columns: Fitted, paints: Paint): string {
  const isBad = (column: Cell) => row.status.problems.some(({ kind }) => column.kinds?.includes(kind))
  const sign = mark(urgency(row) === 0 ? 'ok' : urgency(row) === 1 ? 'person' : 'unknown', paints)
  return `${sign} ${line(columns, index, (text, column) => (column.title === 'project' ? paints.strong(text) : isBad(column) ? paints.bad(text) : text))}`
}

/** Problems with the same way out have it below the last of them. */
function problemLines(
  { text, next, unseen }: Problem,
  after: Problem | undefined,
  report: StatusReport,
  paints: Paint,
  { width, defaultInventory }: TableOptions,
): string[] {
  const command = taskCommand(next, report, defaultInventory)
  const isLast = after === undefined || taskCommand(after.next, report, defaultInventory) !== command
  const colour = unseen === true ? paints.attention : paints.bad
  return [
    ...wrap(saidLines(text).join(' '), width - 4).map((each) => `    ${colour(each)}`),
    ...(isLast ? [`      ${paints.strong(command)}`] : []),
  ]
}

function hostError(host: HostReport, error: string, paints: Paint, width: number): string[] {
  return [
    `${mark('failed', paints)} ${paints.strong(oneLine(host.name))}  was not reached, or gave no answer`,
    ...saidLines(error).flatMap((each) => wrap(each, width - 4).map((part) => `    ${paints.bad(part)}`)),
  ]
}

/** How much was looked at, and the free room of each disk and box. */
function figures(report: StatusReport, rows: readonly Row[], width: number): string[] {
  const seen = new Map<string, string>()
  const add = (name: string, free: number | null, full: string | null) => {
    if (free === null || seen.has(name)) return
    seen.set(name, `${name} ${showBytes(free)}${full === null ? '' : ` (full in ${showMonth(full)})`}`)
  }
  for (const { host, status } of rows)
    if (status.backup !== null) add(host, status.backup.local.freeBytes, status.backup.local.fullOn)
  for (const { status } of rows) for (const box of status.backup?.boxes ?? []) add(`box ${box.name}`, box.freeBytes, box.fullOn)
  const counts = `${count(rows.length, 'project')}, ${count(report.hosts.length, 'host')}, ${duration(report.seconds)}`
  return wrap(oneLine([counts, ...(seen.size === 0 ? [] : [`free: ${[...seen.values()].join(', ')}`])].join('; ')), width)
}

function verdict(report: StatusReport, rows: readonly Row[], paints: Paint, width: number): string[] {
  const [unseen, wrong] = [rows.filter((row) => urgency(row) === 2), rows.filter((row) => urgency(row) === 1)]
  const away = report.hosts.filter((host) => host.error !== undefined)
  const names = (some: readonly { project: string }[]) => oneLine(some.map(({ project }) => project).join(', '))
  const are = wrong.length === 1 ? '1 project is not as it' : `${wrong.length} projects are not as they`
  const parts = [
    ...(wrong.length > 0 ? wrap(`${are} should be: ${names(wrong)}`, width - LEAD.length).map(paints.bad) : []),
    ...(unseen.length > 0 ? wrap(`could not look at all of ${names(unseen)}`, width - LEAD.length).map(paints.attention) : []),
    ...(away.length > 0
      ? wrap(`could not reach ${oneLine(away.map(({ name }) => name).join(', '))}`, width - LEAD.length).map(paints.bad)
      : []),
  ]
  if (parts.length === 0) parts.push(paints.good('all is well'))
  return parts.map((part, index) => `${index === 0 ? paints.strong(LEAD) : ' '.repeat(LEAD.length)}${part}`)
}

const LEAD = 'status: '

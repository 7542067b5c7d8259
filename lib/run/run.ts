import { randomBytes } from 'node:crypto'
import { newHolder } from '../engine/lock.ts'
import type { Holder } from '../engine/lock.ts'
import { fleet } from './fleet.ts'
import { describe, exampleOf, onHost } from './host-run.ts'
import { GIVEN, InventoryError, loadInventory, machine, namedHost, resolveSecrets, select } from '../inventory/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { openJournal } from './logbook/journal.ts'
import { Machines } from './one-machine.ts'
import { noteEntry } from './refused.ts'
import { exitCode, refusal, taskName, whoRuns } from './report/report.ts'
import type { Asks, HostReport, RunHead, RunReport, Task } from './report/report.ts'
import { Masker } from '../text/masker.ts'
import { Stopped, stoppedBy, untilStopped } from './stop.ts'
import type { Frame, Planned, RunOptions, Work } from './work.ts'

export type { Group, RunOptions, Work } from './work.ts'

/**
 * Inventory, secrets, every host, logbook: the frame of every verb. Throws InventoryError, SecretError or Stopped before any host is
 * touched, which leave an entry in the logbook as well; what goes wrong on a host stands in the report.
 */
export async function run<Status>(task: Task, asks: Asks, options: RunOptions, work: Work<Status>): Promise<RunReport<Status>> {
  const flags = work.flags ?? []
  const head: RunHead = {
    task,
    check: asks === 'look',
    ...(flags.length === 0 ? {} : { flags: [...flags] }),
    run: randomBytes(4).toString('hex'),
    startedAt: new Date().toISOString(),
    by: whoRuns(),
    inventory: typeof options.inventory === 'string' ? options.inventory : GIVEN,
  }
  const frame: Frame = {
    head,
    show: options.onEvent ?? (() => {}),
    masker: new Masker(),
    stop: options.signal && stoppedBy(options.signal),
    journal: work.isUnlogged === true || !options.logbook ? undefined : openJournal(options.logbook, head),
    machines: new Machines(),
  }
  try {
    return await runIn(frame, options, work)
  } catch (error) {
    const masked = frame.masker.error(error instanceof Error ? error : new Error(String(error)))
    const report = refusal(head, masked.message, frame.journal?.warnings, error instanceof Stopped ? error.exitCode : 1)
    if (error instanceof Stopped) report.stopped = error.by
    const entry = frame.journal?.finish(report)
    noteEntry(masked, entry)
    throw masked
  }
}

async function runIn<Status>(frame: Frame, options: RunOptions, work: Work<Status>): Promise<RunReport<Status>> {
  const { head, show, masker, stop, journal } = frame
  const { check } = head
  const inventory = await loadInventory(options.inventory)
  show({ type: 'inventory-loaded' })
  stop?.addEventListener('abort', () => {
    const reason = stop.reason as Stopped
    show({ type: 'stopping', reason: masker.error(reason).message })
  })
  const { groups, warnings: short } = await untilStopped(
    groupsOf(inventory, options, work, masker, newHolder(head.run, head.task)),
    stop,
  )
  const warnings = masker.json([
    ...(journal?.warnings ?? []),
    ...inventory.warnings,
    ...short,
    ...(work.warnings?.(groups.flatMap(({ projects }) => projects)) ?? []),
  ])
  journal?.hosts(
    groups.map(({ host }) => host.name),
    warnings,
  )
  show({
    type: 'run-started',
    title: taskName(head),
    hosts: groups.map((group) => ({
      name: group.host.name,
      projects: group.projects.map(({ project }) => project.name),
      steps: work.steps(group),
    })),
    warnings,
  })
  const done = await fleet(
    groups,
    options.concurrency ?? 10,
    (group) => onHost(group, work, frame),
    (error, group) => masker.text(describe(error, group.host)),
    (report) => {
      journal?.host(report)
      show({ type: 'host-done', host: report.name, report })
    },
    ({ host }) => machine(host),
  )
  const hosts = work.conclude?.(done as HostReport<Status>[]) ?? (done as HostReport<Status>[])
  const stopped = stop?.aborted === true && hosts.some((host) => !host.ok) ? (stop.reason as Stopped) : undefined
  const code = stopped?.exitCode ?? exitCode(check ? 'look' : 'change', hosts)
  const report: RunReport<Status> = {
    ...head,
    ok: code === 0,
    exitCode: code,
    ...(stopped === undefined ? {} : { stopped: stopped.by }),
    seconds: (Date.now() - new Date(head.startedAt).getTime()) / 1000,
    warnings: [...warnings, ...frame.machines.warnings, ...hosts.flatMap(warningsOf)],
    hosts,
  }
  const entry = journal?.finish(report)
  if (entry !== undefined) report.logbook = entry
  report.warnings = [...new Set([...report.warnings, ...(journal?.warnings ?? [])])]
  show({ type: 'run-done', report })
  return report
}

/** Those of its steps, with their places. */
function warningsOf({ name, steps }: HostReport): string[] {
  return steps.flatMap(({ project, step, warnings = [] }) =>
    warnings.map((text) => `${name} ${project === null ? '' : `${project}, `}${step}: ${text}`),
  )
}

async function groupsOf(
  inventory: Inventory,
  options: RunOptions,
  { on, needs, strict = false }: Work,
  masker: Masker,
  holder: Holder,
): Promise<{ groups: Planned[]; warnings: string[] }> {
  const chosen = select(inventory, {
    projects: [...(options.projects ?? [])],
    ...(options.host === undefined ? {} : { host: options.host }),
  })
  const selected =
    on === undefined ? chosen : [{ host: namedHost(inventory, on), projects: chosen.flatMap(({ projects }) => projects) }]
  // Before their secrets are missed: those of the example that comes along are nobody's.
  const [example, ...others] = selected.map((group) => exampleOf(group))
  if (example !== undefined && others.every((other) => other !== undefined)) throw new InventoryError(inventory.file, [example])
  const { secret, warnings } = await resolveSecrets(inventory, selected, { needs, masker, strict })
  const groups = selected.map(({ host, projects }) => ({
    host,
    projects: projects.map((project) => ({ host, project, secret })),
    sudoPassword: host.sudoPassword === undefined ? undefined : secret(host.sudoPassword),
    holder,
    wait: options.wait ?? 0,
    masker,
  }))
  return { groups, warnings }
}

import { randomBytes } from 'node:crypto'
import { newHolder } from '../engine/lock.ts'
import type { Holder } from '../engine/lock.ts'
import { fleet } from './fleet.ts'
import { describe, exampleOf, onHost } from './host-run.ts'
import { InventoryError, loadInventory, machine, namedHost, resolveSecrets, select } from '../inventory/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { openJournal } from './logbook/index.ts'
import { Machines } from './one-machine.ts'
import { noteEntry } from './refused.ts'
import { exitCode, refusal, taskName, whoRuns } from './report/report.ts'
import type { Asks, RunHead, RunReport, Task } from './report/report.ts'
import { Masker } from '../text/secret.ts'
import { Stopped, untilStopped } from './stop.ts'
import type { Frame, Planned, RunOptions, Work } from './work.ts'

export type { Group, RunOptions, Work } from './work.ts'

/**
 * Inventory, secrets, every host, logbook: the frame of every verb. Throws InventoryError, SecretError or Stopped before any host is
 * touched, which leave an entry in the logbook as well; what goes wrong on a host stands in the report.
 */
export async function run(task: Task, asks: Asks, options: RunOptions, work: Work): Promise<RunReport> {
  const flags = work.flags ?? []
  const head: RunHead = {
    task,
    check: asks === 'look',
    ...(flags.length === 0 ? {} : { flags: [...flags] }),
    run: randomBytes(4).toString('hex'),
    startedAt: new Date().toISOString(),
    by: whoRuns(),
    inventory: options.inventory,
  }
  const frame: Frame = {
    head,
    view: options.view,
    masker: new Masker(),
    stop: options.stop?.signal,
    journal: work.logbook === false ? undefined : openJournal(options.logbook, head),
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

async function runIn(frame: Frame, options: RunOptions, work: Work): Promise<RunReport> {
  const { head, view, masker, stop, journal } = frame
  const { task, check } = head
  const inventory = await loadInventory(options.inventory)
  // Not before: while a module of somebody else's is loaded, a signal ends the process, whatever the module does.
  options.stop?.listen()
  stop?.addEventListener('abort', () => {
    const reason = stop.reason as Stopped
    view.show({ type: 'stopping', reason: masker.error(reason).message })
  })
  const { groups, warnings: short } = await untilStopped(
    groupsOf(inventory, options, work, masker, newHolder(head.run, task)),
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
  view.show({
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
    options.concurrency,
    (group) => onHost(group, work, frame),
    (error, group) => masker.text(describe(error, group.host)),
    (report) => {
      journal?.host(report)
      view.show({ type: 'host-done', host: report.name, report })
    },
    ({ host }) => machine(host),
  )
  const hosts = work.conclude?.(done) ?? done
  const stopped = stop?.aborted === true && hosts.some((host) => !host.ok) ? (stop.reason as Stopped) : undefined
  const code = stopped?.exitCode ?? exitCode(check ? 'look' : 'change', hosts)
  const report: RunReport = {
    ...head,
    ok: code === 0,
    exitCode: code,
    ...(stopped === undefined ? {} : { stopped: stopped.by }),
    seconds: (Date.now() - new Date(head.startedAt).getTime()) / 1000,
    warnings: [...warnings, ...frame.machines.warnings],
    hosts,
  }
  const entry = journal?.finish(report)
  if (entry !== undefined) report.logbook = entry
  report.warnings = [...new Set([...report.warnings, ...(journal?.warnings ?? [])])]
  view.show({ type: 'run-done', report })
  await view.close()
  return report
}

async function groupsOf(
  inventory: Inventory,
  options: RunOptions,
  { on, needs, strict = false }: Work,
  masker: Masker,
  holder: Holder,
): Promise<{ groups: Planned[]; warnings: string[] }> {
  const chosen = select(inventory, {
    projects: [...options.projects],
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
    wait: options.wait,
    masker,
  }))
  return { groups, warnings }
}

import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { ConvergeEvent } from './engine/converge.ts'
import { newHolder } from './engine/lock.ts'
import type { Holder } from './engine/lock.ts'
import { fleet } from './fleet.ts'
import type { HostResult } from './fleet.ts'
import { connect } from './host/connection.ts'
import type { Connection } from './host/connection.ts'
import { sudoAdvice } from './host/sudo.ts'
import { advised } from './steps/server-advice.ts'
import { InventoryError, namedHost, exampleAddress, loadInventory, resolveSecrets, select } from './inventory/index.ts'
import type { Host, Inventory, Project } from './inventory/index.ts'
import { writeLogbook } from './logbook/index.ts'
import { exitCode, taskName } from './report.ts'
import type { HostReport, RunReport, Task } from './report.ts'
import { Masker } from './secret.ts'
import type { Secret } from './secret.ts'
import type { Context } from './steps/context.ts'
import type { View } from './events.ts'

export interface RunOptions {
  /** The inventory's file. */
  inventory: string
  /** Names; none means all. */
  projects: readonly string[]
  /** Only this host. */
  host?: string | undefined
  /** Hosts at a time. */
  concurrency: number
  /** Seconds to wait for another run that changes the same host. */
  wait: number
  /** The logbook's folder. */
  logbook: string
  view: View
}

/** One host's part of a run: all that its work needs. */
export interface Group {
  host: Host
  projects: Context[]
  holder: Holder
  wait: number
  masker: Masker
  emit: (event: ConvergeEvent) => void
  /** Opens the connection, which is closed when the work ends. */
  connect: () => Promise<Connection>
}

/** What a verb does on a host. `steps` names what it will report, in order, so that a view can show it from the start. */
export interface Work {
  steps(group: Pick<Group, 'host' | 'projects'>): { project: string | null; step: string }[]
  run(group: Group): Promise<HostResult>
  /** The flags that make it another run than the verb alone, as typed. */
  flags?: readonly string[]
  /** The host to work on instead of each project's own. */
  on?: string
  /** The private keys of encrypted backups are needed. */
  identities?: boolean
  /** False: the run is not written down. */
  logbook?: boolean
  /** What works but is probably not meant, for this verb alone. */
  warnings?(projects: readonly Context[]): string[]
  /** What can be said only once all hosts are done. */
  conclude?(hosts: HostReport[]): HostReport[]
}

/**
 * Inventory, secrets, every host, logbook: the frame of every verb. Throws InventoryError or SecretError before any host is touched;
 * what goes wrong on a host stands in the report.
 */
export async function run(task: Task, check: boolean, options: RunOptions, work: Work): Promise<RunReport> {
  const started = new Date()
  const id = randomBytes(4).toString('hex')
  const inventory = await loadInventory(options.inventory)
  const masker = new Masker()
  const groups = await groupsOf(inventory, options, work, masker, newHolder(id, task))
  const warnings = [...inventory.warnings, ...(work.warnings?.(groups.flatMap(({ projects }) => projects)) ?? [])]
  const { view } = options
  const flags = work.flags ?? []
  view.show({
    type: 'run-started',
    title: taskName({ task, check, flags }),
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
    (group) => onHost(group, view, work),
    (error, group) => masker.text(describe(error, group.host)),
    (report) => view.show({ type: 'host-done', host: report.name, report }),
  )
  const hosts = work.conclude?.(done) ?? done
  const code = exitCode(task, check, hosts)
  const report: RunReport = {
    task,
    ok: code === 0,
    exitCode: code,
    check,
    ...(flags.length === 0 ? {} : { flags: [...flags] }),
    run: id,
    startedAt: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    by: `${userInfo().username}@${hostname()}`,
    inventory: options.inventory,
    warnings,
    hosts,
  }
  try {
    if (work.logbook !== false) report.logbook = await writeLogbook(options.logbook, report)
  } catch (error) {
    report.warnings = [...report.warnings, `the logbook could not be written: ${(error as Error).message}`]
  }
  view.show({ type: 'run-done', report })
  await view.close()
  return report
}

type Planned = Omit<Group, 'emit' | 'connect'> & { sudoPassword: Secret | undefined }

async function groupsOf(
  inventory: Inventory,
  options: RunOptions,
  { on, identities = false }: Work,
  masker: Masker,
  holder: Holder,
): Promise<Planned[]> {
  const chosen = select(inventory, {
    projects: [...options.projects],
    ...(options.host === undefined ? {} : { host: options.host }),
  })
  const selected =
    on === undefined ? chosen : [{ host: namedHost(inventory, on), projects: chosen.flatMap(({ projects }) => projects) }]
  // Before their secrets are missed: those of the example that comes along are nobody's.
  const [example, ...others] = selected.map((group) => exampleOf(group))
  if (example !== undefined && others.every((other) => other !== undefined)) throw new InventoryError(inventory.file, [example])
  const secret = await resolveSecrets(inventory, selected, { identities })
  return selected.map(({ host, projects }) => ({
    host,
    projects: projects.map((project) => ({
      host,
      project,
      secret: (ref) => remember(masker, secret(ref)),
    })),
    sudoPassword: host.sudoPassword === undefined ? undefined : remember(masker, secret(host.sudoPassword)),
    holder,
    wait: options.wait,
    masker,
  }))
}

/** Why nothing of it must be connected to: its host or one of its boxes is still the example's. */
function exampleOf({ host, projects }: { host: Host; projects: readonly Project[] }): string | undefined {
  const boxes = projects.flatMap(({ backup }) => backup?.boxes ?? [])
  return [host, ...boxes].map((one) => exampleAddress(one)).find((problem) => problem !== undefined)
}

function remember(masker: Masker, secret: Secret): Secret {
  masker.add(secret)
  return secret
}

async function onHost(planned: Planned, view: View, work: Work): Promise<HostResult> {
  const { host, sudoPassword } = planned
  const example = exampleOf({ host, projects: planned.projects.map(({ project }) => project) })
  if (example !== undefined) throw new Error(example)
  let connection: Connection | undefined
  try {
    const result = await work.run({
      ...planned,
      emit: (event) =>
        view.show({ ...event, host: host.name, ...(event.type === 'step' ? { report: advised(event.report, host) } : {}) }),
      connect: async () => {
        const started = performance.now()
        view.show({ type: 'connecting', host: host.name, address: host.address })
        connection = await connect(host, sudoPassword)
        view.show({ type: 'connected', host: host.name, ms: Math.round(performance.now() - started) })
        return connection
      },
    })
    return { ...result, steps: result.steps.map((report) => advised(report, host)) }
  } finally {
    connection?.close()
  }
}

function describe(error: unknown, host: Host): string {
  const message = error instanceof Error ? error.message : String(error)
  const advice = sudoAdvice(host.name, host.user ?? 'the user', message)
  return advice === undefined ? message : `${message}\n${advice}`
}

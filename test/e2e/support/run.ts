import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup, provision, restore, verify } from '../../../lib/index.ts'
import type { RestoreOptions, RunReport } from '../../../lib/index.ts'
import type { RunEvent } from '../../../lib/run/report/events.ts'
import type { StepReport } from '../../../lib/engine/plan.ts'
import { openLab } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

export const LAB = process.env['BITACORA_LAB'] ?? 'test'

export interface Options {
  inventory?: string
  projects?: string[]
  host?: string
  wait?: number
  check?: boolean
  fromBackup?: boolean
  trustBox?: boolean
  /** More options of the verb `restore`. */
  restore?: Partial<RestoreOptions>
  onEvent?: (event: RunEvent) => void
}

/** Runs a verb in this process, as a task would, with a logbook of its own that goes away. */
export async function runVerb(verb: 'provision' | 'verify' | 'backup' | 'restore', options: Options = {}): Promise<RunReport> {
  const lab = await openLab(LAB)
  const logbook = mkdtempSync(join(tmpdir(), 'bitacora-logbook-'))
  const common = {
    inventory: options.inventory ?? lab.inventoryFile,
    projects: options.projects ?? [],
    host: options.host,
    concurrency: 10,
    wait: options.wait ?? 0,
    logbook,
    onEvent: options.onEvent,
  }
  try {
    if (verb === 'provision')
      return await provision({
        ...common,
        check: options.check ?? false,
        fromBackup: options.fromBackup ?? false,
        trustBox: options.trustBox ?? false,
      })
    if (verb === 'restore') return await restore({ ...common, ...options.restore })
    return await (verb === 'verify' ? verify(common) : backup(common))
  } finally {
    rmSync(logbook, { recursive: true, force: true })
  }
}

/** `project/step` → report, for all hosts of a run. */
export function stepsOf(report: RunReport): Record<string, StepReport> {
  return Object.fromEntries(
    report.hosts.flatMap((host) =>
      host.steps.map((step) => [step.project === null ? step.step : `${step.project}/${step.step}`, step]),
    ),
  )
}

/** What isn't ok, as `project/step status: what` lines: short enough for a test to spell out whole. */
export function notOk(report: RunReport): string[] {
  return Object.entries(stepsOf(report)).flatMap(([key, step]) => {
    if (step.status === 'ok') return []
    return step.changes.length === 0
      ? [`${key} ${step.status}`]
      : step.changes.map((change) => `${key} ${step.status}: ${change.what}`)
  })
}

/** Writes an inventory beside the lab's own, so that its relative paths hold; returns the file. */
export function writeInventory(lab: Lab, name: string, inventory: unknown): string {
  const file = join(lab.directory, `${name}.json`)
  writeFileSync(file, JSON.stringify(inventory))
  return file
}

/** Every error of a run, the hosts' and the steps', so that a test that expects none shows what came. */
export function failures(report: RunReport): string[] {
  return report.hosts.flatMap((host) => [
    ...(host.error === undefined ? [] : [host.error]),
    ...host.steps.flatMap(({ step, error }) => (error === undefined ? [] : [`${step}: ${error}`])),
  ])
}

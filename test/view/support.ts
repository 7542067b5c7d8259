import type { ReportedChange, StepReport } from '../../lib/engine/plan.ts'
import type { ShownEvent } from '../../lib/view/view.ts'
import type { HostReport, RunReport } from '../../lib/run/report/report.ts'

export const SUPERUSER: ReportedChange = { what: 'role onquota_user SUPERUSER', from: true, to: false }
export const DROPPED: ReportedChange = {
  what: 'table invoices',
  from: null,
  to: 'there',
  manual: true,
  help: 'bring it back from the newest backup',
}

export function stepReport(key: string, rest: Partial<StepReport> = {}): StepReport {
  const [project, step] = key.includes('/') ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)] : [null, key]
  return { project, step, status: 'ok', changes: [], ...rest }
}

export function hostReport(name: string, steps: StepReport[], rest: Partial<HostReport> = {}): HostReport {
  const ok = rest.error === undefined && steps.every(({ status }) => status === 'ok' || status === 'changed')
  return { name, ok, roundTrips: 1, seconds: 0.9, steps, ...rest }
}

export function runReport(hosts: HostReport[], rest: Partial<RunReport> = {}): RunReport {
  const ok = hosts.every((host) => host.ok)
  return {
    task: 'provision',
    ok,
    exitCode: ok ? 0 : 1,
    check: false,
    run: '3f2a9c10',
    startedAt: '2026-11-24T03:00:00.123Z',
    seconds: 1.2,
    by: 'ana@laptop',
    inventory: '/srv/ops/inventory/index.ts',
    warnings: [],
    hosts,
    logbook: '/var/log/bitacora/2026-11-24T030000Z-provision-3f2a9c10.md',
    ...rest,
  }
}

/** The event that starts a run of these hosts, with the steps that they will report. */
export function started(hosts: HostReport[], title = 'provision', warnings: string[] = []): ShownEvent {
  return {
    type: 'run-started',
    title,
    warnings,
    hosts: hosts.map(({ name, steps }) => ({
      name,
      projects: [...new Set(steps.flatMap(({ project }) => project ?? []))],
      steps: steps.map(({ project, step }) => ({ project, step })),
    })),
  }
}

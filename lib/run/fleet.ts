import type { HostReport } from './report/report.ts'

/** What one host's part of a run gives. */
export type HostResult = Pick<HostReport, 'steps' | 'roundTrips' | 'error' | 'interrupted'>

/**
 * Runs `work` for every host, at most `concurrency` at a time, and those with the same `lane` one after the other. Whatever one host does,
 * the others go on; its error stands in its report. `describe` makes the message of an error, masked.
 */
export async function fleet<T extends { host: { name: string } }>(
  groups: readonly T[],
  concurrency: number,
  work: (group: T) => Promise<HostResult>,
  describe: (error: unknown, group: T) => string,
  onDone: (report: HostReport) => void = () => {},
  laneOf: (group: T) => unknown = (group) => group,
): Promise<HostReport[]> {
  const reports: HostReport[] = []
  const lanes = [...Map.groupBy(groups.entries(), ([, group]) => laneOf(group)).values()]
  let next = 0
  const worker = async () => {
    for (let lane = lanes[next++]; lane !== undefined; lane = lanes[next++]) {
      for (const [index, group] of lane) {
        const report = await reportOf(group, work, describe)
        reports[index] = report
        onDone(report)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, worker))
  return reports
}

async function reportOf<T extends { host: { name: string } }>(
  group: T,
  work: (group: T) => Promise<HostResult>,
  describe: (error: unknown, group: T) => string,
): Promise<HostReport> {
  const started = performance.now()
  const result: HostResult = await work(group).catch((error: unknown) => ({
    steps: [],
    roundTrips: 0,
    error: describe(error, group),
  }))
  const ok = result.error === undefined && result.steps.every((step) => step.status === 'ok' || step.status === 'changed')
  return { name: group.host.name, ok, ...result, seconds: Math.round(performance.now() - started) / 1000 }
}

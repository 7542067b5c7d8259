import type { HostReport } from './report.ts'

/** What one host's part of a run gives. */
export type HostResult = Pick<HostReport, 'steps' | 'roundTrips' | 'error' | 'interrupted'>

/**
 * Runs `work` for every host, at most `concurrency` at a time. Whatever one host does, the others go on; its error stands in its report.
 * `describe` makes the message of an error, masked.
 */
export async function fleet<T extends { host: { name: string } }>(
  groups: readonly T[],
  concurrency: number,
  work: (group: T) => Promise<HostResult>,
  describe: (error: unknown, group: T) => string,
  onDone: (report: HostReport) => void = () => {},
): Promise<HostReport[]> {
  const reports: HostReport[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < groups.length; index = next++) {
      const group = groups[index]!
      const started = performance.now()
      const result: HostResult = await work(group).catch((error: unknown) => ({
        steps: [],
        roundTrips: 0,
        error: describe(error, group),
      }))
      const ok = result.error === undefined && result.steps.every((step) => step.status === 'ok' || step.status === 'changed')
      const report: HostReport = { name: group.host.name, ok, ...result, seconds: Math.round(performance.now() - started) / 1000 }
      reports[index] = report
      onDone(report)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, groups.length) }, worker))
  return reports
}

import { count, oneLine, wrap } from '../../format/wrap.ts'
import { keyOf } from '../../engine/step.ts'
import type { RunReport } from '../../run/report/report.ts'
import { proofLines } from './proof-lines.ts'
import type { RestoreProof } from './proof.ts'

/** The headline of a run where all went well. */
export function well(report: RunReport): string {
  const equal = proofsOf(report).filter(({ proof }) => proof.contents === 'equal')
  const steps = report.hosts.flatMap((host) => host.steps)
  return equal.length === steps.length && equal.length > 0 ? `${count(equal.length, 'backup')} restored, and equal` : 'done'
}

/** What a restore proved: the copy first, then one line for each thing. */
export function proven(report: RunReport, width: number) {
  const lines = proofsOf(report).flatMap(({ where, proof }) => {
    const [copy = '', ...things] = proofLines(proof).map(oneLine)
    return [`${where}  ${copy}`, ...things.flatMap((thing) => wrap(thing, width - 2).map((line) => `  ${line}`))]
  })
  return { title: 'Proven', lines }
}

function proofsOf({ hosts }: RunReport): { where: string; proof: RestoreProof }[] {
  return hosts.flatMap((host) =>
    host.steps
      .filter(({ status, data }) => status === 'changed' && data !== undefined)
      .map(({ project, step, data }) => ({
        where: oneLine(`${host.name} ${keyOf({ project, name: step })}`),
        proof: data as RestoreProof,
      })),
  )
}

import { asTyped } from '../../format/command.ts'
import type { StepReport } from '../../engine/plan.ts'
import { whyFailed } from '../../run/host-script.ts'
import type { HostScriptResult } from '../../run/host-script.ts'
import { proofLines } from './proof-lines.ts'
import { parseRestoreProof } from './proof.ts'
import type { RestoreProof } from './proof.ts'

/** What a restore brought about, for the report. */
export function outcome(
  project: string,
  step: string,
  change: { what: string; from: string; to: string },
  result: HostScriptResult,
): StepReport {
  const common = { project, step }
  const proof = parseRestoreProof(result.file)
  if (result.status !== '0') {
    const help = proof === undefined || proof.name === '' ? {} : { help: advice(project, proof) }
    return { ...common, status: 'failed', changes: [], error: whyFailed(result), ...help }
  }
  const done = { ...change, seconds: result.seconds }
  return {
    ...common,
    status: 'changed',
    changes: [done],
    note: proof === undefined ? (result.out.trim().split('\n').at(-1) ?? '') : proofLines(proof).join('; '),
    ...(proof?.sql === undefined || proof.sql.length === 0 ? {} : { sql: proof.sql }),
    ...(proof === undefined ? {} : { data: proof }),
  }
}

function advice(project: string, { at, contents, stage }: RestoreProof): string {
  if (contents === 'differ' || stage === 'hash')
    return `this backup cannot be trusted: try an older one with --at (this was tried ${at.slice(0, 10)}), make a new one with ${asTyped(['backup', project])}, and keep the damaged copy to find out why`
  return `nothing that was there before is changed; the log in /var/log/postgres-backup on the host has all stages`
}

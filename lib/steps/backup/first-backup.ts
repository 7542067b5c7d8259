import { z } from 'zod'
import { shellFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { rootAlone } from '../../engine/owners.ts'
import { sh } from '../../text/sh.ts'
import { proof } from './document.ts'
import { ledgerFact } from './ledger-fact.ts'
import { places, runsFrom } from './places.ts'

/** What the scripts write of the newest good backup and of drills. */
export const backupStatus = z.object({
  ok: z.boolean(),
  stage: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  error: z.string().nullable().optional(),
  newest: z
    .object({ name: z.string(), bytes: z.number(), sha256: z.string(), grade: z.string(), finishedAt: z.string().optional() })
    .nullable(),
  /** The last drill, and the last one of each backup that was tested. */
  proof: proof.nullable().optional().catch(undefined),
  proofs: z.array(proof).optional().catch(undefined),
})
export type BackupStatus = z.infer<typeof backupStatus>

export function backupStatusFact(project: string) {
  const { status } = places(project)
  return shellFact(
    backupStatus.nullable(),
    sh`[ -e ${status} ] || exit 0; while IFS= read -r l || [ -n "$l" ]; do printf '%s\\n' "$l"; done < ${status}`,
  )
}

/** Where no backup has reached a box yet, by the host's ledger or its status, one is made, uploaded and compared now, not at night. */
export function firstBackupStep(project: string, needs: readonly string[]): Step {
  const { script } = places(project)
  return step({
    project,
    name: 'first-backup',
    needs: ['preflight', 'server', 'package', 'script', 'config', 'known-host', ...needs],
    facts: { status: backupStatusFact(project), ledger: ledgerFact(project) },
    plan({ status: found, ledger }) {
      // A new server that a backup was restored on has that one in its ledger, and no status: it has made none itself.
      const hasUploaded = found !== null && ledger?.onBoxes?.some(({ entry }) => entry === 'uploaded') === true
      if (hasUploaded || found?.newest?.grade === 'hashed on the box') return []
      return [
        {
          what: `first backup of ${project}`,
          text: 'no backup has reached the box yet',
          from: null,
          to: 'made, uploaded, and equal on the box',
          run: sh`${rootAlone(runsFrom(project))}
${script}`,
          deadline: 4 * 3600,
          help: `the script's log is in /var/log/postgres-backup; run it by hand with ${script}`,
        },
      ]
    },
    note: ({ status: found }) => (found?.newest == null ? 'no backup yet' : `newest ${found.newest.name}`),
  })
}

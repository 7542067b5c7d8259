import type { Step } from '../engine/step.ts'
import { emptiedStep } from './contents/emptied.ts'
import { lastRunStep } from './backup/last-run.ts'
import type { Context } from './common/context.ts'
import { boxAccesses } from './backup/box/access.ts'
import { boxCopyStep } from './backup/box/box-copy.ts'
import { freshBackupStep } from './backup/box/fresh-backup.ts'
import { boxFact } from './backup/box/look.ts'

/**
 * What `verify` and `status` look at besides the recipe: facts like any others, in the same script, and never a change that a machine makes.
 * `hash`: the newest copies on the boxes are hashed, else their sizes are compared.
 */
export function proofSteps({ project }: Context, { hash }: { hash: boolean }): Step[] {
  if (project.backup === undefined) return []
  const box = boxFact(boxAccesses(project), { hash, mustLook: true })
  return [
    emptiedStep(project),
    lastRunStep(project.name),
    boxCopyStep(project.name, { box, hash }),
    freshBackupStep(project.name, project.backup, { box }),
  ]
}

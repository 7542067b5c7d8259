import type { Step } from '../engine/step.ts'
import { emptiedStep } from './contents/emptied.ts'
import { ledgerFact } from './backup/ledger-fact.ts'
import type { Context } from './common/context.ts'
import { boxAccesses } from './backup/box/access.ts'
import { boxCopyStep } from './backup/box/box-copy.ts'
import { freshBackupStep } from './backup/box/fresh-backup.ts'
import { boxFact } from './backup/box/look.ts'

/** What `verify` looks at besides the recipe: facts like any others, in the same script, and never a change that a machine makes. */
export function proofSteps({ project }: Context): Step[] {
  if (project.backup === undefined) return []
  const box = boxFact(boxAccesses(project), { hash: true })
  const ledger = ledgerFact(project.name)
  return [
    emptiedStep(project, ledger),
    freshBackupStep(project.name, project.backup, { box, ledger }),
    boxCopyStep(project.name, { box, ledger }),
  ]
}

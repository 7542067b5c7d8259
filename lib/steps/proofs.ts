import type { Step } from '../engine/step.ts'
import { emptiedStep } from './contents/emptied.ts'
import { ledgerFact } from './backup/ledger-fact.ts'
import type { Context } from './common/context.ts'
import { boxCopyStep, boxFact } from './backup/box-copy.ts'
import { freshBackupStep } from './backup/fresh-backup.ts'

/** What `verify` looks at besides the recipe: facts like any others, in the same script, and never a change that a machine makes. */
export function proofSteps({ project }: Context): Step[] {
  if (project.backup === undefined) return []
  const box = boxFact(project.name)
  const ledger = ledgerFact(project.name)
  return [
    emptiedStep(project, ledger),
    freshBackupStep(project.name, project.backup, { box, ledger }),
    boxCopyStep(project.name, box),
  ]
}

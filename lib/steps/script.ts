import type { Step } from '../engine/step.ts'
import { backupScript } from '../scripts.ts'
import { managedFileStep } from './managed.ts'
import { places } from './places.ts'

/** The backup script: the same file for every project; it finds its config by its own name. */
export function scriptStep(project: string): Step {
  return managedFileStep(project, 'script', { path: places(project).script, content: backupScript(), mode: '0700' })
}

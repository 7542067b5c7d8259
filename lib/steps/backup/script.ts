import type { Step } from '../../engine/step.ts'
import { backupScript, restoreScript } from './scripts.ts'
import { managedFileStep } from '../common/managed.ts'
import { places } from './places.ts'

/** A script without the commands that it runs would fail at night: the one that is there stays until they are. */
const NEEDS = ['directories', 'package']

/** The backup script: the same file for every project; it finds its config by its own name. */
export function scriptStep(project: string): Step {
  return managedFileStep(project, 'script', { path: places(project).script, content: backupScript(), mode: '0700' }, NEEDS)
}

/** The restore script, which reads the same config. */
export function restoreScriptStep(project: string): Step {
  return managedFileStep(
    project,
    'restore-script',
    { path: places(project).restore, content: restoreScript(), mode: '0700' },
    NEEDS,
  )
}

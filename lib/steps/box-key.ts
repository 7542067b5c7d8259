import type { Step } from '../engine/step.ts'
import type { Secret } from '../secret.ts'
import { managedFileStep } from './managed.ts'
import { places } from './places.ts'

/** The private key for the box, where uploads log in by key. ssh wants the key alone in the file, so it bears no mark. */
export function boxKeyStep(project: string, key: Secret): Step {
  return managedFileStep(project, 'box-key', {
    path: places(project).boxKey,
    content: `${key.reveal().trimEnd()}\n`,
    mode: '0600',
    unmarked: true,
  })
}

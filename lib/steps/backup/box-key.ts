import type { Step } from '../../engine/step.ts'
import type { Secret } from '../../text/secret.ts'
import { boxPlaces, stepOfBox } from './box-places.ts'
import { managedFileStep } from '../common/managed.ts'
import { isUnread } from '../common/unread.ts'

/** The private key for the box, where uploads log in by key. ssh wants the key alone in the file, so it bears no mark. `number` is the box's, from 1. */
export function boxKeyStep(project: string, key: Secret, number = 1): Step {
  return managedFileStep(project, stepOfBox('box-key', number), {
    path: boxPlaces(project, number).boxKey,
    content: key.map((text) => `${text.trimEnd()}\n`),
    mode: '0600',
    unmarked: true,
    ...(isUnread(key) ? { isRight: (text) => text !== '', notChecked: [`the private key for box ${number}`] } : {}),
  })
}

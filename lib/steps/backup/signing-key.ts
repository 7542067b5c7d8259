import type { Step } from '../../engine/step.ts'
import type { Secret } from '../../text/secret.ts'
import { managedFileStep } from '../common/managed.ts'
import { isUnread } from '../common/unread.ts'
import { places } from './places.ts'

/** The private key that signs manifests on the host. ssh-keygen wants the key alone in the file, so it bears no mark. */
export function signingKeyStep(project: string, key: Secret): Step {
  return managedFileStep(project, 'signing-key', {
    path: places(project).signingKey,
    content: key.map((text) => `${text.trimEnd()}\n`),
    mode: '0600',
    unmarked: true,
    ...(isUnread(key) ? { isRight: (text) => text !== '', notChecked: ['the key that signs backups'] } : {}),
  })
}

import type { Host, Project, SecretRef } from '../../inventory/index.ts'
import type { Secret } from '../../text/secret.ts'

/** What a step of a project is made from. */
export interface Context {
  host: Host
  project: Project
  secret: (ref: SecretRef) => Secret
}

import type { Context } from '../common/context.ts'
import { makeSigningKey } from '../../inventory/signing-key.ts'

/** What to do about projects whose backups nothing signs; they work without. */
export function unsigned(contexts: readonly Pick<Context, 'project'>[]): string[] {
  return contexts
    .filter(({ project }) => project.backup !== undefined && project.backup.signingKey === undefined)
    .map(
      ({ project: { name } }) =>
        `projects.${name}.backup has no signingKey, so no other host can tell its backups from planted ones: after the loss of this host a restore needs --trust-box. Make a key with ${makeSigningKey(name)}, keep it in two places besides the host, and write "signingKey": { "file": PATH }`,
    )
}

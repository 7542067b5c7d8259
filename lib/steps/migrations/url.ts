import { Secret, percentEncoded } from '../../text/secret.ts'
import type { Context } from '../common/context.ts'

/**
 * Fills a template such as `postgresql://{owner}:{password}@{host}:{port}/{database}` in as the project's host sees its database. In a URL
 * each part is percent-encoded; elsewhere it stands as it is.
 */
export function databaseUrl({ host, project, secret }: Context, template: string): Secret {
  const { owner, password, name } = project.database
  const parts: Record<string, string> = {
    owner,
    password: secret(password).reveal(),
    host: '127.0.0.1',
    port: String(host.postgresql.port),
    database: name,
  }
  const encode = template.includes('://') ? percentEncoded : (part: string) => part
  const filled = template.replace(/\{(\w+)\}/g, (placeholder, part: string) =>
    Object.hasOwn(parts, part) ? encode(parts[part] ?? '') : placeholder,
  )
  return new Secret(filled, `projects.${project.name} database URL`)
}

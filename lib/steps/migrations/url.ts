import { percentEncoded } from '../../text/quoting.ts'
import { Text, joined } from '../../text/secret.ts'
import type { Context } from '../common/context.ts'

/**
 * Fills a template such as `postgresql://{owner}:{password}@{host}:{port}/{database}` in as the project's host sees its database. In a URL
 * each part is percent-encoded; elsewhere it stands as it is.
 */
export function databaseUrl({ host, project, secret }: Context, template: string): Text {
  const { owner, password, name } = project.database
  const encode = template.includes('://') ? percentEncoded : (part: string) => part
  const parts = new Map([
    ['{owner}', new Text(owner)],
    ['{password}', secret(password)],
    ['{host}', new Text('127.0.0.1')],
    ['{port}', new Text(String(host.postgresql.port))],
    ['{database}', new Text(name)],
  ])
  const pieces = template.split(/(\{\w+\})/).map((piece) => parts.get(piece)?.map(encode) ?? piece)
  return joined(pieces, '')
}

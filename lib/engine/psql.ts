import { Script, sh } from '../shell.ts'
import type { Sql } from '../sql.ts'
import type { SqlFact } from './fact.ts'

/** psql as the `postgres` system user over the local socket. setpriv and not su or sudo: no PAM session, a third of the time. */
export function psqlCommand(port: number, database: string, options: string): Script {
  return sh`PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 PGAPPNAME=bitacora PGOPTIONS=${options} setpriv --reuid=postgres --regid=postgres --init-groups "$psql" -X -A -t -q -p ${port} -d ${database}`
}

/**
 * All queries of a host in one psql: each framed with psql's own ERROR and SQLSTATE, so a failing query stops no other. A database that
 * isn't there is stepped over and answers `absent`.
 */
export function psqlRead(nonce: string, port: number, facts: ReadonlyMap<string, SqlFact<unknown>>): Script {
  const databases = [...new Set([...facts.values()].map((fact) => fact.database))]
  const ordered = ['postgres', ...databases.filter((name) => name !== 'postgres')]
  const lines: string[] = []
  const secrets = [...facts.values()].flatMap((fact) => fact.query.secrets)
  const frame = (id: string, status: string) => [
    `\\echo`,
    `\\echo ${nonce} ${id} ${status}`,
    `\\warn`,
    `\\warn ${nonce} ${id} ${status}`,
  ]
  for (const database of ordered) {
    const here = [...facts].filter(([, fact]) => fact.database === database)
    const queries = here.flatMap(([id, fact]) => [`${fact.query.text}\n;`, ...frame(id, ':SQLSTATE')])
    if (database === 'postgres') {
      lines.push(...queries)
      continue
    }
    const name = `'${database.replaceAll("'", "''")}'`
    lines.push(
      `\\set there unread`,
      `SELECT EXISTS (SELECT FROM pg_database WHERE datname = ${name} AND datallowconn) AS there \\gset`,
      `\\if :there`,
    )
    // A backslash command takes its argument in double quotes as it is.
    lines.push(`\\connect "${database.replaceAll('"', '""')}"`, ...queries, `\\else`)
    lines.push(...here.flatMap(([id]) => frame(id, 'absent:there')), `\\endif`)
  }
  const input = new Script(lines.join('\n'), secrets)
  const options = '-c default_transaction_read_only=on -c statement_timeout=30000'
  return sh`${psqlCommand(port, 'postgres', options)} <<'${new Script(`${nonce}-sql`)}'
${input}
${new Script(`${nonce}-sql`)}`
}

/** Statements that change something, stopping at the first error. In one transaction unless PostgreSQL forbids it for them. */
export function psqlApply(
  port: number,
  database: string,
  statements: readonly Sql[],
  options: { transaction?: boolean } = {},
): Script {
  const text = statements.map((statement) => `${statement.text}\n;`).join('\n')
  // No line of the statements, or a value could end them and be run by the shell.
  let end = 'end-of-statements'
  while (text.split('\n').includes(end)) end += '-'
  const single = options.transaction === false ? sh`` : sh` --single-transaction`
  return sh`${psqlCommand(port, database, '-c lock_timeout=30000')} -v ON_ERROR_STOP=1${single} <<'${new Script(end)}'
${new Script(
  text,
  statements.flatMap((statement) => statement.secrets),
)}
${new Script(end)}`
}

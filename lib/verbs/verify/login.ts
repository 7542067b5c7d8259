import type { Client } from 'pg'
import type { StepReport } from '../../engine/plan.ts'
import { TunnelError } from '../../host/tunnel.ts'
import type { Context } from '../../steps/common/context.ts'
import { loginHelp } from './login-help.ts'
import { openSession } from './session.ts'
import type { Tunnel } from './session.ts'

/**
 * Of the tables in the schemas that the application may use, those that it may read, and with them those that it should: in `public` and in
 * schemas of its own. What an extension brought is the extension's; a partition is read through its parent.
 */
const READABLE = `WITH RECURSIVE one AS (
  SELECT c.oid, has_table_privilege(c.oid, 'SELECT') AS readable, n.nspname = 'public' OR pg_has_role(n.nspowner, 'USAGE') AS own
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND has_schema_privilege(n.oid, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
), covered AS (
  SELECT i.inhrelid AS oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN one ON one.oid = i.inhparent WHERE c.relispartition AND readable
  UNION SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN covered ON covered.oid = i.inhparent WHERE c.relispartition
)
SELECT current_user AS who, (count(*) FILTER (WHERE readable))::int AS readable,
  (count(*) FILTER (WHERE readable OR own AND oid NOT IN (SELECT oid FROM covered)))::int AS all FROM one`

/**
 * Logs in as the application does, with its password over TCP, through an SSH tunnel, and counts what it can read. In a restored database,
 * whose rights are compared as text, a table that it may not read is `asItWas`.
 */
export async function loginProof(tunnel: Tunnel, context: Context, step: string, asItWas = false): Promise<StepReport> {
  const { host, project, secret } = context
  const { name: database, owner, password } = project.database
  const report = (rest: Pick<StepReport, 'status'> & Partial<StepReport>): StepReport => ({
    project: project.name,
    step,
    changes: [],
    ...rest,
  })
  let client: Client | undefined
  try {
    client = await openSession(tunnel, host.postgresql.port, {
      user: owner,
      database,
      password: secret(password),
      options: '-c search_path=pg_catalog',
    })
    const { rows } = await client.query<{ who: string; readable: number; all: number }>(READABLE)
    const [row] = rows
    if (row === undefined || (row.readable < row.all && !asItWas)) {
      const what = `tables that ${owner} can read`
      return report({
        status: 'drift',
        changes: [
          {
            what,
            from: row?.readable ?? 0,
            to: row?.all ?? 0,
            manual: true,
            help: `some tables belong to somebody else: ALTER TABLE … OWNER TO ${owner}`,
          },
        ],
      })
    }
    return report({
      status: 'ok',
      note: `${row.who} logs in and reads ${row.readable}${row.readable < row.all ? ` of ${row.all}` : ''} tables`,
    })
  } catch (error) {
    // Nothing was asked of PostgreSQL then: the login may well work.
    if (error instanceof TunnelError && error.isForbidden)
      return report({ status: 'failed', error: `the login of ${owner} was not tried: ${error.message}`, help: error.help })
    const change = {
      what: `login of ${owner}`,
      from: (error as Error).message,
      to: 'works, through a tunnel, with its password',
      manual: true as const,
      help: error instanceof TunnelError ? error.help : loginHelp(error as Error, context),
    }
    return report({ status: 'drift', changes: [change] })
  } finally {
    await client?.end().catch(() => {})
  }
}

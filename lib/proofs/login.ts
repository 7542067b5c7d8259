import type { Client } from 'pg'
import type { StepReport } from '../engine/plan.ts'
import { TunnelError } from '../host/tunnel.ts'
import type { Context } from '../steps/context.ts'
import { loginHelp } from './login-help.ts'
import { openSession } from './session.ts'
import type { Tunnel } from './session.ts'

/** Logs in as the application does, with its password over TCP, through an SSH tunnel, and counts what it can read. */
export async function loginProof(tunnel: Tunnel, context: Context, step: string): Promise<StepReport> {
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
    client = await openSession(tunnel, host.postgresql.port, { user: owner, database, password: secret(password) })
    const { rows } = await client.query<{ who: string; readable: number; all: number }>(
      `SELECT current_user AS who, count(*) FILTER (WHERE has_table_privilege(c.oid, 'SELECT'))::int AS readable, count(*)::int AS all
       FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
    )
    const [row] = rows
    if (row === undefined || row.readable < row.all) {
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
    return report({ status: 'ok', note: `${row.who} logs in and reads ${row.readable} tables` })
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

import type { Client } from 'pg'
import type { Duplex } from 'node:stream'
import type { StepReport } from '../engine/plan.ts'
import { TunnelError } from '../host/tunnel.ts'
import type { Context } from '../steps/context.ts'
import { loginHelp } from './login-help.ts'

/** Something that opens a stream to a port as the host sees it. */
export interface Tunnel {
  forward(port: number): Promise<Duplex>
}

const TIMEOUT_MS = 15_000

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
    const channel = await tunnel.forward(host.postgresql.port)
    // Only this proof needs it, so only this proof loads it.
    const { default: pg } = await import('pg')
    client = new pg.Client({
      user: owner,
      database,
      password: secret(password).reveal(),
      stream: () => socketLike(channel),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    })
    client.on('error', () => {})
    await client.connect()
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

/** pg treats its stream as a socket that is yet to connect. */
function socketLike(channel: Duplex): Duplex {
  return Object.assign(channel, {
    setNoDelay: () => channel,
    setKeepAlive: () => channel,
    ref: () => channel,
    unref: () => channel,
    connect: () => {
      process.nextTick(() => channel.emit('connect'))
      return channel
    },
  })
}

import { asTyped } from '../../format/command.ts'
import type { Client } from 'pg'
import type { ReportedChange, StepReport } from '../../engine/plan.ts'
import type { Context } from '../../steps/common/context.ts'
import { TunnelError } from '../../host/tunnel.ts'
import { sql } from '../../text/sql.ts'
import { NOT_SYSTEM, ofExtension } from '../../steps/common/acl.ts'
import { printable, someOf } from '../../steps/common/granted.ts'
import { openSession } from './session.ts'
import type { Tunnel } from './session.ts'

/** Tables that writes are tried on; the catalogs are asked about all of them. */
const TRIED = 5

/** The session's own settings: the owner chooses the database's. */
const OPTIONS =
  '-c search_path=pg_catalog -c statement_timeout=10000 -c lock_timeout=2000 -c role=none -c default_transaction_read_only=on'

/**
 * Logs in as each read-only role, with its own password, through the tunnel. PostgreSQL says what it could write in any way, and must refuse
 * to let it write to some tables, those that seem open first, then the largest. What a SECURITY DEFINER function does for its caller is not
 * seen.
 */
export async function readOnlyProof(tunnel: Tunnel, context: Context, step: string): Promise<StepReport> {
  const changes: ReportedChange[] = []
  const notes: string[] = []
  const report = { project: context.project.name, step, changes }
  try {
    for (const { name } of context.project.database.readers) {
      const { found, refused } = await proveReader(tunnel, context, name)
      changes.push(...found)
      notes.push(`${name} logs in, and is refused ${refused} of ${refused} writes`)
    }
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error
    // Nothing was asked of PostgreSQL.
    return { ...report, status: 'failed', error: `no reader's login was tried: ${error.message}`, help: error.help }
  }
  return changes.length > 0 ? { ...report, status: 'drift' } : { ...report, status: 'ok', note: notes.join('; ') }
}

interface Proof {
  found: ReportedChange[]
  /** Writes that were tried and refused. */
  refused: number
}

async function proveReader(tunnel: Tunnel, { host, project, secret }: Context, name: string): Promise<Proof> {
  const { name: database, readers } = project.database
  const manual = (what: string, from: string, to: string, help: string): ReportedChange => ({
    what,
    from,
    to,
    manual: true,
    help,
  })
  let client: Client | undefined
  try {
    const password = secret(readers.find((one) => one.name === name)!.password)
    client = await openSession(tunnel, host.postgresql.port, { user: name, database, password, options: OPTIONS })
    const found: ReportedChange[] = []
    const help = `${asTyped(['provision', '--check', project.name])} shows where the right comes from`
    const { rows: writable } = await client.query<{ name: string; count: number }>(WRITABLE)
    if (writable.length > 0)
      found.push(
        manual(
          `what ${name} can write`,
          someOf(
            writable.slice(0, 3).map((row) => row.name),
            writable[0]!.count,
          ),
          'nothing',
          help,
        ),
      )
    const { rows: tables } = await client.query<{ name: string }>(TABLES)
    const writes = tables.flatMap((table) => writesTo(table.name))
    let refused = 0
    for (const write of writes) {
      const answer = await outcome(client, write)
      if (answer === 'refused') {
        refused++
        continue
      }
      const from = answer === 'allowed' ? 'PostgreSQL would do it' : `PostgreSQL did not say: ${answer}`
      found.push(manual(`${printable(write.name)} as ${name}`, from, 'refused', help))
    }
    return { found, refused }
  } catch (error) {
    if (error instanceof TunnelError && error.isForbidden) throw error
    const { message } = error as Error
    const found =
      client === undefined
        ? manual(
            `login of ${name}`,
            message,
            'works, through a tunnel, with its password',
            `see that pg_hba.conf lets ${name} in over 127.0.0.1 with scram-sha-256, and that the password is the inventory's: provision --check`,
          )
        : manual(
            `what ${name} can write`,
            `PostgreSQL did not say: ${message}`,
            'nothing',
            'run this again once the database answers',
          )
    return { found: [found], refused: 0 }
  } finally {
    await client?.end().catch(() => {})
  }
}

interface Write {
  /** As a report names it. */
  name: string
  statement: string
}

/**
 * No query, not even its EXPLAIN: to plan one, PostgreSQL evaluates what it can of the table's defaults, indexes, policies and rules, before
 * it checks privileges, and so would run the owner's functions as the reader. COPY FROM checks INSERT, then that the transaction is
 * read-only. The lock of those who write is given to whoever may UPDATE, DELETE or TRUNCATE, and keeps no reader or writer out; two
 * statements in one message are the transaction that LOCK needs, and its end. Source: PostgreSQL documentation, COPY and LOCK.
 */
const writesTo = (table: string): Write[] => [
  { name: `INSERT INTO ${table}`, statement: `COPY ${table} FROM STDIN` },
  { name: `a writer's lock on ${table}`, statement: `SELECT; LOCK TABLE ONLY ${table} IN ROW EXCLUSIVE MODE` },
]

/** 25006: a read-only transaction. 0A000: COPY stops at the policies of a table that it may write to. */
const ALLOWED = ['25006', '0A000']

async function outcome(client: Client, { statement }: Write): Promise<string> {
  try {
    await client.query(statement)
    return 'allowed'
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string }
    return code === '42501' ? 'refused' : ALLOWED.includes(code) ? 'allowed' : message
  }
}

const NOT_OURS = NOT_SYSTEM.text
const OF_EXTENSION = ofExtension('pg_class', sql`c.oid`, sql`c.relowner`).text

/** All that the session's role may write, however it came by that; the first three, each with the count of all. */
const WRITABLE = `SELECT name, count(*) OVER ()::int AS count FROM (
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${NOT_OURS} AND NOT ${OF_EXTENSION} AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE, UPDATE')
        ELSE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES') END
    UNION ALL SELECT 'schema ' || quote_ident(n.nspname) FROM pg_namespace n WHERE ${NOT_OURS} AND has_schema_privilege(n.oid, 'CREATE')
    UNION ALL SELECT 'database ' || quote_ident(current_database()) WHERE has_database_privilege(current_database(), 'CREATE, TEMPORARY')
    UNION ALL SELECT 'all that ' || quote_ident(r.rolname) || ' may write' FROM pg_roles r WHERE r.rolname <> current_user AND pg_has_role(r.oid, 'MEMBER')
      AND (r.rolsuper OR r.rolcreaterole OR r.rolname = 'pg_write_all_data')
    UNION ALL SELECT 'as ' || word FROM pg_roles r, LATERAL (VALUES (r.rolsuper, 'SUPERUSER'), (r.rolcreaterole, 'CREATEROLE'), (r.rolbypassrls, 'BYPASSRLS')) a(has, word)
      WHERE r.rolname = current_user AND has
  ) w ORDER BY name LIMIT 3`

/** The tables to try. */
const TABLES = `SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND ${NOT_OURS} AND NOT ${OF_EXTENSION}
  ORDER BY has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE') DESC, c.relpages DESC, 1 LIMIT ${TRIED}`

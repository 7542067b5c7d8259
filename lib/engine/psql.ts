import { Script, hereDocument, sh } from '../text/sh.ts'
import { Sql, sql } from '../text/sql.ts'
import type { SqlFact } from './fact.ts'

/**
 * What every session of ours sets for itself, whatever is set on a role, a database or the server: options of a connection come before
 * those. Nothing but pg_catalog is searched, so no function, operator or table of somebody's can stand in for PostgreSQL's own; then no
 * limit or mode ends or hides something; then SQL is read and values are written in one way.
 */
const SETTINGS = [
  'search_path=pg_catalog',
  'role=none',
  'row_security=off',
  'statement_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'default_transaction_isolation=read\\ committed',
  'default_tablespace=',
  'standard_conforming_strings=on',
  'array_nulls=on',
  'quote_all_identifiers=off',
  'DateStyle=ISO,MDY',
  'IntervalStyle=postgres',
  'bytea_output=hex',
  'client_min_messages=warning',
  'lc_messages=C',
]
const READING = ['default_transaction_read_only=on', 'lock_timeout=3000', 'statement_timeout=10000']
const CHANGING = ['default_transaction_read_only=off', 'lock_timeout=30000']
/** Seconds for all queries of one database. */
export const SQL_DEADLINE = 20

/** A name that would be taken for a connection string becomes one. Source: PostgreSQL documentation, libpq, 34.1.1. */
function connectionTo(database: string): string {
  return /=|^postgres(ql)?:/.test(database) ? `dbname='${database.replace(/[\\']/g, '\\$&')}'` : database
}

/**
 * psql as the `postgres` system user over the local socket, which never asks for a password. setpriv and not su or sudo: no PAM session, a
 * third of the time. `under` is a command that runs it.
 */
export function psqlCommand(port: number, database: string, settings: readonly string[], under: Script = sh``): Script {
  const options = [...SETTINGS, ...settings].map((setting) => `-c ${setting}`).join(' ')
  return sh`PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 PGAPPNAME=bitacora PGOPTIONS=${options} ${under}setpriv --reuid=postgres --regid=postgres --init-groups "$psql" -X -w -A -t -q -p ${port} -d ${connectionTo(database)}`
}

/** The databases that are asked besides `postgres`, in the order of their frames. */
export function otherDatabases(facts: Iterable<SqlFact<unknown>>): string[] {
  return [...new Set([...facts].map((fact) => fact.database))].filter((name) => name !== 'postgres')
}

/**
 * All queries of a host, in one psql a database, since psql gives up where a database can't be entered. Each query is framed with psql's own
 * SQLSTATE, so a failing one stops no other. Frames besides: `thereN` with `t` where the Nth other database is there and takes connections;
 * `psql` and `databaseN` with psql's exit code. Where nobody answers for `postgres`, the others aren't tried.
 */
export function psqlRead(nonce: string, port: number, facts: ReadonlyMap<string, SqlFact<unknown>>): Script {
  const others = otherDatabases(facts.values())
  const frame = (id: string, status: string) =>
    new Sql(['echo', 'warn'].flatMap((to) => [`\\${to}`, `\\${to} ${nonce} ${id} ${status}`]).join('\n'))
  const session = (database: string, first: readonly Sql[] = []) => {
    const here = [...facts].filter(([, fact]) => fact.database === database)
    const input = Sql.join([...first, ...here.flatMap(([id, fact]) => [sql`${fact.query}\n;`, frame(id, ':SQLSTATE')])])
    return sh`${psqlCommand(port, database, READING, sh`timeout -k 5 ${SQL_DEADLINE} `)} <<'${new Script(`${nonce}-sql`)}'
${input.as(Script)}
${new Script(`${nonce}-sql`)}`
  }
  const there = others.flatMap((name, index) => [
    sql`SELECT EXISTS (SELECT FROM pg_database WHERE datname = ${name} AND datallowconn) AS there \\gset`,
    frame(`there${index}`, ':there'),
  ])
  return Script.join([
    sh`${session('postgres', there)}\nup=$?; e psql $up`,
    ...others.map((name, index) => sh`[ "$up" = 0 ] && {\n${session(name)}\ne ${`database${index}`} $?; }`),
  ])
}

export interface PsqlOptions {
  /** False where PostgreSQL forbids it for one of the statements. */
  transaction?: boolean
  /** The schema in which a statement makes what it doesn't qualify. */
  schema?: string
}

/** Statements that change something, as superuser, in one transaction, stopping at the first error. */
export function psqlApply(port: number, database: string, statements: readonly Sql[], options: PsqlOptions = {}): Script {
  const input = Sql.join(statements.map((statement) => sql`${statement}\n;`))
  const single = options.transaction === false ? sh`` : sh` --single-transaction`
  const settings = options.schema === undefined ? CHANGING : [...CHANGING, `search_path=${options.schema}`]
  return sh`${psqlCommand(port, database, settings)} -v ON_ERROR_STOP=1${single}${hereDocument(input)}`
}

import type { z } from 'zod'
import type { Script } from '../text/sh.ts'
import { sql } from '../text/sql.ts'
import type { Sql } from '../text/sql.ts'
import { file } from './file.ts'
import type { FileState } from './file.ts'

/** One question to a host. All questions of a run travel in one script; a typed answer or an error comes back for each. */
export type Fact<T> = ShellFact<T> | SqlFact<T> | FileFact<T>

/** A script that prints JSON or text, or nothing for "absent" (null). A non-zero end is "could not read". */
export interface ShellFact<T> {
  kind: 'shell'
  format: 'json' | 'text'
  script: Script
  /** Seconds until it counts as "could not read". Left out: it is the shell's own commands, which take no time. */
  deadline?: number
  schema: z.ZodType<T>
}

/**
 * A query of catalogs with one row of one column of JSON (`json`), or COPY TO STDOUT of a table (`rows`: a list of its rows, NULL being
 * `\\N`). No row of JSON, NULL, and a database that doesn't exist are null. So is an SQLSTATE listed in `absent` (42P01: undefined table).
 *
 * A superuser asks. A table of somebody else is read by COPY alone: PostgreSQL refuses that for a view, and it runs nobody's functions.
 */
export interface SqlFact<T> {
  kind: 'sql'
  format: 'json' | 'rows'
  database: string
  query: Sql
  absent: readonly string[]
  schema: z.ZodType<T>
}

/** What lies at a path, not following a symbolic link. `text` asks for the content of a small text file too. */
export interface FileFact<T> {
  kind: 'file'
  path: string
  text: boolean
  schema: z.ZodType<T>
}

export type Facts = Record<string, Fact<unknown>>
export type Found<F> = { [K in keyof F]: F[K] extends Fact<infer T> ? T : never }

/** `deadline` in seconds, for a script that starts a program. */
export function shellFact<T>(schema: z.ZodType<T>, script: Script, { deadline }: { deadline?: number } = {}): Fact<T> {
  return { kind: 'shell', format: 'json', script, schema, ...(deadline === undefined ? {} : { deadline }) }
}

/** The same for a script whose output the schema takes apart itself. */
export function textFact<T>(schema: z.ZodType<T>, script: Script, options: { deadline?: number } = {}): Fact<T> {
  return { ...shellFact(schema, script, options), format: 'text' } as Fact<T>
}

export function sqlFact<T>(database: string, schema: z.ZodType<T>, query: Sql, absent: readonly string[] = []): Fact<T> {
  return { kind: 'sql', format: 'json', database, query, absent, schema }
}

/** All rows of a table, each as a line of COPY's text format. `columns` and `table` stand in SQL as they are, qualified and quoted. */
export function copyFact<T>(
  database: string,
  schema: z.ZodType<T>,
  table: Sql,
  columns: Sql,
  absent: readonly string[] = [],
): Fact<T> {
  return { kind: 'sql', format: 'rows', database, query: sql`COPY ${table} (${columns}) TO STDOUT`, absent, schema }
}

export function fileFact(path: string, options: { text?: boolean } = {}): Fact<FileState | null> {
  return { kind: 'file', path, text: options.text ?? false, schema: file.nullable() }
}

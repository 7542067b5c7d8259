import type { z } from 'zod'
import type { Script } from '../shell.ts'
import type { Sql } from '../sql.ts'
import { file } from './file.ts'
import type { FileState } from './file.ts'

/** One question to a host. All questions of a run travel in one script; a typed answer or an error comes back for each. */
export type Fact<T> = ShellFact<T> | SqlFact<T> | FileFact<T>

/** A script that prints JSON or text, or nothing for "absent" (null). A non-zero end is "could not read". */
export interface ShellFact<T> {
  kind: 'shell'
  format: 'json' | 'text'
  script: Script
  schema: z.ZodType<T>
}

/**
 * A query with one row of one column of JSON; no row, NULL, and a database that doesn't exist are null.
 * So is an SQLSTATE listed in `absent` (42P01: undefined table).
 */
export interface SqlFact<T> {
  kind: 'sql'
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

export function shellFact<T>(schema: z.ZodType<T>, script: Script): Fact<T> {
  return { kind: 'shell', format: 'json', script, schema }
}

/** The same for a script whose output the schema takes apart itself. */
export function textFact<T>(schema: z.ZodType<T>, script: Script): Fact<T> {
  return { kind: 'shell', format: 'text', script, schema }
}

export function sqlFact<T>(database: string, schema: z.ZodType<T>, query: Sql, absent: readonly string[] = []): Fact<T> {
  return { kind: 'sql', database, query, absent, schema }
}

export function fileFact(path: string, options: { text?: boolean } = {}): Fact<FileState | null> {
  return { kind: 'file', path, text: options.text ?? false, schema: file.nullable() }
}

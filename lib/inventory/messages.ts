import { z } from 'zod'
import { nearest, suggestion } from './suggest.ts'

type RawIssue = z.core.$ZodRawIssue & { schema?: z.core.$ZodType | undefined }

/**
 * Parses `data`, and tells all that is wrong with it, one line each: field path, what was found, what would be right (the schema's
 * description). Texts are shown only where no secret belongs: the fields that may hold one bring messages of their own.
 */
export function parsed<T extends z.ZodType>(schema: T, data: unknown): { data?: z.output<T>; problems: string[] } {
  const known = new WeakMap<object, string[]>()
  const result = schema.safeParse(data, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return message(issue)
      known.set(issue.keys, Object.keys((issue.inst as z.ZodObject).shape))
      return undefined
    },
  })
  if (result.success) return { data: result.data, problems: [] }
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [`${fieldPath(issue.path)}: ${issue.message}`]
    return issue.keys.map(
      (key) => `${fieldPath([...issue.path, key])}: no such field; ${suggestion(key, known.get(issue.keys) ?? [])}`,
    )
  })
  return { problems }
}

function message(issue: RawIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'not a name that can stand here'
  const schema = issue.schema ?? (issue.inst as z.core.$ZodType | undefined)
  const wanted = `it needs ${(schema && z.globalRegistry.get(schema)?.description) ?? 'something else'}`
  if (issue.input === undefined) return `is missing; ${wanted}`
  const near =
    issue.code === 'invalid_value' && typeof issue.input === 'string' ? nearest(issue.input, issue.values.map(String)) : undefined
  if (near !== undefined) return `found ${found(issue.input)}; did you mean ${near}?`
  if (issue.code !== 'invalid_type' || typeof issue.input !== 'string') return `found ${found(issue.input)}; ${wanted}`
  // A text where a number belongs helps when shown; one where an object belongs may be anything.
  return `found a text${['number', 'int'].includes(issue.expected) ? `, ${found(issue.input)}` : ''}; ${wanted}`
}

/** What stands there: numbers and texts as they are, the latter cut short, of anything else only the kind. */
export function found(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  if (typeof value !== 'string') return kind(value)
  if (/\S:[^@\s]+@/.test(value)) return 'a text that seems to hold a password'
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)
}

export function kind(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value instanceof Promise) return 'a promise'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `projects.onquota.migrations.command[1]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the inventory'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${word(String(part))}`))
    .join('')
}

function word(text: string): string {
  return /^[\w-]{1,80}$/.test(text) ? text : found(text)
}

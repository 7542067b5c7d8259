import { z } from 'zod'
import { localPath } from './paths.ts'

/**
 * What secrets are for. `connect`: every run; `setup`: what a project is made of, and is verified with; `drill`: a restore drill; `decrypt`:
 * reading encrypted backups, which few runs need and few machines should be able to.
 */
export type Purpose = 'connect' | 'setup' | 'drill' | 'decrypt'

/** What a secret is for, and must be like. */
export interface SecretTraits {
  /** Left out: `setup`. */
  for?: readonly Purpose[]
  /** A key, which is several lines; all others are one. */
  lines?: boolean
  /** Somebody may guess it over the network, so it must not be short. */
  guessable?: boolean
  /** What is wrong with the value, which that never shows; undefined where nothing is. */
  check?: (value: string, project: string) => string | undefined
}

const FORMS = '{ "env": NAME }, { "file": PATH } or { "command": [WORD, …] }'

const known = new WeakMap<object, SecretTraits>()

/** The traits of a place of a secret that a schema has read; undefined for anything else, also for an object that only looks like one. */
export function secretTraits(value: unknown): SecretTraits | undefined {
  return typeof value === 'object' && value !== null ? known.get(value) : undefined
}

/** Where a secret is, never the secret itself. No message shows what stands there: it may be the secret, written by mistake. */
export function secretRef(directory: string, traits: SecretTraits = {}) {
  return z
    .union(options(directory), { error: literalOrForm })
    .describe(`where the secret is: ${FORMS}`)
    .transform((ref) => noted(ref, traits))
}

/** A plain text, or a secret. */
export function textOrSecret(directory: string) {
  const text = z
    .string()
    .refine((value) => !value.includes('\0'), { error: 'holds a NUL byte, which no environment can hold' })
    .refine((value) => !holdsPassword(value), {
      error: `a URL with a password in it stands here; write where the whole URL is: ${FORMS}`,
    })
  return z
    .union([text, ...options(directory)], { error: `needs a text, or for a secret ${FORMS}` })
    .transform((value) => (typeof value === 'string' ? value : noted(value, {})))
}

function noted<T extends object>(ref: T, traits: SecretTraits): T {
  known.set(ref, traits)
  return ref
}

function options(directory: string) {
  const word = z.string().refine((text) => !text.includes('\0'), { error: 'a word of a command cannot hold a NUL byte' })
  return [
    z.strictObject({
      env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
        error: 'needs the name of an environment variable: letters, digits and _; never a value',
      }),
    }),
    z.strictObject({ file: localPath(directory, 'needs the path of a file; never a value') }),
    z.strictObject({
      command: z.array(word).refine(([program = '']) => program !== '', {
        error: 'names no program; it needs the words of a command, the program first',
      }),
    }),
  ] as const
}

function literalOrForm({ input }: { input?: unknown }): string {
  if (input === undefined) return `is missing; it needs ${FORMS}`
  if (['string', 'number', 'boolean', 'bigint'].includes(typeof input))
    return `a value stands here, which an inventory must not hold; write where it is: ${FORMS}`
  return `needs exactly one of ${FORMS}`
}

/** A URL with a literal password, `scheme://user:password@`; a placeholder is none. */
export function holdsPassword(text: string): boolean {
  return /:\/\/[^:@/\s]*:(?!\{\w+\}@)[^@/\s]+@/.test(text)
}

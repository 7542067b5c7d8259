import { z } from 'zod'
import { localPath } from './paths.ts'

const FORMS = '{ "env": NAME }, { "file": PATH } or { "command": [WORD, …] }'

/** Where a secret is, never the secret itself. No message shows what stands there: it may be the secret, written by mistake. */
export function secretRef(directory: string) {
  return z.union(options(directory), { error: literalOrForm }).describe(`where the secret is: ${FORMS}`)
}

/** A plain text, or a secret. */
export function textOrSecret(directory: string) {
  const text = z
    .string()
    .refine((value) => !value.includes('\0'), { error: 'holds a NUL byte, which no environment can hold' })
    .refine((value) => !holdsPassword(value), {
      error: `a URL with a password in it stands here; write where the whole URL is: ${FORMS}`,
    })
  return z.union([text, ...options(directory)], { error: `needs a text, or for a secret ${FORMS}` })
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

import { z } from 'zod'
import { CONTROL } from './paths.ts'
import { holdsPassword } from './secret-ref.ts'

const PLACEHOLDERS = ['owner', 'password', 'host', 'port', 'database']
const LIST = PLACEHOLDERS.map((name) => `{${name}}`).join(' ')

/** The value of an application's variable, `postgresql://{owner}:{password}@{host}:{port}/{database}`. Never shown: it may hold a secret. */
export const urlTemplate = z
  .string({
    error: ({ input }) =>
      input === undefined ? undefined : `needs a text, in which these stand for the database's own: ${LIST}`,
  })
  .superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .describe(`a text, in which these stand for the database's own: ${LIST}`)

function problemOf(text: string): string | undefined {
  if (CONTROL.test(text)) return 'holds a newline or another control character'
  if (holdsPassword(text)) return 'a password stands in this URL, which an inventory must not hold; write {password}'
  const rest = text.replace(/\{(\w+)\}/g, (whole, name: string) => (PLACEHOLDERS.includes(name) ? '' : whole))
  return /[{}]/.test(rest) ? `holds a placeholder that is none of ${LIST}` : undefined
}

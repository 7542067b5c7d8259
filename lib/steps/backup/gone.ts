import { asTyped } from '../../format/command.ts'
import { z } from 'zod'

/**
 * What the host's script says of backups that its ledger knows on a box and that are not there, and of incomplete remains there. The script
 * judges, and finds the words, so that every verb says the same; null for none.
 */
export const goneCopies = z
  .object({
    count: z.number(),
    newest: z.string().nullable(),
    oldest: z.string().nullable(),
    remains: z.number(),
    text: z.string(),
  })
  .nullable()
  .optional()

/** What a person can do about it. */
export const goneHelp = (project: string): string =>
  `if you removed them on purpose: ${asTyped(['backup', project, '--acknowledge'])}; if not, somebody else can delete there: the box's snapshots may still have them. Remains that this host did not make: look at them, and remove them with sftp`

import { z } from 'zod'
import { readSigningKey } from './signing-key.ts'
import { object, once, whole } from './fields.ts'
import { boxPath, remotePath } from './paths.ts'
import { schedule } from './schedule.ts'
import { secretRef, textOrSecret } from './secret-ref.ts'

const PUBLIC_KEY = 'needs a public key of age, age1…; the private one never stands in an inventory'

/** A public key of age, Bech32. Source: age's specification. The message shows nothing: a private key may stand there by mistake. */
const recipient = z.string({ error: PUBLIC_KEY }).regex(/^age1[0-9a-z]{58}$/, { error: PUBLIC_KEY })

function encryptionSchema(directory: string) {
  return object({
    recipients: once(recipient, String, 'a list of public keys of age').min(1),
    identity: secretRef(directory, { for: ['decrypt'], lines: true }).optional(),
  })
}

const drillSchema = z
  .union([z.literal(false), object({ schedule: schedule.optional() })], {
    error: 'needs false for no drills on the host, or an object of schedule',
  })
  .prefault({})

function notifySchema(directory: string) {
  const url = textOrSecret(directory).refine((value) => typeof value !== 'string' || /^https?:\/\/[^\s#]+$/.test(value), {
    error:
      'needs a URL that begins with https:// or http://, or where it is: { "env": NAME }, { "file": PATH }, { "command": [WORD, …] }',
  })
  return object({
    ping: url.optional(),
    webhook: url.optional(),
    mail: z
      .string()
      .regex(/^[^\s@'"\\,;<>-][^\s@'"\\,;<>]*@[^\s@'"\\,;<>]+$/)
      .describe('an address for mail')
      .optional(),
    prometheusDirectory: remotePath.optional(),
    syslog: z.boolean().describe('true or false').default(false),
  })
}

function signingKeyProblem(value: string, project: string): string | undefined {
  const answer = readSigningKey(value, project)
  return 'problem' in answer ? answer.problem : undefined
}

const boxName = z.string().describe('the name of an entry of boxes')

/** Boxes that a project may have. */
export const MOST_BOXES = 4

const boxesSchema = z
  .array(
    z.union([boxName, object({ box: boxName, remoteDirectory: boxPath.optional() })], {
      error: 'needs the name of an entry of boxes, or an object of box and remoteDirectory',
    }),
  )
  .min(1)
  .max(MOST_BOXES)
  .describe('a list of one to four boxes')

/** What a project's backups are, where they go, how long they stay, how they are proven, and who hears of it. */
export function backupSchema(directory: string) {
  return object({
    schedule: schedule.default('0 3 * * *'),
    box: boxName.optional(),
    boxes: boxesSchema.optional(),
    remoteDirectory: boxPath.optional(),
    keepLocalDays: whole(1, 36_500, 'days').default(30),
    keepRemoteDays: whole(1, 36_500, 'days').default(90),
    keepDaily: whole(0, 3650, 'days').default(7),
    keepWeekly: whole(0, 520, 'weeks').default(4),
    keepMonthly: whole(0, 120, 'months').default(6),
    compression: z.enum(['gzip', 'zstd', 'directory']).describe('gzip, zstd or directory').default('gzip'),
    compressionLevel: z.int().min(1).max(19).describe('a level, 1 to 9, or 1 to 19 for zstd').optional(),
    compressionThreads: whole(1, 99, 'threads').default(1),
    jobs: whole(1, 99, 'jobs').default(2),
    encryption: encryptionSchema(directory).optional(),
    signingKey: secretRef(directory, { lines: true, check: signingKeyProblem }).optional(),
    globals: z.boolean().describe('true or false').default(true),
    loginRoles: z.boolean().describe('true or false').default(false),
    drill: drillSchema,
    notify: notifySchema(directory).optional(),
  }).superRefine(({ compression, compressionLevel: level, box, boxes, globals, loginRoles }, context) => {
    if (loginRoles && !globals)
      context.addIssue({
        code: 'custom',
        path: ['loginRoles'],
        message: 'is true, but globals is false: no role is backed up then',
      })
    if (box === undefined && boxes === undefined)
      context.addIssue({ code: 'custom', path: ['box'], message: 'is missing; it needs the name of an entry of boxes' })
    if (box !== undefined && boxes !== undefined)
      context.addIssue({ code: 'custom', path: ['boxes'], message: 'stands beside box; write one of the two' })
    if (compression !== 'zstd' && level !== undefined && level > 9)
      context.addIssue({
        code: 'custom',
        path: ['compressionLevel'],
        message: `found ${level}; ${compression} has the levels 1 to 9`,
      })
  })
}

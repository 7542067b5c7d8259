import { z } from 'zod'
import { goneCopies } from '../../steps/backup/gone.ts'

const login = z.object({ ok: z.boolean(), error: z.string().nullable() }).nullable()

const port = z.object({
  port: z.number(),
  reached: z.boolean(),
  error: z.string().nullable(),
  /** Whether the key that it shows is the pinned one; `none` where it shows none. */
  key: z.enum(['pinned', 'other', 'none']),
  /** `SHA256:… (ED25519)`. */
  shown: z.string().nullable(),
  /** By this alone; null where it wasn't tried. */
  password: login,
  identity: login,
})

const file = z.object({ path: z.string(), bytes: z.number() })

const box = z.object({
  host: z.string(),
  user: z.string(),
  port: z.number(),
  remoteDirectory: z.string(),
  pinned: z.string().nullable(),
  /** The configured one first. */
  ports: z.array(port).min(1),
  /** Logged in as uploads do; null where it wasn't tried. What follows is there only then. */
  opened: z.boolean().nullable(),
  error: z.string().nullable(),
  /** Bytes. */
  space: z.object({ size: z.number(), free: z.number() }).nullable().optional(),
  folder: z.enum(['there', 'absent', 'unreadable']).optional(),
  /** Why the files could not be listed. */
  unread: z.string().optional(),
  files: z
    .object({
      count: z.number(),
      bytes: z.number(),
      complete: z.number(),
      proven: z.number(),
      incomplete: z.number(),
      otherBackups: z.number(),
    })
    .optional(),
  newest: z.object({ name: z.string(), bytes: z.number() }).nullable().optional(),
  gone: goneCopies,
  /** OWNER.json of the folder, as text; null where none is there. */
  owner: z.string().nullable().optional(),
  partials: z.array(file.extend({ running: z.boolean() })).optional(),
  strays: z.object({ count: z.number(), first: z.array(file) }).optional(),
  shell: z.boolean().optional(),
  sha256sum: z.boolean().optional(),
  mayWrite: z.boolean().optional(),
  refusal: z.string().optional(),
  mayRename: z.boolean().nullable().optional(),
  mayRenameOver: z.boolean().nullable().optional(),
  mayDelete: z.boolean().nullable().optional(),
  /** Files of the look itself that could not be removed. */
  scratchLeft: z.number().optional(),
})

/** What the host's script prints with `--doctor`. */
export const doctorDocument = z.object({
  project: z.string(),
  error: z.string().nullable(),
  boxes: z.array(box),
})

export type DoctorBox = z.output<typeof box>

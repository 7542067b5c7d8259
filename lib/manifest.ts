import { z } from 'zod'

const number = z.int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const time = z.iso.datetime()

/**
 * What lies beside each backup, as NAME.manifest.json: what the backup is, and what the database held at the moment of the dump. All but the
 * sequences' values is read in the dump's own snapshot; those are the ones that the dump itself sets.
 */
export const manifestSchema = z
  .object({
    manifestVersion: z.literal(2),
    project: z.string(),
    database: z.string(),
    name: z.string().describe('the file name of the dump'),
    bytes: number.describe('of the dump as it is stored'),
    sha256: sha256.describe('of the dump as it is stored'),
    compression: z.enum(['gzip', 'zstd', 'directory']),
    encryption: z.enum(['age']).nullable(),
    globals: z
      .object({ name: z.string(), sha256, roles: number })
      .nullable()
      .describe('roles, memberships, settings and grants; null where the config goes without them'),
    startedAt: time,
    finishedAt: time,
    scriptVersion: z.string(),
    serverVersion: z.string(),
    serverVersionNumber: number,
    alembicHead: z.string().nullable().describe('several are joined by commas'),
    extensions: z.record(z.string(), z.string()).describe('name → version'),
    encoding: z.string(),
    collation: z.string(),
    characterType: z.string(),
    localeProvider: z.string().describe("c: the C library's, i: ICU's, b: PostgreSQL's own"),
    locale: z.string().nullable(),
    owner: z.string(),
    databaseBytes: number.describe('on the disk of the server'),
    owners: z
      .record(z.string(), number)
      .describe('role → how many tables, views, sequences, functions, types and schemas it owns'),
    counts: z.object({
      schemas: number,
      tables: number,
      sequences: number,
      indexes: number,
      constraints: number,
      functions: number,
      triggers: number,
      views: number,
      materializedViews: number,
      types: number,
      policies: number,
      largeObjects: number,
    }),
    tables: z.record(z.string(), number).describe('schema.table, quoted as SQL quotes it → its exact number of rows'),
    sequences: z
      .record(z.string(), z.tuple([z.number(), z.boolean()]))
      .describe('schema.sequence → its last value, and whether that was handed out'),
  })
  .describe('The manifest of a backup')

export type Manifest = z.infer<typeof manifestSchema>

/** The manifest's JSON Schema, which docs/manifest.schema.json publishes. */
export function manifestJsonSchema(): object {
  return z.toJSONSchema(manifestSchema)
}

import { z } from 'zod'

const number = z.int().min(0)
/** As text: JSON's numbers round what PostgreSQL's bigint can hold. */
const big = z.string().regex(/^\d{1,19}$/)
const bigSigned = z.string().regex(/^-?\d{1,19}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const time = z.iso.datetime()
const file = z.object({ bytes: number, sha256 })

/** What both versions hold. All but the sequences' values is read in the dump's own snapshot; those are the ones that the dump itself sets. */
const common = {
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
  owners: z.record(z.string(), number).describe('role → how many tables, views, sequences, functions, types and schemas it owns'),
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
}

const ROWS = 'schema.table, quoted as SQL quotes it → its exact number of rows'
const SEQUENCES = 'schema.sequence → its last value, and whether that was handed out'
const OBJECTS =
  'kind → name → its owner, for schemas, tables, views, materializedViews, foreignTables, sequences, functions and types; ' +
  'kind → table or domain → names, for its constraints, indexes, triggers, policies and ownSequences; earlier manifests lack it'
const UNDUMPED =
  'what no dump holds: kind → name → value, for extensionOwners, extensionMembers (how many, and a hash), memberOwners, invalidIndexes, ' +
  'disabledConstraints and systemObjects; earlier manifests lack it'
const ON_DISK = 'on the disk of the server'

/** Of earlier versions of the backup script; still readable. */
export const manifest2 = z
  .object({
    manifestVersion: z.literal(2),
    ...common,
    databaseBytes: number.describe(ON_DISK),
    tables: z.record(z.string(), number).describe(ROWS),
    sequences: z.record(z.string(), z.tuple([z.number(), z.boolean()])).describe(SEQUENCES),
  })
  .describe('The manifest of a backup, as it was before signatures')

/** Counts that can be large are texts; host, cluster and every file's hash are in it, so that its signature covers them. */
export const manifest3 = z
  .object({
    manifestVersion: z.literal(3),
    ...common,
    host: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .nullable()
      .describe('the machine-id of the host that made it'),
    hostname: z.string(),
    cluster: big.nullable().describe("the database cluster's system identifier; null where it could not be read"),
    acknowledged: z
      .string()
      .nullable()
      .optional()
      .describe('the last backup whose unusual size or emptiness a person acknowledged; earlier manifests lack it'),
    dumpedBy: z.enum(['superuser', 'owner']),
    files: z
      .object({ '': file })
      .catchall(file)
      .describe('ending → file, "" for the dump itself: all but the manifest, its signature and the .sha256'),
    databaseBytes: big.describe(ON_DISK),
    objects: z
      .record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])))
      .optional()
      .describe(OBJECTS),
    undumped: z.record(z.string(), z.record(z.string(), z.string())).optional().describe(UNDUMPED),
    tablespace: z.string().optional().describe('of the database; earlier manifests lack it'),
    tablespaces: z.array(z.string()).optional().describe('of the database and of what is in it; earlier manifests lack them'),
    partitions: z
      .record(z.string(), z.string())
      .optional()
      .describe('partition → the topmost table that it is a part of, both named as in tables; earlier manifests lack it'),
    tables: z.record(z.string(), big).describe(ROWS),
    sequences: z.record(z.string(), z.tuple([bigSigned, z.boolean()])).describe(SEQUENCES),
  })
  .describe('The manifest of a backup')

/**
 * What lies beside each backup, as NAME.manifest.json, with its signature as NAME.manifest.json.sig: what the backup is, and what the
 * database held at the moment of the dump.
 */
export const manifestSchema = z.discriminatedUnion('manifestVersion', [manifest3, manifest2])

export type Manifest = z.infer<typeof manifestSchema>

/** The manifest's JSON Schema, which docs/manifest.schema.json publishes. */
export function manifestJsonSchema(): object {
  return z.toJSONSchema(manifestSchema)
}

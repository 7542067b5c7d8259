import { z } from 'zod'
import { listProblem } from './list-setting.ts'
import { backupSchema } from './backup-schema.ts'
import { object, once } from './fields.ts'
import {
  databaseName,
  encoding,
  environmentName,
  extensionName,
  localeName,
  otherRoleName,
  ownerName,
  revisionName,
  roleName,
  settingName,
  tableName,
  tablespaceName,
  urlDriver,
  userName,
} from './names.ts'
import { remotePath } from './paths.ts'
import { secretRef, textOrSecret } from './secret-ref.ts'
import { urlTemplate } from './template.ts'

const word = z
  .string()
  .refine((text) => text !== '' && !text.includes('\0'))
  .describe('a word of the command')

function databaseSchema(directory: string) {
  return object({
    name: databaseName,
    owner: ownerName,
    password: secretRef(directory, { for: ['setup', 'drill'], guessable: true }),
    encoding: encoding.default('UTF8'),
    locale: localeName.default('en_US.UTF-8'),
    tablespace: tablespaceName.default('pg_default'),
    extensions: once(extensionName, String, 'a list of extensions').default([]),
    connectionLimit: z
      .int()
      .min(-1)
      .max(2 ** 31 - 1)
      .describe('a whole number of connections, or -1 for no limit')
      .optional(),
    settings: z
      .record(settingName, z.string({ error: 'needs a text, also for a number: "30s", "64"' }))
      .superRefine((settings, context) => {
        for (const [key, value] of Object.entries(settings)) {
          const problem = listProblem(key, value)
          if (problem !== undefined)
            context.addIssue({ code: 'custom', path: [key], message: `found ${JSON.stringify(value)}; ${problem}` })
        }
      })
      .describe('an object of settings, such as statement_timeout')
      .optional(),
    readers: once(
      object({ name: roleName, password: secretRef(directory, { guessable: true }) }),
      ({ name }) => name,
      'a list of read-only roles, each with name and password',
    ).default([]),
    adopt: z.boolean().describe('true to take over a database and roles that others made or use, or false').default(false),
    otherRoles: once(otherRoleName, String, 'a list of roles that may have privileges in the database').default([]),
  }).superRefine(({ owner, readers, otherRoles, connectionLimit, settings }, context) => {
    for (const [field, value] of Object.entries({ connectionLimit, settings }))
      if (owner === 'postgres' && value !== undefined)
        context.addIssue({
          code: 'custom',
          path: [field],
          message:
            'is of the owner, and the role postgres is left as it is; leave it out, or give the database an owner of its own',
        })
    for (const [index, name] of otherRoles.entries()) {
      if (name !== owner && readers.every((reader) => reader.name !== name)) continue
      const found = name === owner ? 'the owner' : 'a reader'
      context.addIssue({
        code: 'custom',
        path: ['otherRoles', index],
        message: `found "${name}", which is ${found}; otherRoles are those that this inventory doesn't manage`,
      })
    }
    const index = readers.findIndex(({ name }) => name === owner)
    if (index >= 0)
      context.addIssue({
        code: 'custom',
        path: ['readers', index, 'name'],
        message: `found "${owner}", which is the owner; a read-only role needs a name of its own`,
      })
  })
}

function migrationsSchema(directory: string) {
  return object({
    directory: remotePath,
    /** Who runs Alembic; left out, the owner of the folder. */
    user: userName.optional(),
    command: z
      .array(word)
      .min(1)
      .describe('a list of words, the program first, such as ["python3", "-m", "alembic"]')
      .default(['python3', '-m', 'alembic']),
    urlVariable: environmentName.default('DATABASE_URL'),
    urlDriver: urlDriver.default('postgresql+psycopg2'),
    env: z.record(environmentName, textOrSecret(directory)).describe('an object of environment variables').default({}),
    head: revisionName.optional(),
    tables: z
      .union([once(tableName, String, 'a list of tables'), object({ atLeast: once(tableName, String, 'a list of tables') })])
      .describe('a list of all tables of public, or { "atLeast": […] } for some of them')
      .optional(),
  }).superRefine(({ env, urlVariable }, context) => {
    if (Object.hasOwn(env, urlVariable))
      context.addIssue({
        code: 'custom',
        path: ['env', urlVariable],
        message: 'is set from the database itself (urlVariable); leave it out here',
      })
  })
}

const envFileSchema = object({
  path: remotePath,
  /** Who reads and writes it; left out, the owner of its folder. */
  user: userName
    .refine((user) => user !== 'root', {
      error: 'found "root", who could be led elsewhere in a folder of others; where root owns the folder, leave it out',
    })
    .optional(),
  variables: z
    .record(environmentName, urlTemplate)
    .refine((variables) => Object.keys(variables).length > 0, {
      error: 'is empty; it needs the variables to set, or leave envFile out',
    })
    .describe('an object of variables and their values'),
})

export function projectSchema(directory: string) {
  return object({
    host: z.string().describe('the name of an entry of hosts'),
    database: databaseSchema(directory),
    migrations: migrationsSchema(directory).optional(),
    backup: backupSchema(directory).optional(),
    envFile: envFileSchema.optional(),
    /** Steps of the project's own; only a module can hold them. */
    steps: z
      .custom<(...args: never[]) => unknown>((value) => typeof value === 'function')
      .describe('a function that is given the project and returns a list of steps')
      .optional(),
  })
}

import { z } from 'zod'

/** A name that must match a pattern; the description completes "it needs …". */
function name(pattern: RegExp, description: string) {
  return z.string().regex(pattern).describe(description)
}

const LETTERS = 'letters, digits, _ and -'

export const hostName = name(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'a name of at most 63 letters, digits, dots, _ and -, beginning with a letter or digit',
)
export const projectName = name(
  /^[a-z][a-z0-9_-]{0,30}$/,
  'a name of at most 31 lower-case letters, digits, _ and -, beginning with a letter, since files are named after it',
)

/** The names that PostgreSQL keeps for itself; for roles also those that mean something in SQL. */
const RESERVED = /^(postgres|template[01])$/
const RESERVED_ROLES = /^(public|none|pg_.*)$/i

/** Whatever PostgreSQL accepts as a name, but for control characters: each stands in lines of text somewhere. */
const sqlName = (of: string) =>
  z
    .string()
    .regex(/^\P{Cc}+$/u)
    .refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= 63)
    .describe(`the name of a ${of}: at most 63 bytes of UTF-8, without line breaks, tabs and other control characters`)

const unreserved = (reserved: RegExp, of: string) => {
  const base = sqlName(of)
  return base
    .refine((text) => !reserved.test(text), {
      error: ({ input }) => `found ${JSON.stringify(input)}, which PostgreSQL keeps for itself; choose another name`,
    })
    .describe(base.description ?? '')
}

export const databaseName = unreserved(RESERVED, 'database')
/** Also `postgres`: then the database belongs to the superuser, whose role is left as it is. */
export const ownerName = unreserved(RESERVED_ROLES, 'role')
export const roleName = unreserved(/^(postgres|public|none|pg_.*)$/i, 'role')
/** A role that somebody else made, or one of PostgreSQL's own, such as pg_monitor. */
export const otherRoleName = sqlName('role')
  .refine((text) => !/^(postgres|public|none)$/i.test(text), {
    error: ({ input }) => `found ${JSON.stringify(input)}, which is no role to declare; name those that the reports name`,
  })
  .describe('the name of a role, at most 63 bytes')
export const tablespaceName = name(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, `the name of a tablespace: at most 63 ${LETTERS}`)
export const extensionName = name(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, `the name of an extension: at most 63 ${LETTERS}`)
export const settingName = name(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/, 'the name of a PostgreSQL setting, such as statement_timeout')
export const tableName = sqlName('table').describe('the name of a table, at most 63 bytes')
export const environmentName = name(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'the name of an environment variable: letters, digits and _, not beginning with a digit',
)
export const revisionName = name(/^[\w.-]{1,64}$/, 'the identifier of an Alembic revision')
export const urlDriver = name(
  /^postgres(ql)?(\+[a-z][a-z0-9_]*)?$/,
  "SQLAlchemy's dialect and driver, such as postgresql+psycopg2",
)
export const localeName = name(/^[A-Za-z][\w.@-]*$/, 'a locale of the host, such as en_US.UTF-8 (locale -a lists them)')
export const userName = name(/^[A-Za-z_][A-Za-z0-9._-]{0,63}$/, 'the name of a user')
export const port = z.int().min(1).max(65_535).describe('a port, a whole number from 1 to 65535')

/** What PostgreSQL can encode a database in, as pg_encoding_to_char spells it. Source: PostgreSQL documentation, table 24.3. */
const ENCODINGS =
  'UTF8 SQL_ASCII EUC_CN EUC_JP EUC_JIS_2004 EUC_KR EUC_TW ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 KOI8R KOI8U LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 ' +
  'LATIN8 LATIN9 LATIN10 MULE_INTERNAL WIN866 WIN874 WIN1250 WIN1251 WIN1252 WIN1253 WIN1254 WIN1255 WIN1256 WIN1257 WIN1258'
export const encoding = z.enum(ENCODINGS.split(' ')).describe('an encoding as PostgreSQL spells it, such as UTF8 or LATIN1')

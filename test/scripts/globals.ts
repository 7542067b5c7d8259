/** Statements as a backup's file of roles, settings and grants has them. */
export const END = '-- end of globals\n'
export const literal = (text: string) =>
  (text.includes('\\') ? 'E' : '') + `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
export const ATTRIBUTES = 'INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1'
export const role = (body: string, name = 'r') =>
  `DO ${literal(`BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)}) THEN ${body}END IF; END`)};\n`
export const right = (statement: string) =>
  `DO ${literal(`BEGIN ${statement}; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END`)};\n`
export const left = (statement: string) =>
  `DO ${literal(`BEGIN RAISE WARNING USING MESSAGE = ${literal(`left to you: ${statement}`)}; END`)};\n`
export const database = (before: string, after: string) =>
  `DO ${literal(`BEGIN EXECUTE pg_catalog.concat(${literal(before)}, pg_catalog.quote_ident(pg_catalog.current_database()), ${literal(after)}); END`)};\n`

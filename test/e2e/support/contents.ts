import { execIn } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

/**
 * All that a database holds, a line a table: its rows' number and a checksum over them that does not depend on their order, then the
 * sequences. Rows are hashed as PostgreSQL writes them as text.
 */
export async function databaseContents(lab: Lab, host: string, database: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(
    lab,
    host,
    `cd /; PGDATABASE='${database.replaceAll("'", "'\\''")}' su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1'`,
    {
      stdin: `
SELECT format('SELECT %L || count(*) || %L || coalesce(sum((%L || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM %I.%I t',
  schemaname || '.' || tablename || ' ', ' ', 'x', schemaname, tablename)
FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY schemaname, tablename \\gexec
SELECT format('SELECT %L || last_value || is_called FROM %I.%I', sequencename || ' ', schemaname, sequencename) FROM pg_sequences ORDER BY 1 \\gexec
`,
    },
  )
  if (code !== 0) throw new Error(stderr)
  return stdout
}

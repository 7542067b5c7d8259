import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { sql } from '../../text/sql.ts'
import { printable } from '../common/granted.ts'

/**
 * Tables of Alembic's that are not `public.alembic_version`: env.py may name another table or schema (`version_table`,
 * `version_table_schema`), whose revisions nobody reads here. Known by their one column, from the catalogs alone. Null where there is no
 * such database. Source: Alembic's runtime/migration.py, `_version`.
 */
export function otherVersionTables(database: string) {
  return sqlFact(
    database,
    z.array(z.string().transform(printable)).nullable(),
    sql`SELECT json_agg(t.name ORDER BY t.name) FROM (
      SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND (n.nspname, c.relname) <> ('public', 'alembic_version')
        AND (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
          = ARRAY['version_num']) AS t`,
  )
}

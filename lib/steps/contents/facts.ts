import { z } from 'zod'
import { copyFact, sqlFact, textFact } from '../../engine/fact.ts'
import { FIND_PSQL } from '../../engine/frames.ts'
import { psqlCommand } from '../../engine/psql.ts'
import { hereDocument, sh } from '../../text/sh.ts'
import { Sql, sql } from '../../text/sql.ts'
import { templateText } from '../../text/template.ts'

/** Bytes of tables whose rows are counted, the smallest first; of the others an estimate stands. */
const COUNTED_BYTES = 256 * 1024 * 1024
/** Seconds for all of it. */
const COUNTING_SECONDS = 15

/** Bytes of the names of all objects: what an answer may have. */
const MOST_NAMES = 32 * 1024 * 1024

/** Kind → name → owner, or kind → whole → names of its parts: see templates/scripts/objects.sql. */
export type Objects = Readonly<Record<string, Readonly<Record<string, string | null | readonly string[]>>>>

/** A table's rows; null where PostgreSQL has no idea. `root` is the topmost table that it is a partition of. */
export interface TableRows {
  rows: number | null
  root: string | null
}

/** As a manifest writes names: escaped where the database has no encoding. */
const safe = (name: string): Sql =>
  new Sql(
    `CASE WHEN getdatabaseencoding() = 'SQL_ASCII' THEN encode(convert_to(${name}, 'SQL_ASCII'), 'escape') ELSE ${name} END`,
  )

/** No lock is taken on any of them: pg_relation_size() would wait for whoever changes a table. The first segment of its file tells enough. */
const tables: Sql = sql`SELECT c.oid, c.reltuples, format('%I.%I', s.nspname, c.relname) AS name, (pg_stat_file(pg_relation_filepath(c.oid), true)).size
  FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = c.oid AND deptype = 'e')`

/** What a database holds now, from its catalogs alone; each is null where there is no such database. */
export function contentsFacts(database: string) {
  return {
    objects: sqlFact(
      database,
      z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).nullable(),
      // Whoever owns this database chooses how many there are: the answers of all others on this host must have room.
      sql`SELECT CASE WHEN octet_length(objects::text) > ${new Sql(String(MOST_NAMES))} THEN (left(objects::text, 0) || 'more than 32 MiB of names')::json ELSE objects END
FROM (${new Sql(templateText('scripts/objects.sql').trimEnd())}) AS every (objects)`,
    ),
    /** An empty file is an empty table. Else the larger of two estimates, each of which knows nothing at times. */
    rows: sqlFact(
      database,
      z.record(z.string(), z.object({ rows: z.number().nullable(), root: z.string().nullable() })).nullable(),
      sql`WITH RECURSIVE tree AS (
  SELECT oid, oid AS root FROM pg_class WHERE relkind = 'p' AND NOT relispartition
  UNION ALL SELECT inhrelid, root FROM pg_inherits JOIN tree ON inhparent = tree.oid
)
SELECT coalesce(json_object_agg(${safe('every.name')}, json_build_object('rows', CASE every.size WHEN 0 THEN 0
    ELSE nullif(greatest(every.reltuples::bigint, pg_stat_get_live_tuples(every.oid), 0), 0) END,
  'root', (SELECT ${safe(`format('%I.%I', s.nspname, c.relname)`)} FROM tree JOIN pg_class c ON c.oid = tree.root JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE tree.oid = every.oid LIMIT 1))), '{}') FROM (${tables}) AS every`,
    ),
    /** Also where the project has no migrations of its own: by the head it is told what a deploy has changed. */
    heads: copyFact(database, z.array(z.string()).nullable(), sql`public.alembic_version`, sql`version_num`, [
      '3F000', // no such schema
      '42P01', // no such table
      '42703', // no such column
      '42809', // a view
    ]),
  }
}

const counted = z.string().transform((text) => {
  const lines = text.matchAll(/^table\t(".*")\nCOPY (\d+)$/gm)
  return new Map([...lines].map(([, name = '""', rows]) => [JSON.parse(name) as string, Number(rows)]))
})

/**
 * The rows of the tables that can be counted in time, by COPY of one column: planning a query runs code of a table's owner, and COPY plans
 * nothing. Whoever has a table locked is not waited for.
 */
export function countedRowsFact(port: number, database: string) {
  const settings = ['default_transaction_read_only=on', 'lock_timeout=300', `statement_timeout=${COUNTING_SECONDS * 1000}`]
  const query = sql`\\set QUIET off
SELECT format('SELECT %L', E'table\\t' || to_json(${safe('every.name')})), format($$COPY %s%s TO '/dev/null'$$, name, (
    SELECT format('(%I)', attname) FROM pg_attribute WHERE attrelid = every.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY array_position('{16,18,21,23,26,20,2950,1082}'::oid[], atttypid) NULLS LAST, attnum LIMIT 1))
FROM (SELECT *, sum(size) OVER (ORDER BY size, name) AS total FROM (${tables}) AS every) AS every
WHERE total <= ${new Sql(String(COUNTED_BYTES))} ORDER BY size, name \\gexec`
  const under = sh`timeout -k 2 ${COUNTING_SECONDS} `
  // What isn't counted when it ends is estimated.
  return textFact(
    counted.nullable(),
    sh`${FIND_PSQL}
${psqlCommand(port, database, settings, under)} 2>/dev/null${hereDocument(query, sh` || :`)}`,
    { deadline: COUNTING_SECONDS + 10 },
  )
}

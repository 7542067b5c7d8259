import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { psqlApply } from '../../engine/psql.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'
import { NOT_SYSTEM, ofExtension } from '../common/acl.ts'
import type { Context } from '../common/context.ts'
import { printable, someOf } from '../common/granted.ts'
import { declaredTables } from '../migrations/tables.ts'

/** Things of one kind and one owner. Names are quoted as SQL wants them. */
const things = z.object({
  owner: z.string(),
  superuser: z.boolean(),
  /** As `ALTER … OWNER TO` writes it, in lower case. */
  kind: z.string(),
  declared: z.boolean(),
  count: z.number(),
  /** The first three. */
  names: z.array(z.string()),
})
type Things = z.infer<typeof things>

/** Named one by one; more are counted. */
const MOST = 12

/**
 * What belongs to somebody other than the project's owner: migrations fail on it, and whoever owns a thing may do anything with it. A declared
 * table that a superuser made by hand, or restored, is given to the owner. All else is for a person: another role uses what it owns, and a
 * superuser's own table, view or function may hold, or do, what isn't the application's to have. Schemas that a superuser keeps for itself
 * are left alone, and so is what extensions brought. What a read-only role owns is told with its other rights; what
 * a role of `otherRoles` owns outside of schema public is its own.
 */
export function ownershipStep({ host, project }: Context): Step {
  const { name: database, owner, readers, otherRoles } = project.database
  const declared = ['alembic_version', ...(declaredTables(project.migrations)?.names ?? [])]
  const foreign = foreignThings(
    owner,
    { reported: ['', ...readers.map(({ name }) => name)], known: ['', ...otherRoles] },
    declared,
  )
  return step({
    project: project.name,
    name: 'ownership',
    needs: ['server', 'role', 'database', 'schema'],
    facts: {
      found: sqlFact(
        database,
        z.array(things).nullable(),
        sql`SELECT json_agg(json_build_object('owner', quote_ident(owner), 'superuser', superuser, 'kind', kind, 'declared', declared,
            'count', cardinality(names), 'names', names[1:3]) ORDER BY superuser, owner, kind)
          FROM (SELECT owner, superuser, kind, declared, array_agg(name ORDER BY name) AS names FROM (${foreign}) f GROUP BY 1, 2, 3, 4) s`,
      ),
    },
    plan({ found }) {
      const all = found ?? []
      const isGiven = (one: Things) => one.superuser && one.declared
      const given = all.filter(isGiven)
      const left = all.filter((one) => !isGiven(one))
      const changes: Change[] = []
      if (given.length > 0) {
        changes.push({
          what: `owner of tables in ${database}`,
          from: given.map(shown).join('; '),
          to: owner,
          run: psqlApply(
            host.postgresql.port,
            database,
            [
              sql`SELECT format('ALTER TABLE %s OWNER TO %I', name, ${owner}::text) FROM (${foreign}) f WHERE superuser AND declared \\gexec`,
            ],
            // Each table is locked for itself only.
            { transaction: false },
          ),
        })
      }
      for (const one of left.slice(0, MOST)) {
        changes.push({
          what: `owner of ${one.count === 1 ? one.kind : `${one.kind}s`} in ${database}`,
          from: shown(one),
          to: owner,
          help: advice(one, owner, database),
        })
      }
      if (left.length > MOST) {
        changes.push({
          what: `other owners in ${database}`,
          from: `${left.slice(MOST).reduce((sum, { count }) => sum + count, 0)} more things belong to others`,
          to: owner,
          help: 'they are shown once those above belong to the owner',
        })
      }
      return changes
    },
  })
}

function shown({ owner, count, names }: Things): string {
  return `${printable(owner)} owns ${someOf(names, count)}`
}

function advice({ kind, names, count, owner: other }: Things, owner: string, database: string): string {
  const statements = names.map((name) => `ALTER ${kind.toUpperCase()} ${printable(name)} OWNER TO ${id(owner).text}`)
  const more = count > names.length ? [`and so on for ${count - names.length} more`] : []
  return `if it is the application's, as postgres in ${database}: ${[...statements, ...more].join('; ')}; if it isn't, move it out of ${database}, or drop it once nothing of ${printable(other)}'s needs it`
}

/**
 * (owner, superuser, schema, kind, name, declared): sequences of columns and the types of tables go with their tables, and what makes a range
 * with its type: those functions are the superuser's always.
 */
function foreignThings(
  owner: string,
  { reported, known }: { reported: readonly string[]; known: readonly string[] },
  declared: readonly string[],
): Sql {
  return sql`SELECT r.rolname AS owner, r.rolsuper AS superuser, t.kind, t.name,
    t.kind = 'table' AND n.nspname = 'public' AND t.plain IN (${declared}) AS declared
    FROM (
      SELECT 'schema' AS kind, NULL::name AS plain, quote_ident(nspname) AS name, nspowner AS owner, oid AS namespace FROM pg_namespace
      UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
          WHEN 'c' THEN 'type' ELSE 'table' END, c.relname, format('%s.%I', c.relnamespace::regnamespace, c.relname), c.relowner, c.relnamespace
        FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND NOT ${ofExtension('pg_class', sql`c.oid`, sql`c.relowner`)}
        AND NOT (c.relkind = 'c' AND ${ofExtension('pg_type', sql`c.reltype`, sql`c.relowner`)})
        AND NOT (c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend a WHERE a.classid = 'pg_class'::regclass AND a.objid = c.oid AND a.deptype IN ('a', 'i')))
      UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, NULL,
        format('%s.%I(%s)', p.pronamespace::regnamespace, p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner, p.pronamespace FROM pg_proc p WHERE NOT ${ofExtension('pg_proc', sql`p.oid`, sql`p.proowner`)}
        AND NOT EXISTS (SELECT FROM pg_depend a WHERE a.classid = 'pg_proc'::regclass AND a.objid = p.oid AND a.deptype = 'i')
      UNION ALL SELECT CASE y.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, NULL, format('%s.%I', y.typnamespace::regnamespace, y.typname), y.typowner, y.typnamespace
        FROM pg_type y WHERE y.typtype IN ('e', 'd', 'r') AND NOT ${ofExtension('pg_type', sql`y.oid`, sql`y.typowner`)}
    ) t JOIN pg_namespace n ON n.oid = t.namespace JOIN pg_roles r ON r.oid = t.owner JOIN pg_roles s ON s.oid = n.nspowner
    WHERE ${NOT_SYSTEM} AND r.rolname NOT IN (${[owner, ...reported]}) AND NOT (n.nspname <> 'public' AND r.rolname IN (${known})) AND NOT ${ofExtension('pg_namespace', sql`n.oid`, sql`n.nspowner`)}
    AND NOT (t.kind = 'schema' AND (r.rolsuper OR n.nspname = 'public'))
    AND NOT (n.nspname <> 'public' AND t.kind <> 'schema' AND s.rolname <> ${owner} AND (r.oid = s.oid OR r.rolsuper AND s.rolsuper))`
}

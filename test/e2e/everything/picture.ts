import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mustExecIn } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

/** All that can be asked of a database from outside: as text, so that two can be compared. */
export interface Picture {
  /** What pg_dump writes: schema and data. */
  dump: string
  /** What the catalogs say, a line a thing: also what no dump shows. */
  catalogs: string
  /** What belongs to the cluster: the database's own row, and the roles whose names match. */
  globals: string
}

// Numbers of this cluster stand in the names of toast tables and internal triggers; a session that made a temporary table leaves its schema.
const CATALOGS = `
SET search_path = pg_catalog;
SET quote_all_identifiers = off;
SELECT format($$SELECT %L, count(*) FROM %s WHERE oid >= 16384$$ || CASE relname WHEN 'pg_namespace' THEN $$ AND nspname !~ '^pg_(toast_)?temp_'$$ ELSE '' END,
  'count ' || c.oid::regclass, c.oid::regclass) FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attname = 'oid'
WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace AND NOT relisshared AND relname <> 'pg_largeobject_metadata' ORDER BY 1 \\gexec
SELECT 'object', regexp_replace(pg_describe_object(classid, objid, objsubid), '[0-9]{5,}', 'N', 'g'), deptype, regexp_replace(pg_describe_object(refclassid, refobjid, refobjsubid), '[0-9]{5,}', 'N', 'g')
FROM pg_depend WHERE objid >= 16384 ORDER BY 2, 3, 4;
SELECT 'shared', pg_describe_object(classid, objid, objsubid), deptype, pg_describe_object(refclassid, refobjid, 0) FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 2, 3, 4;
SELECT 'comment', pg_describe_object(classoid, objoid, objsubid), description FROM pg_description WHERE objoid >= 16384 OR objoid = 2200 ORDER BY 2;
SELECT 'initially', pg_describe_object(classoid, objoid, objsubid), privtype, initprivs FROM pg_init_privs WHERE objoid >= 16384 ORDER BY 2;
SELECT 'rights', c.oid::regclass, relpersistence, relkind, reloptions, relreplident, relrowsecurity, relforcerowsecurity, relispopulated,
  (SELECT amname FROM pg_am WHERE oid = relam), ARRAY(SELECT a::text FROM unnest(relacl) a ORDER BY 1) FROM pg_class c WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace ORDER BY 2;
SELECT 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod), to_json(a) ->> 'attstattarget', attstorage, to_json(a) ->> 'attcompression', ARRAY(SELECT o FROM unnest(attoptions) o WHERE o !~ '^pg_attver=' ORDER BY 1), attfdwoptions, attislocal, attinhcount, attnotnull, attidentity, attgenerated, attcollation::regcollation
FROM pg_attribute a WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped AND attrelid NOT IN (SELECT oid FROM pg_class WHERE relkind = 't' OR relnamespace = 'pg_toast'::regnamespace) ORDER BY 2, 3;
SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, contype = 'c' AND connoinherit, condeferrable, condeferred, conislocal FROM pg_constraint WHERE oid >= 16384 ORDER BY 2, 3, 4;
SELECT 'trigger', tgrelid::regclass, regexp_replace(pg_get_triggerdef(oid), '[0-9]{5,}', 'N', 'g'), tgenabled FROM pg_trigger ORDER BY 2, 3;
SELECT 'index', indexrelid::regclass, indisvalid, indisclustered, indisreplident, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text !~ '^pg_toast' ORDER BY 2;
SELECT 'publication', pubname, to_json(p)::jsonb - 'oid' - 'pubowner', ARRAY(SELECT concat_ws('.', schemaname, tablename, to_jsonb(t) ->> 'rowfilter', (SELECT jsonb_agg(a ORDER BY a) FROM jsonb_array_elements(nullif(to_jsonb(t) -> 'attnames', 'null')) a)) FROM pg_publication_tables t WHERE t.pubname = p.pubname ORDER BY 1) FROM pg_publication p ORDER BY 2;
SELECT 'subscription', to_json(s)::jsonb - 'oid' - 'subdbid' - 'subowner' FROM pg_subscription s WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY subname;
SELECT 'default right', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, ARRAY(SELECT a::text FROM unnest(defaclacl) a ORDER BY 1) FROM pg_default_acl ORDER BY 2, 3, 4;
SELECT 'mapping', srvname, usename, ARRAY(SELECT unnest(umoptions) ORDER BY 1) FROM pg_user_mappings ORDER BY 2, 3;
SELECT 'extension', extname, extversion, extnamespace::regnamespace, extowner::regrole FROM pg_extension ORDER BY 2;
SELECT 'right on a member', pg_describe_object(1255, p.oid, 0), ARRAY(SELECT a::text FROM unnest(proacl) a ORDER BY 1) FROM pg_proc p WHERE proacl IS NOT NULL ORDER BY 2;
SELECT 'right on a type', oid::regtype, typowner::regrole, ARRAY(SELECT a::text FROM unnest(typacl) a ORDER BY 1) FROM pg_type WHERE oid >= 16384 AND typelem = 0 AND typrelid = 0 ORDER BY 2;
SELECT 'right on own', c.oid::regclass, attname, coalesce(attacl, relacl) FROM pg_class c JOIN pg_attribute ON attrelid = c.oid WHERE c.oid < 16384 AND (attacl IS NOT NULL OR attnum = 1 AND relacl IS NOT NULL) ORDER BY 2, 3;
SELECT 'large object', oid, lomowner::regrole, ARRAY(SELECT a::text FROM unnest(lomacl) a ORDER BY 1), md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 2;
SELECT 'sequence', schemaname, sequencename, to_json(s) FROM pg_sequences s ORDER BY 2, 3;
`

const globals = (database: string) => `
SELECT to_json(d)::jsonb - 'oid' - 'datdba' - 'dattablespace' - 'datname' - 'datfrozenxid' - 'datminmxid' - 'datlastsysoid' - 'datacl' - 'datcollversion', datdba::regrole, ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1),
  (SELECT spcname FROM pg_tablespace s WHERE s.oid = dattablespace), shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE datname = '${database}';
SELECT setrole::regrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${database}' ORDER BY 1, 2;
`

/** Reads it as a superuser on the host. `roles` is for the lines of pg_dumpall that concern it. */
export async function picture(lab: Lab, host: string, database: string, roles: RegExp): Promise<Picture> {
  const as = (command: string, stdin = '') => mustExecIn(lab, host, `cd /; su postgres -s /bin/bash -c '${command}'`, { stdin })
  const dump = await as(`pg_dump --dbname=${database}`)
  const catalogs = await as(`psql -qAtX -v ON_ERROR_STOP=1 ${database}`, CATALOGS)
  const row = await as('psql -qAtX -v ON_ERROR_STOP=1', globals(database))
  const all = (await as('pg_dumpall --globals-only')).split('\n').filter((line) => roles.test(line))
  return {
    dump: normalized(dump),
    catalogs: normalized(catalogs.split('\n').toSorted().join('\n')),
    globals: [...row.split('\n'), ...all].toSorted().join('\n'),
  }
}

/**
 * Takes away what differs between two dumps of one database by itself: psql's restriction, the order of a policy's roles, and the form of
 * lists of `varchar` that one reload changes.
 */
function normalized(text: string): string {
  return text
    .replace(/^\\(?:un)?restrict .*\n/gm, '')
    .replace(/(?<=^CREATE POLICY .* TO )[^ ,]+(?:, [^ ,]+)+(?= (?:USING|WITH) )/gm, (roles) =>
      roles.split(', ').toSorted().join(', '),
    )
    .replace(/= ANY \(.*/g, (list) => list.replace(/::(?:text|character varying)(?:\[\])?|[()]/g, ''))
}

/** Each line by which two texts differ, as `diff` writes them; nothing where they are equal. */
export async function differences(one: string, other: string): Promise<string[]> {
  if (one === other) return []
  const folder = await mkdtemp(path.join(tmpdir(), 'everything-'))
  try {
    await writeFile(path.join(folder, 'before'), one)
    await writeFile(path.join(folder, 'after'), other)
    const text = await new Promise<string>((resolve, reject) => {
      execFile('diff', ['-a', 'before', 'after'], { cwd: folder, maxBuffer: 1 << 28 }, (error, stdout) => {
        if (error !== null && error.code !== 1) reject(error)
        else resolve(stdout)
      })
    })
    return text.split('\n').filter((line) => /^[<>]/.test(line))
  } finally {
    await rm(folder, { recursive: true })
  }
}

import type { Fault } from '../fault.ts'
import { release, session, sql, until } from '../shell.ts'
import type { Place } from '../place.ts'

const GOOD = { exit: 0, stage: 'done', host: 'pruned', box: 'pruned', next: 'good' } as const
const away = (place: Place) => `ALTER DATABASE ${place.database} RENAME TO ${place.name}_away`
const back = (place: Place) =>
  sql(
    place,
    `DROP DATABASE IF EXISTS ${place.database};\nALTER DATABASE ${place.name}_away RENAME TO ${place.database}`,
    'postgres',
  )
/** A backup, and then a drill of it: what is unusual must come back. */
const proven = ({ script, restore }: Place) => `${script} && ${restore}`
const as = ({ owner }: Place, text: string) => `SET client_min_messages = warning;\nSET ROLE ${owner};\n${text}`

export const DATABASES: readonly Fault[] = [
  {
    id: 'database-dropped',
    step: 4,
    fault: 'the database dropped',
    exit: 1,
    stage: 'preflight',
    says: 'does not exist',
    host: 'same',
    box: 'same',
    next: 'mended',
    cause: (place) => ({ prepare: sql(place, away(place), 'postgres'), after: back(place), lasts: true }),
  },
  {
    id: 'database-empty',
    step: 7,
    fault: 'the database empty',
    exit: 1,
    stage: 'inspect',
    says: 'it has 0 tables, expected at least 3',
    host: 'aside',
    box: 'same',
    next: 'mended',
    cause: (place) => ({
      prepare: sql(place, `${away(place)};\nCREATE DATABASE ${place.database} OWNER ${place.owner}`, 'postgres'),
      after: back(place),
      lasts: true,
    }),
  },
  {
    id: 'tables-many',
    step: 6,
    fault: '2,000 tables',
    ...GOOD,
    says: 'equal: 2003 tables, 22005 rows',
    cause: (place) => ({
      prepare: sql(
        place,
        `CREATE SCHEMA many AUTHORIZATION ${place.owner};\n${as(place, `DO $$ BEGIN FOR n IN 1..2000 LOOP EXECUTE format('CREATE TABLE many.t%s AS SELECT %s AS id', n, n); END LOOP; END $$`)}`,
      ),
      command: proven(place),
      after: sql(place, as(place, 'DROP SCHEMA many CASCADE')),
    }),
  },
  {
    id: 'names-quoted',
    step: 6,
    fault: 'names of tables, schemas and columns that need quoting',
    ...GOOD,
    says: 'equal: 4 tables, 20012 rows',
    cause: (place) => ({
      prepare: sql(
        place,
        `CREATE SCHEMA "Odd ""schema""" AUTHORIZATION ${place.owner};\n${as(
          place,
          `CREATE TABLE "Odd ""schema"""."a table, with: 'marks'" (id serial PRIMARY KEY, "select" text);
INSERT INTO "Odd ""schema"""."a table, with: 'marks'" ("select") SELECT g FROM generate_series(1, 7) g`,
        )}`,
      ),
      command: proven(place),
      after: sql(place, as(place, 'DROP SCHEMA "Odd ""schema""" CASCADE')),
    }),
  },
  {
    id: 'database-quoted',
    step: 6,
    fault: 'a database whose name needs quoting',
    ...GOOD,
    // The backups of another database are not its own: none are pruned.
    host: 'backup',
    box: 'backup',
    says: 'equal: 1 tables, 9 rows',
    cause: (place) => {
      const quoted = `${place.name}-q.v2`
      return {
        settings: { DB_NAME: quoted, EXPECTED_TABLES: '1' },
        prepare: `${sql(place, `CREATE DATABASE "${quoted}" OWNER ${place.owner}`, 'postgres')}; ${sql(place, as(place, `CREATE TABLE "of ""it""" AS SELECT g FROM generate_series(1, 9) g`), quoted)}`,
        command: proven(place),
        after: sql(place, `DROP DATABASE "${quoted}"`, 'postgres'),
      }
    },
  },
  {
    id: 'large-objects',
    step: 6,
    fault: 'large objects',
    ...GOOD,
    says: 'restored into …, equal to its manifest',
    cause: (place) => {
      const copy = `${place.name}_away`
      const equal = `SELECT 1 / (lo_get(4711) = convert_to(repeat('x', 5000), 'UTF8'))::int`
      return {
        prepare: sql(place, as(place, `SELECT lo_from_bytea(4711, convert_to(repeat('x', 5000), 'UTF8'))`)),
        command: `${place.script} && ${place.restore} --into ${copy} && ${sql(place, equal, copy)} >/dev/null`,
        after: `${sql(place, as(place, 'SELECT lo_unlink(4711)'))}; ${sql(place, `DROP DATABASE ${copy}`, 'postgres')}`,
      }
    },
  },
  {
    id: 'table-unreadable',
    step: 6,
    fault: "a table that the project's role can't read",
    ...GOOD,
    says: 'equal on the box',
    cause: (place) => ({
      prepare: sql(place, `REVOKE SELECT ON notes FROM ${place.owner}`),
      after: sql(place, `GRANT SELECT ON notes TO ${place.owner}`),
    }),
  },
  {
    id: 'table-policies',
    step: 6,
    fault: 'a table of which the role may only see some rows',
    ...GOOD,
    says: 'equal: 3 tables, 20005 rows',
    cause: (place) => ({
      prepare: sql(place, 'ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'),
      command: proven(place),
      after: sql(place, 'ALTER TABLE notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY'),
    }),
  },
  {
    id: 'table-written',
    step: 6,
    fault: 'somebody writes throughout the dump',
    ...GOOD,
    says: 'equal: 5 tables',
    // A row in each table by each transaction; a dump and a count of different moments would differ.
    cause: (place) => ({
      prepare: `${sql(
        place,
        as(
          place,
          `CREATE TABLE first (id serial PRIMARY KEY); CREATE TABLE last (id serial PRIMARY KEY);
CREATE PROCEDURE writing() LANGUAGE plpgsql AS $$ BEGIN
  FOR n IN 1..1000000 LOOP INSERT INTO first DEFAULT VALUES; INSERT INTO last DEFAULT VALUES; COMMIT; END LOOP; END $$;`,
        ),
      )}; ${session(place, 'CALL writing()')}; ${until(`[ "$(${sql(place, 'SELECT count(*) FROM first')})" -gt 100 ]`)}`,
      command: proven(place),
      after: `${release(place)}; ${sql(place, as(place, 'DROP PROCEDURE writing; DROP TABLE first, last'))}`,
    }),
  },
  {
    id: 'table-emptied',
    step: 8,
    fault: 'a table emptied, of a size that nobody would notice',
    exit: 0,
    stage: 'done',
    says: 'fewer rows than in the last backup: 1 of 3 tables: public.alembic_version is empty, it had 1 rows',
    host: 'pruned',
    box: 'backup',
    next: 'acknowledged',
    cause: (place) => ({
      prepare: sql(place, 'DELETE FROM alembic_version'),
      after: sql(place, "INSERT INTO alembic_version VALUES ('022')"),
    }),
  },
  {
    id: 'database-smaller',
    step: 8,
    fault: 'a database ten times smaller than yesterday',
    exit: 0,
    stage: 'done',
    says: 'the size is unusual: … check whether that is right',
    host: 'pruned',
    box: 'backup',
    next: 'acknowledged',
    cause: (place) => ({
      prepare: sql(place, 'DELETE FROM notes WHERE ctid > (SELECT ctid FROM notes ORDER BY ctid OFFSET 2000 LIMIT 1)'),
    }),
  },
]

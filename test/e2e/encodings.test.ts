import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

const OWNER = 'bs_enc_user'
let project: Project
const sql = (text: string, database?: string) => project.sql(text, database)

beforeAll(async () => {
  project = await makeProject('bs_enc')
})
afterAll(async () => {
  await sql(`DROP DATABASE IF EXISTS bs_enc_other; DROP DATABASE IF EXISTS bs_enc_back; DROP ROLE IF EXISTS "bs_enc_ñ"`)
  await project?.remove()
})

/** All bytes of a text, whatever they mean, and the names of tables and columns. */
const BYTES = `SELECT encode(convert_to(body, getdatabaseencoding()), 'hex') FROM every ORDER BY id;
SELECT encode(convert_to(relname || ' ' || attname, getdatabaseencoding()), 'hex') FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind IN ('r', 'S', 'm') AND attnum > 0 AND relnamespace = 'public'::regnamespace ORDER BY relname COLLATE "C", attnum`

const C = `LC_COLLATE 'C' LC_CTYPE 'C'`
/** A text and a name in hex, and the name as the manifest has it. Most texts have bytes that UTF-8 has no letter for. */
const ENCODINGS: [what: string, how: string, text: string, name: string, shown: string][] = [
  ['LATIN1', `LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'`, '61e4f6fc20ff80', 'c4e95c', 'Äé\\'],
  ['LATIN9', C, 'a4bd', 'a4e9', '€é'],
  ['WIN1251', C, 'c0c198', 'c6', 'Ж'],
  ['WIN1252', C, '80e481', 'c48f', '\\304\\217'],
  ['KOI8R', C, 'c1c2', 'c1', 'а'],
  ['EUC_JP', C, 'c6fccbdcb8ecf5a1', 'c6fccbdc', '日本'],
  ['EUC_TW', C, 'c4e38ea6a1a1', 'c4e3', '中'],
  ['MULE_INTERNAL', C, '81e492c6fc', '92c6fc', '\\222\\306\\374'],
  ['SQL_ASCII', C, 'ff80e4', '61ff5c62', 'a\\377\\\\b'],
  ['UTF8', `LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'`, 'c3a4f09fa6a4', 'c384', 'Ä'],
]
/** One whose names can be had as UTF-8, one with a name that can't, and one of which nothing can. */
const some = ENCODINGS.filter(([what]) => isFull || /LATIN1|WIN1252|MULE/.test(what))

test.each(some)('%s comes back byte for byte', async (encoding, how, text, name, shown) => {
  await sql(`DROP DATABASE IF EXISTS bs_enc_back; DROP DATABASE IF EXISTS bs_enc_other;`)
  // All databases share a server's roles; each reads the bytes of their names in its own encoding.
  await sql(
    `DROP ROLE IF EXISTS "bs_enc_ñ"; CREATE ROLE "bs_enc_ñ" CONNECTION LIMIT 7; COMMENT ON ROLE "bs_enc_ñ" IS 'a role'; GRANT "bs_enc_ñ" TO ${OWNER}`,
  )
  await sql(`CREATE DATABASE bs_enc_other OWNER ${OWNER} TEMPLATE template0 ENCODING '${encoding}' ${how}`)
  await sql(
    `SET client_encoding = '${encoding}'; SET ROLE ${OWNER};
CREATE TABLE every (id serial, body text); INSERT INTO every (body) VALUES (convert_from('\\x${text}', '${encoding}'));
SELECT format('CREATE TABLE %1$I (id serial, %1$I text DEFAULT %1$L); INSERT INTO %1$I SELECT FROM generate_series(1, 3);
CREATE MATERIALIZED VIEW %2$I AS SELECT * FROM %1$I; CREATE TABLE part (LIKE %1$I) PARTITION BY LIST (id); CREATE TABLE %3$I PARTITION OF part DEFAULT;
INSERT INTO part VALUES (1, %1$L)', name, name || ' seen', name || ' 1')
FROM convert_from('\\x${name}', '${encoding}') AS name \\gexec
RESET ROLE; CREATE TABLE theirs ();
DO $$ DECLARE one name; BEGIN SELECT rolname INTO one FROM pg_roles WHERE rolname LIKE 'bs\\_enc\\_%' AND rolname <> '${OWNER}';
EXECUTE format('ALTER TABLE theirs OWNER TO %I; GRANT SELECT ON every TO %1$I; GRANT CREATE ON DATABASE bs_enc_other TO %1$I', one); END $$;`,
    'bs_enc_other',
  )
  const before = await sql(BYTES, 'bs_enc_other')
  const format = /WIN1252|LATIN9/.test(encoding) ? { COMPRESSION: 'directory' } : {}
  const { code, stdout, stderr, status } = await project.attempt({ DB_NAME: 'bs_enc_other', EXPECTED_TABLES: '1', ...format })
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const manifest = must(await project.host(`cat ${project.backups}/${status?.newest?.name}.manifest.json`)).stdout
  const { tables, partitions, sequences, objects } = JSON.parse(manifest) as Record<string, Record<string, unknown>>
  const quoted = (more = '') => `public."${shown}${more}"`
  expect(tables).toMatchObject({ [quoted()]: '3', [quoted(' 1')]: '1' })
  expect(partitions).toEqual({ [quoted(' 1')]: 'public.part' })
  expect(sequences).toMatchObject({ [quoted('_id_seq')]: ['3', true] })
  expect(objects?.['materializedViews']).toEqual({ [quoted(' seen')]: OWNER })
  const drill = await project.restore()
  expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
  await sql('DROP DATABASE bs_enc_other')
  await sql(`DROP ROLE "bs_enc_ñ"`)
  const restored = await project.restore('--into bs_enc_back')
  expect({ code: restored.code, stderr: restored.stderr }, restored.stdout).toEqual({ code: 0, stderr: '' })
  expect(restored.stdout).toContain('[compare] equal: 5 tables, 5 rows, and each statement and value')
  expect(await sql(BYTES, 'bs_enc_back')).toBe(before)
  expect(await sql(`SELECT pg_encoding_to_char(encoding)::text || datlocprovider::text || coalesce(daticulocale, '') FROM pg_database WHERE datname IN ('bs_enc_other', 'bs_enc_back') GROUP BY 1`)).not.toContain('\n') // prettier-ignore
  expect(
    await sql(
      `SELECT rolconnlimit, shobj_description(oid, 'pg_authid'), pg_has_role('${OWNER}', oid, 'MEMBER'), has_database_privilege(oid, 'bs_enc_back', 'CREATE') FROM pg_roles WHERE rolname = 'bs_enc_ñ'`,
    ),
  ).toBe('7|a role|t|t')
  expect(await sql(`SELECT encode(textsend(pg_get_userbyid(relowner)::text), 'hex') FROM pg_class WHERE oid = 'theirs'::regclass`, 'bs_enc_back')).toContain('c3b1') // prettier-ignore
})

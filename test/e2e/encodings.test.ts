import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

const [DB, OWNER] = ['bs_enc_db', 'bs_enc_user']
let project: Project
const sql = async (text: string, database = 'postgres') =>
  must(await project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${database}'`, text)).stdout.trimEnd()

beforeAll(async () => {
  project = await makeProject('bs_enc')
})
afterAll(async () => {
  await sql(`DROP DATABASE IF EXISTS bs_enc_other; DROP DATABASE IF EXISTS bs_enc_back; DROP ROLE IF EXISTS "bs_enc_ñ"`)
  await project?.remove()
})

/** All bytes of a text, whatever they mean, and the names of tables. */
const BYTES = `SELECT encode(convert_to(body, getdatabaseencoding()), 'hex') FROM every ORDER BY id;
SELECT encode(convert_to(relname, getdatabaseencoding()), 'hex') FROM pg_class WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace ORDER BY relname COLLATE "C"`

const ENCODINGS: [what: string, how: string, text: string, name: string][] = [
  ['LATIN1', `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`, '61e4f6fc20ff80', 'c4e9'],
  ['WIN1252', `ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C'`, '80e4', 'c480'],
  ['EUC_JP', `ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'`, 'c6fccbdcb8ec', 'c6fccbdc'],
  ['SQL_ASCII', `ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`, 'ff80e4', 'fffe'],
  ['ICU', `LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'`, 'c3a4f09fa6a4', 'c384'],
]
/** One of letters, one of bytes and one of another provider stand for all. */
const some = ENCODINGS.filter(([what]) => isFull || /LATIN1|SQL_ASCII|ICU/.test(what))

test.each(some)('%s comes back byte for byte', async (_, how, text, name) => {
  await sql(`DROP DATABASE IF EXISTS bs_enc_back; DROP DATABASE IF EXISTS bs_enc_other; DROP ROLE IF EXISTS "bs_enc_ñ"`)
  // All databases share a server's roles; each reads the bytes of their names in its own encoding.
  await sql(`CREATE ROLE "bs_enc_ñ" CONNECTION LIMIT 7; COMMENT ON ROLE "bs_enc_ñ" IS 'a role'; GRANT "bs_enc_ñ" TO ${OWNER}`)
  await sql(`CREATE DATABASE bs_enc_other OWNER ${OWNER} TEMPLATE template0 ${how}`)
  await sql(
    `SELECT getdatabaseencoding() AS e \\gset
SET client_encoding = :'e'; SET ROLE ${OWNER};
CREATE TABLE every (id serial, body text); INSERT INTO every (body) VALUES (convert_from('\\x${text}', :'e'));
SELECT format('CREATE TABLE %1$I (id serial, body text DEFAULT %1$L); INSERT INTO %1$I SELECT FROM generate_series(1, 3)', convert_from('\\x${name}', :'e')) \\gexec
RESET ROLE; CREATE TABLE theirs (); SELECT format('ALTER TABLE theirs OWNER TO %I; GRANT SELECT ON every TO %1$I; GRANT CREATE ON DATABASE bs_enc_other TO %1$I', rolname) FROM pg_roles WHERE rolname ~ '^bs_enc_[^u]' \\gexec`,
    'bs_enc_other',
  )
  const before = await sql(BYTES, 'bs_enc_other')
  const { code, stdout, stderr } = await project.attempt({ DB_NAME: 'bs_enc_other', EXPECTED_TABLES: '1' })
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const drill = await project.restore()
  expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
  await sql('DROP DATABASE bs_enc_other')
  await sql(`DROP ROLE "bs_enc_ñ"`)
  const restored = await project.restore('--into bs_enc_back')
  expect({ code: restored.code, stderr: restored.stderr }, restored.stdout).toEqual({ code: 0, stderr: '' })
  expect(await sql(BYTES, 'bs_enc_back')).toBe(before)
  expect(
    await sql(
      `SELECT rolconnlimit, shobj_description(oid, 'pg_authid'), pg_has_role('${OWNER}', oid, 'MEMBER'), has_database_privilege(oid, 'bs_enc_back', 'CREATE') FROM pg_roles WHERE rolname = 'bs_enc_ñ'`,
    ),
  ).toBe('7|a role|t|t')
  expect(await sql(`SELECT encode(textsend(pg_get_userbyid(relowner)::text), 'hex') FROM pg_class WHERE oid = 'theirs'::regclass`, 'bs_enc_back')).toContain('c3b1') // prettier-ignore
  expect(await sql(`SELECT pg_encoding_to_char(encoding)::text || datlocprovider::text || coalesce(daticulocale, '') FROM pg_database WHERE datname LIKE 'bs_enc_%' AND datname <> '${DB}' GROUP BY 1`)).not.toContain('\n') // prettier-ignore
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'
import { ODD, PLACES } from './backup-script/settings.ts'
import { isFull } from './support/full.ts'

const [DB, OWNER, OTHER, SPACE] = ['bs_set_db', 'bs_set_user', 'bs_set_other', 'bs_set_space']
let project: Project

// Whatever is set on the role postgres or on the server must not reach the test's own session.
const OPTIONS =
  '-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 -c default_transaction_read_only=off -c search_path=public -c role=none -c temp_file_limit=-1 -c standard_conforming_strings=on -c client_min_messages=warning -c exit_on_error=off -c default_tablespace= -c session_replication_role=origin -c log_statement=none'
const sql = async (text: string, database = DB) =>
  must(
    await project.host(
      `cd /; su postgres -c 'PGCLIENTENCODING=UTF8 PGOPTIONS="${OPTIONS}" psql -qAtX -v ON_ERROR_STOP=1 ${database}'`,
      text,
    ),
  ).stdout.trim()
const asOwner = (text: string) => `SET ROLE ${OWNER};\n${text}`

beforeAll(async () => {
  project = await makeProject('bs_set')
  must(await project.host(`mkdir -p /var/lib/postgresql/${SPACE}; chown postgres: /var/lib/postgresql/${SPACE}`))
  await sql(
    `DROP ROLE IF EXISTS ${OTHER}; CREATE ROLE ${OTHER}; GRANT ${OTHER} TO ${OWNER}; CREATE TABLESPACE ${SPACE} LOCATION '/var/lib/postgresql/${SPACE}'`,
    'postgres',
  )
  await sql(
    asOwner(`CREATE TABLE numbered (id serial PRIMARY KEY, body text);
INSERT INTO numbered (body) SELECT repeat(md5(g::text), 10) FROM generate_series(1, 3000) g;
${ODD}
CREATE SCHEMA restored_20260102_030405; COMMENT ON SCHEMA restored_20260102_030405 IS 'bitacora: a table restored beside the live ones';
CREATE TABLE restored_20260102_030405.notes (id int); CREATE SCHEMA restored_20260102_030406; CREATE TABLE restored_20260102_030406.kept (id int);
GRANT SELECT ON notes TO ${OTHER}`),
  )
})
afterAll(async () => {
  await project?.remove()
  await sql(`DROP TABLESPACE IF EXISTS ${SPACE}; DROP ROLE IF EXISTS ${OTHER}`, 'postgres')
  must(await project.host(`rm -rf /var/lib/postgresql/${SPACE}`))
})

/** A backup must be good, of the files that it leaves, and the drill of it equal. */
async function backsUp({ changes = {}, drill = true }: { changes?: Settings; drill?: boolean } = {}): Promise<string> {
  const { code, stdout, stderr, status } = await project.attempt(changes)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(status).toMatchObject({ ok: true, newest: { grade: 'hashed on the box' } })
  if (!drill) return stdout
  const restored = await project.restore()
  expect({ code: restored.code, stderr: restored.stderr }, restored.stdout).toEqual({ code: 0, stderr: '' })
  expect(restored.stdout).toMatch(/\[compare\] equal: [1-9]/)
  return stdout
}

const manifest = async () => {
  const { newest } = await project.status()
  return JSON.parse(must(await project.host(`cat ${project.backups}/${newest?.name}.manifest.json`)).stdout) as {
    tables: Record<string, string>
    counts: Record<string, number>
  }
}

describe('what people set', () => {
  // Everywhere at once; or each by itself, where one could hide behind another.
  const places: [string, typeof PLACES][] = isFull ? PLACES.map((place) => [place[0], [place]]) : [['everywhere', PLACES]]
  test.each(places)('on %s changes neither a backup nor a drill', async (_, some) => {
    try {
      await sql(some.map(([, set]) => set).join('\n'), 'postgres')
      if (some.some(([where]) => where.includes('application'))) await sql(`ALTER ROLE ${OWNER} SET role TO ${OTHER}`, 'postgres')
      expect(await backsUp()).not.toContain('warning')
    } finally {
      await sql(some.map(([, , reset]) => reset).join('\n'), 'postgres')
    }
  })

  // Of an empty server's tables and without the application's rights: all that stops the owner, in one backup.
  test('no right, policy, connection limit, password or GLOBALS=no of the application stops the superuser', async () => {
    await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT 0; ALTER DATABASE ${DB} CONNECTION LIMIT 0`, 'postgres')
    await sql(`REVOKE SELECT ON notes FROM ${OWNER};
ALTER TABLE numbered ENABLE ROW LEVEL SECURITY; ALTER TABLE numbered FORCE ROW LEVEL SECURITY`)
    try {
      const said = await backsUp({ changes: { DB_PASSWORD: 'another', GLOBALS: 'no' }, drill: false })
      expect(said).toContain('left out, as the config says')
      // A schema that restore --table made stays out, one that only has such a name does not.
      expect(said).toContain('[dump] left out, since restore --table made them: restored_20260102_030405')
      const { tables, counts } = await manifest()
      expect(tables).toMatchObject({ 'public.numbered': '3000', 'public.notes': '20006', 'restored_20260102_030406.kept': '0' })
      expect(Object.keys(tables)).not.toContain('restored_20260102_030405.notes')
      expect(counts).toMatchObject({ tables: Object.keys(tables).length })
    } finally {
      await sql(`ALTER ROLE ${OWNER} CONNECTION LIMIT -1; ALTER DATABASE ${DB} CONNECTION LIMIT -1`, 'postgres')
      await sql(`GRANT SELECT ON notes TO ${OWNER};
ALTER TABLE numbered DISABLE ROW LEVEL SECURITY; ALTER TABLE numbered NO FORCE ROW LEVEL SECURITY`)
    }
  })
})

test('where no superuser can log in, the owner dumps, and it says so; with GLOBALS=yes it fails', async () => {
  const hba = '/etc/postgresql/15/main/pg_hba.conf'
  const reload = `(cd /; su postgres -c "psql -qAtc 'SELECT pg_reload_conf()'")`
  must(await project.host(`cp -p ${hba} /root/bs_set.hba; sed -i '1i local ${DB} postgres reject' ${hba}; ${reload}`))
  try {
    const { code, stdout, stderr, status } = await project.attempt({ GLOBALS: 'no' })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(status?.warnings).toEqual([
      expect.stringMatching(new RegExp(`^dumped as ${OWNER}, since no superuser can log in here`)) as string,
    ])
    const refused = await project.attempt()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/\[failed\] globals: cannot read the roles: .*GLOBALS='no' in the config goes without them/)
  } finally {
    must(await project.host(`cp -p /root/bs_set.hba ${hba}; rm /root/bs_set.hba; ${reload}`))
  }
})

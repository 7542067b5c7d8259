import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { must } from '../backup-script/project.ts'
import { makeBench } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 200_000 })

let bench: Bench
const NAME = 'bs_fdata'
const [DB, OWNER, QUOTED] = [`${NAME}_db`, `${NAME}_user`, `${NAME}-q.v2`]
/** SQL for a shell, as the superuser. */
const psql = (sql: string, database = DB) =>
  `(cd /; printf %s ${Buffer.from(sql).toString('base64')} | base64 -d | su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${database}')`
const sql = async (text: string, database = DB) => must(await bench.project.host(psql(text, database))).stdout
const drill = async () => {
  const { code, stdout, stderr } = await bench.project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  return stdout
}

beforeAll(async () => {
  bench = await makeBench(NAME)
})
afterAll(async () => {
  await bench?.project.host(psql(`DROP DATABASE IF EXISTS ${NAME}_away WITH (FORCE)`, 'postgres'))
  await bench?.project.host(psql(`DROP DATABASE IF EXISTS "${QUOTED}" WITH (FORCE)`, 'postgres'))
  await bench?.remove()
})

describe('the database', () => {
  const away = `ALTER DATABASE ${DB} RENAME TO ${NAME}_away;`
  const back = `DROP DATABASE IF EXISTS ${DB}; ALTER DATABASE ${NAME}_away RENAME TO ${DB};`

  test.each([
    ['database-dropped', away],
    ['database-empty', `${away} CREATE DATABASE ${DB} OWNER ${OWNER};`],
  ])('%s', async (id, change) => {
    await bench.meets(id, {
      prepare: psql(change.replaceAll('; ', ';\n'), 'postgres'),
      after: psql(back.replaceAll('; ', ';\n'), 'postgres'),
    })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood()
  })
})

describe('a table', () => {
  test.each([
    ['table-unreadable', `REVOKE SELECT ON notes FROM ${OWNER}`, `GRANT SELECT ON notes TO ${OWNER}`],
    [
      'table-policies',
      'ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
      'ALTER TABLE notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY',
    ],
  ])('%s', async (id, change, back) => {
    await bench.meets(id, { prepare: psql(change), after: psql(back) })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood()
  })
})

describe('what must come back though it is unusual', () => {
  test('tables-many', async () => {
    await sql(
      `CREATE SCHEMA many AUTHORIZATION ${OWNER}; SET ROLE ${OWNER};\nDO $$ BEGIN FOR n IN 1..2000 LOOP EXECUTE format('CREATE TABLE many.t%s AS SELECT %s AS id', n, n); END LOOP; END $$`,
    )
    const { status } = await bench.meets('tables-many')
    expect(status?.newest).toMatchObject({ tables: 2003 })
    expect(await drill()).toMatch(/\[compare\] equal: 2003 tables, 22005 rows/)
    await sql('SET client_min_messages = warning;\nDROP SCHEMA many CASCADE')
  })

  test('large-objects', async () => {
    const body = 'x'.repeat(5000)
    await sql(`SET ROLE ${OWNER};\nSELECT lo_from_bytea(4711, '${body}')`)
    await bench.meets('large-objects')
    const { code, stdout } = await bench.project.restore(`--into ${NAME}_away`)
    expect(code, stdout).toBe(0)
    expect(await sql(`SELECT encode(lo_get(4711), 'escape')`, `${NAME}_away`)).toBe(`${body}\n`)
    await sql(`DROP DATABASE ${NAME}_away`, 'postgres')
  })

  test('database-quoted', async () => {
    await sql(`CREATE DATABASE "${QUOTED}" OWNER ${OWNER}`, 'postgres')
    await sql(`SET ROLE ${OWNER};\nCREATE TABLE "of ""it""" AS SELECT g FROM generate_series(1, 9) g`, QUOTED)
    const { status } = await bench.meets('database-quoted', { changes: { DB_NAME: QUOTED, EXPECTED_TABLES: '1' } })
    expect(status?.newest?.name).toMatch(/^backup_bs_fdata-q\.v2_\d{8}_/)
    expect(await drill()).toMatch(/\[compare\] equal: 1 tables, 9 rows/)
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood()
  })
})

test('database-smaller', async () => {
  await sql('DELETE FROM notes WHERE ctid > (SELECT ctid FROM notes ORDER BY ctid OFFSET 2000 LIMIT 1)')
  const { project, old } = bench
  const { status, is } = await bench.meets('database-smaller')
  expect(status).toMatchObject({
    held: expect.stringMatching(/has \d+ bytes, the median of the \d before it is \d{6}/) as string,
  })
  for (const files of [is.host, is.box])
    expect(old.filter((file) => files.some((line) => line.startsWith(`${file} `)))).toEqual(old)
  // It is held until a person says that it is right.
  const held = await project.attempt()
  expect(held.code, held.stderr).toBe(0)
  expect(held.stdout).toMatch(/\[compare\] equal[^]*warning: nothing is pruned: /)
  expect(held.files).toEqual(expect.arrayContaining(old))
  expect(must(await project.run('--acknowledge')).stdout).toMatch(/is taken as right/)
  const next = await bench.nextIsGood()
  expect(next.stdout).toContain(`removed ${project.backups}/${old[0]}`)
})

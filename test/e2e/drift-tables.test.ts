import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { labInventory } from '../lab/inventory.ts'
import { LEFT_ALONE, STRANGERS, TABLE_ROWS } from './rights/table-rows.ts'
import { LAB, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

let lab: Lab
let inventory: string

/** The project without its backups, with a read-only role. */
beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
  const { hosts, boxes, projects } = labInventory(lab)
  const { backup: _backup, ...onquota } = projects['onquota']!
  const password = join(lab.directory, 'secrets', 'report_db')
  writeFileSync(password, 'report-password', { mode: 0o600 })
  const database = { ...onquota.database, readers: [{ name: 'report', password: { file: password } }], otherRoles: ['neighbour'] }
  inventory = writeInventory(lab, 'drift-tables', {
    hosts: { vps: hosts['vps'] },
    boxes,
    projects: { onquota: { ...onquota, database } },
  })
  expect(notOk(await runVerb('provision', { inventory })).filter((line) => !line.includes('changed'))).toEqual([])
})

/** Its strangers and reader would be strangers to the files that follow. */
afterAll(() => renewHosts(lab, 'vps'))

async function host(script: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(lab, 'vps', script)
  expect(`${code} ${stderr}`).toMatch(/^0 /)
  return stdout
}

const asSuperuser = (statements: string) =>
  host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 onquota_db' <<'end'\n${statements};\nend`)

const check = () => runVerb('provision', { inventory, check: true })

type Report = Awaited<ReturnType<typeof check>>

const said = (report: Report) =>
  Object.values(stepsOf(report)).flatMap(({ step, changes }) =>
    // Which tables are declared is another step's.
    step === 'tables'
      ? []
      : changes.map(({ what, from, to, manual }) => ({ step, what, from, to, by: manual === true ? 'person' : 'run' })),
  )
const expected = (by?: 'run' | 'person') =>
  TABLE_ROWS.map(({ step, what, from, to, by: who }) => ({ step, what, from, to, by: who === 'run' ? 'run' : 'person' })).filter(
    (row) => by === undefined || row.by === by,
  )
const sorted = <T extends { what: string }>(rows: T[]) => rows.toSorted((a, b) => (a.what < b.what ? -1 : 1))

test('a reader is refused every write, which a login of its own proves', async () => {
  const proof = stepsOf(await runVerb('verify', { inventory }))['onquota/read-only']
  expect(proof).toMatchObject({ status: 'ok', note: 'report logs in, and is refused 10 of 10 writes', changes: [] })
})

test('what the owner planted runs in no session of a reader', async () => {
  // To plan a query on the table, PostgreSQL evaluates both; each would fail as anybody but the owner.
  await asSuperuser(`SET ROLE onquota_user;
    CREATE FUNCTION public.planted() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
      IF current_user <> 'onquota_user' THEN RAISE 'planted code runs as %', current_user; END IF; RETURN 1; END $$;
    CREATE TABLE public."A" (n int DEFAULT public.planted()); CREATE INDEX ON public."A" ((public.planted() + n));
    INSERT INTO public."A" SELECT 1 FROM generate_series(1, 20000);
    RESET ROLE; ANALYZE public."A"`)
  const proof = stepsOf(await runVerb('verify', { inventory }))['onquota/read-only']
  await asSuperuser('DROP TABLE public."A"; DROP FUNCTION public.planted')
  expect(proof).toMatchObject({ status: 'ok', note: 'report logs in, and is refused 10 of 10 writes', changes: [] })
})

test(`each of ${TABLE_ROWS.length} changes by hand is named, and who puts it right`, async () => {
  await asSuperuser([STRANGERS, LEFT_ALONE, ...TABLE_ROWS.map(({ sql }) => sql)].join(';\n'))
  const report = await check()
  expect(report.exitCode).toBe(2)
  expect(sorted(said(report))).toEqual(sorted(expected()))
})

test('the reader that may write is found out by its own login', async () => {
  const proof = stepsOf(await runVerb('verify', { inventory }))['onquota/read-only']
  expect(proof?.status).toBe('drift')
  expect(proof?.changes.map(({ what, from }) => [what, from])).toEqual(
    expect.arrayContaining([
      ['what report can write', expect.stringMatching(/^.+, .+, .+ and \d+ more$/)],
      [expect.stringMatching(/^INSERT INTO \S+ as report$/), 'PostgreSQL would do it'],
      [expect.stringMatching(/^a writer's lock on \S+ as report$/), 'PostgreSQL would do it'],
    ]),
  )
})

test('the run puts right what it says it would, and leaves the rest to a person', async () => {
  const report = await runVerb('provision', { inventory })
  expect(report.hosts.flatMap(({ error, steps }) => [error, ...steps.map((step) => step.error)]).filter(Boolean)).toEqual([])
  expect(report.exitCode).toBe(1)
  expect(sorted(said(await check()))).toEqual(sorted(expected('person')))
})

test('a person puts the rest right with the statements that the help names', async () => {
  const changes = Object.values(stepsOf(await check())).flatMap((step) => step.changes)
  const statements = TABLE_ROWS.flatMap(({ what, by, undo }) => {
    if (by === 'run') return []
    const { help = '' } = changes.find((change) => change.what === what)!
    const [, statement] = by.exec(help) ?? []
    expect(help).toMatch(by)
    return [undo ?? statement!]
  })
  await asSuperuser(statements.join(';\n'))
  expect(said(await check())).toEqual([])
  expect(stepsOf(await runVerb('verify', { inventory }))['onquota/read-only']?.status).toBe('ok')
})

test('thousands of tables make one change, and are put right', async () => {
  await asSuperuser(`SET ROLE onquota_user; SELECT format('CREATE TABLE side.t%s (); GRANT INSERT, SELECT ON side.t%1$s TO PUBLIC, report', n)
    FROM generate_series(1, 1000) n \\gexec\nRESET ROLE`)
  const more = 'side.t1, side.t10, side.t100 and 997 more'
  const left = { step: 'privileges', what: 'privileges of PUBLIC', from: `SELECT on ${more}`, to: 'none', by: 'person' }
  expect(said(await check())).toEqual([
    { step: 'readers', what: 'role report privileges to write', from: `INSERT on ${more}`, to: 'none', by: 'run' },
    { step: 'privileges', what: 'privileges of PUBLIC on tables', from: `INSERT on ${more}`, to: 'none to write', by: 'run' },
    left,
  ])
  await runVerb('provision', { inventory })
  expect(said(await check())).toEqual([left])
  await asSuperuser('DROP SCHEMA side CASCADE; CREATE SCHEMA side AUTHORIZATION onquota_user')
})

test('pg_hba.conf: a line that asks for no password is told with its number, and a broken one with its error', async () => {
  const file = (await asSuperuser('SHOW hba_file')).trim()
  await host(
    `cp -p ${file} /root/hba; sed -i '1i host onquota_db +onquota_user 10.0.0.0/8 trust\\nhost all all 0.0.0.0/0 trusty' ${file}; echo 'host all all 127.0.0.1/32 trust' >> ${file}`,
  )
  try {
    const { status, changes } = stepsOf(await check())['hba']!
    expect(status).toBe('drift')
    expect(changes.map(({ what, from, manual }) => [what, from, manual])).toEqual([
      [`${file} line 2`, 'invalid authentication method "trusty"', true],
      [`${file} line 1`, 'host onquota_db +onquota_user 10.0.0.0 255.0.0.0 trust: lets onquota_user in without a password', true],
    ])
  } finally {
    await host(`mv /root/hba ${file}`)
  }
  expect(stepsOf(await check())['hba']).toMatchObject({ status: 'ok', changes: [] })
})

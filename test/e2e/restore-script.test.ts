import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifest3 } from '../../lib/steps/backup/manifest.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const RESULT = '/run/postgres-backup/rs_drill.restore.json'

/** What a dump must bring back though it is awkward: quoted names, sequences, functions, triggers, views, large objects, a second role. */
const AWKWARD = `
CREATE ROLE rs_drill_reader LOGIN PASSWORD 'only-for-reading';
\\c rs_drill_db
CREATE SCHEMA "Odd ""schema""" AUTHORIZATION rs_drill_user;
SET ROLE rs_drill_user;
CREATE TABLE "Odd ""schema"""."a table, with: 'marks'" (id serial PRIMARY KEY, "select" text);
INSERT INTO "Odd ""schema"""."a table, with: 'marks'" ("select") SELECT g FROM generate_series(1, 7) g;
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE parent (id int PRIMARY KEY, m mood DEFAULT 'ok');
CREATE TABLE child (id int REFERENCES parent, body text) ;
INSERT INTO parent SELECT g FROM generate_series(1, 50) g;
INSERT INTO child SELECT g, 'COPY public.notes (id) FROM stdin;' FROM generate_series(1, 40) g;
CREATE SEQUENCE lonely START 5; SELECT nextval('lonely');
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION touched();
CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM child;
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
INSERT INTO parted SELECT g FROM generate_series(1, 30) g;
SELECT lo_from_bytea(0, 'large'::bytea);
GRANT SELECT ON parent TO rs_drill_reader;
RESET ROLE;
ALTER DATABASE rs_drill_db SET statement_timeout = '90s';
ALTER DATABASE rs_drill_db SET search_path = public, "Odd ""schema""";
REVOKE CONNECT ON DATABASE rs_drill_db FROM PUBLIC;
GRANT CONNECT ON DATABASE rs_drill_db TO rs_drill_reader;
`

const sql = (text: string, database = 'rs_drill_db') =>
  project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${database}'`, text)
const databases = async () => (await sql('SELECT datname FROM pg_database ORDER BY 1', 'postgres')).stdout
const leftovers = () =>
  project.host(
    `ls -d ${project.backups}/.rest* /run/postgres-backup/rs_drill.restore.work /run/postgres-restore* 2>/dev/null; true`,
  )
const result = async () => JSON.parse(must(await project.host(`cat ${RESULT}`)).stdout) as Record<string, unknown>
const newestOnBox = async () => (await project.status()).newest?.remotePath ?? ''

beforeAll(async () => {
  project = await makeProject('rs_drill')
  must(await sql(AWKWARD, 'postgres'))
  expect(await project.run()).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await project?.remove()
  await project?.host(`cd /; su postgres -c "psql -c 'DROP ROLE IF EXISTS rs_drill_reader'"`)
})

describe('a drill', () => {
  test('restores the copy on the box, finds all equal, logs in, leaves nothing, and says so', async () => {
    const before = await databases()
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    const stages = [...stdout.matchAll(/^\S+ \S+Z rs_drill \[([\w-]+)\] \S/gm)].map(([, stage]) => stage)
    expect([...new Set(stages)]).toEqual(['config', 'choose', 'fetch', 'hash', 'load', 'settle', 'compare', 'login', 'done'])
    expect(stdout).toMatch(/\[compare\] equal: 8 tables, 20132 rows/)
    expect(await databases()).toBe(before)
    expect((await leftovers()).stdout).toBe('')
    const proof = await result()
    expect(proof).toMatchObject({ ok: true, kind: 'drill', contents: 'equal', login: true, error: null, stage: 'done' })
    expect(proof['ageSeconds']).toBeGreaterThanOrEqual(0)
    expect(proof['expectedSeconds']).toBeGreaterThan(0)
    expect(Object.keys(proof['seconds'] as object)).toEqual([
      'choose',
      'fetch',
      'hash',
      'load',
      'compare',
      'login',
      'end',
      'total',
    ])
    expect(((await project.status()) as unknown as { proof: object }).proof).toEqual(proof)
  })

  test('the proof lies beside the backup, here and on the box', async () => {
    const path = await newestOnBox()
    const onBox = must(await project.box(`cat .${path}.proof-*.json`)).stdout
    expect(JSON.parse(onBox)).toMatchObject({ name: path.replace(/^.*\//, ''), contents: 'equal', login: true })
    expect(must(await project.host(`cat ${project.backups}/*.proof-*.json`)).stdout).toBe(onBox)
  })

  test('a manifest holds the dump itself: sequences, roles, counts', async () => {
    const manifest = JSON.parse(must(await project.box(`cat .${await newestOnBox()}.manifest.json`)).stdout) as Record<
      string,
      object
    >
    expect(manifest3.strict().safeParse(manifest).error?.issues).toBeUndefined()
    expect(manifest['sequences']).toEqual({
      '"Odd ""schema"""."a table, with: \'marks\'_id_seq"': ['7', true],
      'public.lonely': ['5', true],
    })
    expect(manifest['counts']).toMatchObject({
      tables: 8,
      functions: 1,
      triggers: 1,
      views: 1,
      materializedViews: 1,
      largeObjects: 1,
      schemas: 2,
      types: 1,
    })
    expect(manifest['globals']).toMatchObject({ roles: 2 })
  })
})

describe('a drill refuses', () => {
  const fails = async (stage: string, message: RegExp, options = '') => {
    const before = await databases()
    const { code, stdout, stderr } = await project.restore(options)
    expect(code, stdout).toBe(1)
    expect(stderr).toMatch(new RegExp(`^\\S+ \\S+Z (restore-)?rs_drill(\\.sh)? \\[failed\\] ${stage}: `))
    expect(stderr).toMatch(message)
    expect(stdout).not.toContain('[done]')
    for (const secret of project.secrets) expect(stdout + stderr).not.toContain(secret)
    expect(await databases()).toBe(before)
    expect((await leftovers()).stdout).toBe('')
    return stdout
  }
  const onBox = async (script: string) => must(await project.box(`f=.${await newestOnBox()}; ${script}`))
  /** With a manifest that this machine did not write, as if the ledger had known no checksum of it. */
  const edited = async (edit: string, meanwhile: () => Promise<unknown>) => {
    const ledger = `${project.backups}/ledger_rs_drill.jsonl`
    await onBox(`cp -p $f.manifest.json /tmp/kept && sed -i '${edit}' $f.manifest.json`)
    await fails('fetch', /the manifest of \S+ is not the one that this machine wrote/)
    must(await project.host(`cp -p ${ledger} /root/kept; sed -i 's/,"\\.manifest\\.json":{[^}]*}//' ${ledger}`))
    await meanwhile()
    must(await project.host(`cp -p /root/kept ${ledger}; rm /root/kept`))
    await onBox(`cp -p /tmp/kept $f.manifest.json; rm /tmp/kept`)
  }

  test('a manifest that says another value of a sequence, another count, another name', async () => {
    await edited('/"public.lonely"/,+1s/"5"/"6"/', () =>
      fails('compare', /sequence public\.lonely: 5, true, the manifest says 6, true/),
    )
    await edited('s/"triggers": 1/"triggers": 2/', () => fails('compare', /number of triggers: 1, the manifest says 2/))
    await edited('/"constraints": {/,+9s/_pkey"/_key"/', () =>
      fails('compare', /constraints public\.\S+: \S+_pkey.*, the manifest says \S+_key/),
    )
  })

  test('a day before any backup, and a name that is not there', async () => {
    await fails('choose', /no complete backup of rs_drill_db not later than 20200101235959/, '--at 2020-01-01')
    await fails('choose', /no complete backup of rs_drill_db named nope/, '--name nope')
    await fails('config', /--at needs a day or a time/, '--at yesterday')
  })

  test('and after all that a drill holds again', async () => {
    expect(await project.restore()).toMatchObject({ code: 0, stderr: '' })
  })
})

test('a role that is missing is made for the drill and goes again; nothing of the live roles changes', async () => {
  must(await sql('DROP OWNED BY rs_drill_reader; DROP ROLE rs_drill_reader'))
  const roles = () => sql('SELECT oid, * FROM pg_authid ORDER BY oid; SELECT * FROM pg_auth_members ORDER BY 1, 2', 'postgres')
  const before = await roles()
  const { code, stdout } = await project.restore()
  expect(code, stdout).toBe(0)
  expect(stdout).toContain('[load] made roles that were missing: rs_drill_reader')
  expect(await roles()).toEqual(before)
})

describe('the drill that cron starts', () => {
  test('does the same under its bare environment', async () => {
    const { code, stdout, stderr } = await project.host(
      `env -i HOME=/root LOGNAME=root SHELL=/bin/sh PATH=/usr/bin:/bin nice -n 19 ionice -c 3 /opt/postgresql-backups/restore-rs_drill.sh --scheduled`,
    )
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(((await project.status()) as unknown as { proof: object }).proof).toMatchObject({
      ok: true,
      contents: 'equal',
      skipped: null,
    })
  })

  test('is left out where the disk is too small for it, and the status says why; asked for by hand it fails', async () => {
    await project.configure({ RESERVE_MIB: '900000000' })
    const { code, stdout, stderr } = await project.restore('--scheduled')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/\[fetch\] this drill is left out: too little free disk in \S+ for the fetched copy: \d+ MiB free/)
    expect(((await project.status()) as unknown as { proof: object }).proof).toMatchObject({
      contents: 'not looked at',
      error: null,
      skipped: expect.stringMatching(/^too little free disk/) as string,
    })
    const byHand = await project.restore()
    expect(byHand.code).toBe(1)
    expect(byHand.stderr).toMatch(/\[failed\] fetch: too little free disk/)
    expect((await leftovers()).stdout).toBe('')
    await project.configure()
  })
})

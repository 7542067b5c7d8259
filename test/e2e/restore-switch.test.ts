import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const sql = (text: string, database?: string) => project.sql(text, database)
const databases = () => sql(`SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'rs_switch'`)
const done = (options: string) => project.restored(options)

beforeAll(async () => {
  project = await makeProject('rs_switch')
  expect(await project.run()).toMatchObject({ code: 0 })
})
const dropLike = (pattern: string) =>
  project?.host(`cd /; su postgres -c 'psql -qAt' <<'SQL' | su postgres -c psql
SELECT format('DROP DATABASE %I WITH (FORCE);', datname) FROM pg_database WHERE datname ~ '${pattern}' AND datname <> 'rs_switch_db'
SQL`)
afterAll(async () => {
  await dropLike('rs_switch')
  await project?.remove()
})

describe('--fill looks again before the switch', () => {
  afterEach(() => sql('DROP DATABASE IF EXISTS rs_switch_new'))

  // The wait for a login from outside, after the comparison, is the time in which somebody writes.
  test('a database that got a table meanwhile is kept, with its name, and open', async () => {
    await sql('CREATE DATABASE rs_switch_new')
    const script = `cd /; name=$(ls ${project.backups} | grep -E '\\.sql\\.gz$' | tail -n 1); rm -f /tmp/rs_switch.out; mkfifo /tmp/rs_switch.out
/opt/postgresql-backups/restore-rs_switch.sh --into rs_switch_new --fill --wait-login 600 --name "$name" >/tmp/rs_switch.out 2>/tmp/rs_switch.err & p=$!
exec 3</tmp/rs_switch.out; grep -m 1 -o 'waiting for a login' <&3; cat <&3 >/dev/null & 
su postgres -c "psql -qc 'CREATE TABLE written (id int)' rs_switch_new"
echo ok > /run/postgres-backup/rs_switch.login
wait $p; echo $?; cat /tmp/rs_switch.err; rm /tmp/rs_switch.out /tmp/rs_switch.err`
    const { stdout } = must(await project.host(script))
    expect(stdout).toMatch(/^waiting for a login\n1\n/)
    expect(stdout).toMatch(/the database rs_switch_new has got something meanwhile; it is kept as it is/)
    expect(await sql('SELECT count(*) FROM written', 'rs_switch_new')).toBe('0')
    expect(await databases()).toBe('rs_switch_db rs_switch_new')
  })

  test.each([
    ['a sequence', 'CREATE SEQUENCE s'],
    ['a function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    ['a view', 'CREATE VIEW v AS SELECT 1'],
  ])('%s is something, too', async (_name, statement) => {
    await sql('CREATE DATABASE rs_switch_new')
    await sql(statement, 'rs_switch_new')
    const { code, stderr } = await project.restore(`--into rs_switch_new --fill --name x`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/rs_switch_new has tables already; nothing was restored over them/)
  })
})

test('a switch waits for a run that is changing the host, and marks its own start and end for those that read it', async () => {
  await sql('CREATE DATABASE rs_switch_put')
  const holder = '{"run":"ab","since":"2026-01-02T03:04:05Z","who":"ana@laptop","task":"provision"}'
  // The lock is let go when the script has said that it waits; what it marks is seen when the name is changed.
  const script = `cd /; rm -f /tmp/rs_switch.out; mkfifo /tmp/rs_switch.out
exec 9<>/run/bitacora.lock; flock 9; printf 'changing x 1 1 %s\n' '${holder}' > /run/bitacora.lock
/opt/postgresql-backups/restore-rs_switch.sh --into rs_switch_put --replace 9>&- >/tmp/rs_switch.out 2>/tmp/rs_switch.err & p=$!
exec 3</tmp/rs_switch.out; grep -m 1 'is changing this host' <&3
su postgres -c 'psql -qAtX' <<'SQL'
SELECT count(*) FROM pg_database WHERE datname ~ '^rs_switch_put_before_';
SQL
flock -u 9
cat <&3; wait $p; echo "exit $?"; cat /tmp/rs_switch.err; rm /tmp/rs_switch.out /tmp/rs_switch.err; cat /run/bitacora.lock; flock -n /run/bitacora.lock echo free`
  const { stdout } = must(await project.host(script))
  expect(stdout).toMatch(/another run is changing this host; waiting .*ana@laptop.*\n0\n/)
  expect(stdout).toMatch(/exit 0\nchanged restore-\S+ \d+ \d+ \{"run":.*"task":"restore --into"\}\nfree\n$/)
  await dropLike('^rs_switch_put')
})

test('--drop-old drops what --replace kept and nothing that is only called so', async () => {
  const long = `rs_switch_${'x'.repeat(40)}`
  await sql(`CREATE DATABASE "${long}_a"; CREATE DATABASE rs_switch_db_before_20200101_000000;`.replace('; ', ';\n'))
  const kept = /is kept as (\S+);/.exec(await done('--into rs_switch_db --replace'))?.[1] ?? ''
  const stdout = await done('--drop-old')
  expect(stdout).toContain(`[drop-old] ${kept} is gone`)
  expect(stdout).toMatch(/warning: rs_switch_db_before_20200101_000000 is not in the record/)
  expect(await databases()).toBe(`rs_switch_db rs_switch_db_before_20200101_000000 ${long}_a`)
})

test('two long names that begin alike are kept under two names', async () => {
  const long = `rs_switch_${'x'.repeat(40)}`
  await sql(`CREATE DATABASE "${long}_b"`)
  const names = []
  for (const end of ['a', 'b']) {
    const name = /is kept as (\S+);/.exec(await done(`--into ${long}_${end} --replace`))?.[1] ?? ''
    expect(name.length).toBeLessThanOrEqual(63)
    names.push(name.replace(/_before_.*/, ''))
  }
  expect(new Set(names).size).toBe(2)
})

test('a restore that is stopped while its database is made leaves none, and says why it ended', async () => {
  const before = await databases()
  const script = `cd /; (su postgres -c psql <<'SQL'
BEGIN; COMMENT ON DATABASE template0 IS 'unmodifiable empty database'; SELECT pg_sleep(120);
SQL
) >/dev/null 2>&1 & 
for i in $(seq 1200); do su postgres -c "psql -Atc \\"SELECT query FROM pg_stat_activity WHERE query ~ 'pg_sleep.120'\\"" | grep -q '^SELECT pg_sleep(120)' && break; sleep 0.1; done
/opt/postgresql-backups/restore-rs_switch.sh >/dev/null 2>/tmp/rs_switch.err & p=$!
for i in $(seq 1200); do su postgres -c "psql -Atc \\"SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'\\"" | grep -q '^CREATE DATABASE' && break; sleep 0.1; done
kill -TERM $p; wait $p; echo $?; cat /tmp/rs_switch.err
su postgres -c "psql -Atc \\"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep.120' AND pid <> pg_backend_pid()\\"" >/dev/null
for i in $(seq 1200); do su postgres -c "psql -Atc \\"SELECT query FROM pg_stat_activity WHERE state = 'active'\\"" | grep -q '^CREATE DATABASE' || break; sleep 0.1; done`
  const { stdout } = must(await project.host(script))
  expect(stdout).toMatch(/^143\n/)
  expect(stdout).toMatch(/\[failed\] load: stopped by SIGTERM/)
  expect(await databases()).toBe(before)
  expect(await sql(`SELECT count(*) FROM pg_roles WHERE rolname ~ '^loading_rs_switch'`)).toBe('0')
})

test('what holds on to the database that would be replaced is seen before anything is fetched', async () => {
  const restart = 'cd /; pg_ctlcluster 15 main restart --force 2>&1'
  await sql('ALTER SYSTEM SET max_prepared_transactions = 2; ALTER SYSTEM SET wal_level = logical')
  must(await project.host(restart))
  const refused = async (reason: RegExp) => {
    const { code, stdout, stderr } = await project.restore('--into rs_switch_db --replace')
    expect(code).toBe(1)
    expect(stderr).toMatch(reason)
    expect(stdout).not.toContain('[fetch]')
  }
  try {
    await sql(`BEGIN; CREATE TABLE half (id int); PREPARE TRANSACTION 'it''s half'`, 'rs_switch_db')
    await refused(/the database rs_switch_db has the prepared transaction 'it''s half', which postgres began: first COMMIT PREPARED or ROLLBACK PREPARED 'it''s half', as that user in that database; nothing was changed/) // prettier-ignore
    await sql(`ROLLBACK PREPARED 'it''s half'`, 'rs_switch_db')
    await sql(`SELECT pg_create_logical_replication_slot('rs_slot', 'pgoutput')`, 'rs_switch_db')
    await refused(/has the replication slot rs_slot, .*: first SELECT pg_drop_replication_slot\('rs_slot'\); nothing was changed/)
  } finally {
    await sql(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; ALTER SYSTEM RESET max_prepared_transactions; ALTER SYSTEM RESET wal_level`) // prettier-ignore
    must(await project.host(restart))
  }
})

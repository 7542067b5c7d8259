import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
/** A small file system of its own, so that filling it harms nobody. */
const SMALL = '/dev/shm/rs_space'
const sql = (text: string, database = 'rs_space_db') => project.sql(text, database)

beforeAll(async () => {
  project = await makeProject('rs_space')
  // Loading a row takes a second, in a restored database only.
  await sql(`SET ROLE rs_space_user;
CREATE FUNCTION public.slow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF current_database() ~ '^restoring_rs_space' THEN PERFORM pg_sleep(1); END IF;
  RETURN true;
END $$;
CREATE TABLE slow (id int CHECK (public.slow())); INSERT INTO slow SELECT generate_series(1, 120);`)
  must(await project.host(`rm -rf ${SMALL} /dev/shm/rs_space.full; mkdir -m 0700 ${SMALL}`))
  await project.configure({ BACKUP_DIR: SMALL, RESERVE_MIB: '20' })
  expect(await project.run()).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await project?.host(`rm -rf ${SMALL} /dev/shm/rs_space.full`)
  await project?.remove()
})

/** A restore, and a disk that fills up while it loads. */
const filled = async (options: string) => {
  const script = `: > ${project.log}; /opt/postgresql-backups/restore-rs_space.sh ${options} >/tmp/rs_space.out 2>/tmp/rs_space.err & p=$!
for i in $(seq 1200); do su postgres -c "cd /; psql -Atc \\"SELECT query FROM pg_stat_activity WHERE datname ~ '^restoring_rs_space'\\"" | grep -q '^COPY public.slow' && break; sleep 0.1; done
fallocate -l $(($(df --block-size=1 --output=avail /dev/shm | tail -n 1) - 5000000)) /dev/shm/rs_space.full
wait $p; echo $?; cat /tmp/rs_space.out /tmp/rs_space.err; rm -f /dev/shm/rs_space.full`
  return must(await project.host(script)).stdout
}

test('a restore gives up early where the disk fills up while it loads, with the reason, and leaves nothing', async () => {
  const stdout = await filled('')
  expect(stdout).toMatch(/^1\n/)
  expect(stdout).toMatch(
    /\[failed\] load: too little free disk in \S+ while the backup was loaded: \d+ MiB left, and 20 MiB are kept in reserve/,
  )
  expect(await sql(`SELECT count(*) FROM pg_database WHERE datname ~ '^restoring_rs_space'`, 'postgres')).toBe('0')
  expect(await sql(`SELECT count(*) FROM pg_roles WHERE rolname ~ '^loading_rs_space'`, 'postgres')).toBe('0')
  expect(must(await project.host(`ls -A ${SMALL} | grep -c rest; true`)).stdout).toBe('0\n')
})

test('a drill of the schedule is left out then, as where the disk was too small before', async () => {
  const stdout = await filled('--scheduled')
  expect(stdout).toMatch(/^0\n/)
  expect(stdout).toMatch(/this drill is left out: too little free disk/)
})

test('the room for the write-ahead log is reckoned with before anything is made', async () => {
  const free = Number(must(await project.host('df --block-size=1M --output=avail /var/lib/postgresql | tail -n 1')).stdout)
  // The folder on the large disk knows the same backups.
  must(await project.host(`mkdir -p ${project.backups}; cp -p ${SMALL}/ledger_rs_space.jsonl ${project.backups}`))
  await project.configure({ RESERVE_MIB: String(free - 500) })
  const { code, stderr } = await project.restore()
  expect(code).toBe(1)
  expect(stderr).toMatch(/too little free disk in \S+ for the restored database and the write-ahead log/)
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

vi.setConfig({ testTimeout: 900_000 })

const [DB, OWNER] = ['bs_churn_db', 'bs_churn_user']
let project: Project
const sql = async (text: string) =>
  must(await project.host(`cd /; su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 ${DB}'`, text)).stdout.trim()

/**
 * Tables and partitions are created, attached, truncated and dropped as fast as it goes. Those who look at one moment see in the table
 * `refilled` ten rows, always, and in `one` and `other` the same number.
 */
const CHURN = `SET ROLE ${OWNER};
CREATE TABLE parted (id int, k int) PARTITION BY LIST (k);
CREATE TABLE refilled (id serial PRIMARY KEY, body text); INSERT INTO refilled (body) SELECT 'x' FROM generate_series(1, 10);
CREATE TABLE one (id int); CREATE TABLE other (id int);
CREATE PROCEDURE churning() LANGUAGE plpgsql AS $$ BEGIN
  FOR n IN 1..1000000 LOOP
    EXECUTE format('CREATE TABLE made_%s (id serial PRIMARY KEY, body text)', n % 3);
    EXECUTE format('CREATE TABLE part_%s PARTITION OF parted FOR VALUES IN (%s)', n % 5, n % 5);
    COMMIT;
    TRUNCATE refilled; INSERT INTO refilled (body) SELECT 'x' FROM generate_series(1, 10);
    COMMIT;
    CREATE TABLE joined (id int, k int); ALTER TABLE parted ATTACH PARTITION joined FOR VALUES IN (99);
    INSERT INTO one VALUES (n); INSERT INTO other VALUES (n);
    COMMIT;
    IF n % 7 = 0 THEN TRUNCATE one, other; COMMIT; END IF;
    EXECUTE format('INSERT INTO part_%s VALUES (1, %s)', n % 5, n % 5);
    EXECUTE format('DROP TABLE made_%s', n % 3);
    COMMIT;
    EXECUTE format('DROP TABLE part_%s', n % 5);
    DROP TABLE joined;
    COMMIT;
  END LOOP; END $$;`

beforeAll(async () => {
  project = await makeProject('bs_churn')
  await sql(CHURN)
  must(
    await project.host(
      `(cd /; setsid su postgres -c 'psql -q ${DB} -c "SET ROLE ${OWNER}" -c "CALL churning()"' >/root/bs_churn.log 2>&1 &)`,
    ),
  )
})
afterAll(async () => {
  await project?.host('rm -f /root/bs_churn.log')
  await project?.remove()
})

test('tables created, attached, truncated and dropped throughout dumps: good backups, equal when restored', async () => {
  for (let run = 1; run <= (isFull ? 10 : 3); run += 1) {
    // The other format every third time: its further jobs lock tables once more.
    const changes = run % 3 === 0 ? { COMPRESSION: 'directory', COMPRESSION_LEVEL: '1' } : {}
    const { code, stdout, stderr, status } = await project.attempt(changes)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    const manifest = JSON.parse(
      must(await project.host(`cat ${project.backups}/${status?.newest?.name}.manifest.json`)).stdout,
    ) as {
      tables: Record<string, number | string>
    }
    expect(Number(manifest.tables['public.refilled'])).toBe(10)
    expect(manifest.tables['public.one']).toBe(manifest.tables['public.other'])
    const drill = await project.restore()
    expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
    expect(drill.stdout).toMatch(/\[compare\] equal: /)
  }
  // It went on all the while.
  expect(must(await project.host('cat /root/bs_churn.log')).stdout).toBe('')
  const ended = await sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%churning%' AND state = 'active' AND pid <> pg_backend_pid()`,
  )
  expect(ended).toBe('t')
})

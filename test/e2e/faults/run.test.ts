import { afterAll, beforeAll, test, vi } from 'vitest'
import { makeBench, until } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 150_000 })

let bench: Bench
const NAME = 'bs_frun'
const RUNNING = '/run/postgres-backup/host.lock'

beforeAll(async () => {
  bench = await makeBench(NAME)
})
afterAll(() => bench?.remove())

test('other-project', async () => {
  await bench.meets('other-project', {
    changes: { LOCK_WAIT_SECONDS: '1' },
    prepare: `mkdir -p ${RUNNING.replace(/[^/]*$/, '')}`,
    command: `( flock 9; exec sleep 60 ) 9>>${RUNNING} & l=$!; ${until(`! flock -n ${RUNNING} true`)}; ${bench.project.script}; c=$?; kill $l; wait $l; (exit $c)`,
  })
})

test('client-old', async () => {
  await bench.meets('client-old', {
    hooks: { pg_dump: `[[ $* != --version ]] || { echo 'pg_dump (PostgreSQL) 9.6.24'; exit; }` },
  })
})

test('disk-small', async () => {
  await bench.meets('disk-small', { changes: { RESERVE_MIB: '900000000' } })
})

test('and the next run is good', async () => {
  await bench.nextIsGood()
})

// As on a server where peer login is shut: the role's password still works, the superuser's way in does not.
test.each([
  ['no-superuser', {}],
  ['no-globals', { GLOBALS: 'no' }],
])('%s', async (id, changes) => {
  const ask = (found: string) => until(`${found} su postgres -c 'psql -c "" ${NAME}_db'`)
  await bench.meets(id, {
    changes,
    prepare: `cp -p /etc/postgresql/15/main/pg_hba.conf /root/${NAME}.hba; sed -i '1i local ${NAME}_db postgres reject' /etc/postgresql/15/main/pg_hba.conf; pg_ctlcluster 15 main reload; cd /; ${ask('!')}; cd /root`,
    after: `cp -p /root/${NAME}.hba /etc/postgresql/15/main/pg_hba.conf; rm /root/${NAME}.hba; pg_ctlcluster 15 main reload; cd /; ${ask('')}`,
  })
})

test('and a run as before is good', async () => {
  await bench.nextIsGood()
})

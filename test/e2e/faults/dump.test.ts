import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import { must } from '../backup-script/project.ts'
import { bash, makeBench, until } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 150_000 })

let bench: Bench
const NAME = 'bs_fdump'
/** A hook for the dump alone: the preflight asks for the version. */
const dumping = (body: string) => ({ pg_dump: `[[ $* != *--snapshot=* ]] || { ${body}; }` })

beforeAll(async () => {
  bench = await makeBench(NAME)
})
afterAll(() => bench?.remove())

describe('pg_dump', () => {
  test.each([
    ['dump-killed-start', 'kill -9 $$'],
    ['dump-killed-end', '/usr/bin/pg_dump "$@"; kill -9 $$'],
    ['dump-fewer-rows', `/usr/bin/pg_dump "$@" | sed '/^ñandú/d'; exit`],
  ])('%s', async (id, body) => {
    await bench.meets(id, { hooks: dumping(body) })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood()
  })
})

// A lock on a table holds pg_dump and the counting session in the middle of their work.
describe('the server', () => {
  const psql = (sql: string, database = `${NAME}_db`) => ` (cd /; echo "${sql}" | su postgres -c 'psql -qAt ${database}')`
  const waiting = (query: string) =>
    `FROM pg_stat_activity WHERE datname = '${NAME}_db' AND wait_event_type = 'Lock' AND query LIKE '${query}'`
  const [DUMP, COUNT] = ['LOCK TABLE%', '%count(*) FROM ONLY public.notes%']
  const end = (which: string) => psql(`SELECT pg_terminate_backend(pid) ${which}`)
  const release = end(
    `FROM pg_stat_activity WHERE datname = '${NAME}_db' AND query LIKE '%pg_sleep(90)%' AND pid <> pg_backend_pid()`,
  )
  const heldThen = (then: string) =>
    bash(
      NAME,
      `(cd /; setsid su postgres -c 'psql -q ${NAME}_db' <<<'BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(90);') >/dev/null 2>&1 &
${until(`[[ $(${psql(`SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'notes'::regclass`)}) == 1 ]]`)}
${bench.project.script} & p=$!
${until(`[[ $(${psql(`SELECT count(*) ${waiting(DUMP)}`)})$(${psql(`SELECT count(*) ${waiting(COUNT)}`)}) == 11 ]]`)}
{ ${then}; } >/dev/null 2>&1; wait $p; exit $?`,
    )

  test.each([
    ['dump-cut', `${end(waiting(DUMP))}; ${release}`],
    ['count-cut', `${end(waiting(COUNT))}; ${release}`],
  ])('%s', async (id, then) => {
    await bench.meets(id, { command: heldThen(then) })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood()
  })

  test('server-crash', async () => {
    await bench.meets('server-crash', {
      command: heldThen('pg_ctlcluster 15 main stop -m immediate'),
      after: `pg_ctlcluster 15 main start; ${until(psql('SELECT 1', 'postgres'))}`,
    })
    await bench.nextIsGood()
  })
})

// A container gets no file system to mount, but has a small one of its own: what runs full here is full.
describe('the disk', () => {
  const SMALL = `/dev/shm/${NAME}`
  const fill = `head -c 200M /dev/zero > ${SMALL}.filler 2>/dev/null`
  const drain = `rm -f ${SMALL}.filler`
  const changes = { RESERVE_MIB: '0' }

  beforeAll(async () => {
    const { backups } = bench.project
    must(await bench.project.host(`rm -rf ${backups}; mkdir -m 700 ${SMALL}; ln -s ${SMALL} ${backups}`))
  })
  afterAll(() => bench.project.host(`${drain}; rm -rf ${SMALL}`))

  test.each([
    ['disk-full-dump', dumping(fill)],
    ['disk-full-hash', { stat: `[[ $* != *.sql.gz.part ]] || ${fill}` }],
  ])('%s', async (id, hooks) => {
    await bench.meets(id, { changes, hooks, after: drain })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood(changes)
  })
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeBench } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 200_000 })

let bench: Bench
const NAME = 'bs_fkill'
const BATCH = `/run/postgres-backup/${NAME}.work/batch`

beforeAll(async () => {
  bench = await makeBench(NAME)
})
afterAll(() => bench?.remove())

// The run is killed where it calls a program: that is the same place each time. Of a batch for the box the first line is done.
const when = (condition: string, first = 'true') => `if [[ ${condition} ]]; then ${first}; KILL; fi`
const half = (line: string) =>
  `if grep -qs '^${line}' ${BATCH}; then head -n 1 ${BATCH} > ${BATCH}.half; /usr/bin/sftp "\${@/%\\/batch/\\/batch.half}"; KILL; fi`

test.each([
  ['kill-preflight', 'pg_dump', when('$* == --version')],
  ['kill-globals', 'sed', when(`$* == *'CREATE ROLE'*`)],
  ['kill-inspect', 'awk', when(`$* == *'in the dump'*`)],
  ['kill-hash', 'mv', when('$* == *.sha256.part*')],
  ['kill-compare', 'ssh', when('$* == *sha256sum*')],
  ['kill-publish', 'sftp', half('rename')],
  ['kill-prune-host', 'rm', when('$* == *_2020010?_*')],
  ['kill-prune-box', 'sftp', half('-rmdir')],
  ['kill-status', 'mv', when(`$* == *status_${NAME}.json.part*`)],
])('%s', async (id, program, body) => {
  const met = await bench.meets(id, { hooks: { [program]: body.replace('KILL', bench.kill) } })
  const { stdout, status, before } = met
  expect([...stdout.matchAll(/ \[(\w+)\] /g)].at(-1)?.[1]).toBe(
    ({ 'kill-preflight': 'preflight', 'kill-status': 'done' } as Record<string, string>)[id] ?? id.split('-')[1],
  )
  // Nobody wrote it: what it says is the run's before.
  expect(status).toEqual(before)
  const next = await bench.nextIsGood()
  expect(next.stdout).toMatch(/\[sweep\] /)
  // What was half removed goes altogether.
  if (id.startsWith('kill-prune')) expect(await everything(), id).not.toMatch(/_2020010[12]_/)
})

const everything = async () =>
  (await bench.project.host(`ls ${bench.project.backups}`)).stdout +
  (await bench.project.box(`find .${bench.project.remote} -type f`)).stdout

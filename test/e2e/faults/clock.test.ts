import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { must } from '../backup-script/project.ts'
import { makeBench } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 200_000 })

let bench: Bench
const NAME = 'bs_fclock'
let library = ''

beforeAll(async () => {
  bench = await makeBench(NAME)
  const install = `ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null || { { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libfaketime; } >&2 && ls /usr/lib/*/faketime/libfaketime.so.1; }`
  library = must(await bench.project.host(install)).stdout.trim()
})
afterAll(async () => {
  await bench?.project.host('rm -f /etc/ld.so.preload /etc/faketimerc')
  await bench?.remove()
})

/** Containers share the machine's clock, so it is each program that is told another time, from Bash to sftp; PostgreSQL, which runs already, is not. */
const at = (offset: string) =>
  `echo '${offset}' > /etc/faketimerc; echo ${library} > /etc/ld.so.preload; ${bench.project.script}; c=$?; rm -f /etc/ld.so.preload /etc/faketimerc; (exit $c)`
const backups = (lines: string[]) =>
  lines
    .flatMap((line) => /^(backup_\w+_db_2\d{7}_\d{6}\.sql\.gz) /.exec(line)?.[1] ?? [])
    .filter((name) => !bench.old.includes(name))
const day = (name = '', offset = 0) => {
  const [, y, m, d] = /_db_(\d{4})(\d\d)(\d\d)_/.exec(name) ?? []
  return Math.round(Date.UTC(Number(y), Number(m) - 1, Number(d)) / 86_400_000) - Math.floor(Date.now() / 86_400_000) - offset
}

test('clock-back', async () => {
  const first = (await bench.nextIsGood()).status?.newest?.name ?? ''
  const { status, is } = await bench.meets('clock-back', { command: at('-5d') })
  expect(Math.abs(day(status?.newest?.name, -5))).toBeLessThanOrEqual(1)
  for (const files of [is.host, is.box]) expect(backups(files)).toEqual([status?.newest?.name, first])
  // The one of the right time, which is the newest by its name, stays the newest.
  const next = await bench.nextIsGood()
  expect(JSON.parse((await bench.project.run('--check-box')).stdout)).toMatchObject({
    ok: true,
    newest: { name: next.status?.newest?.name },
  })
})

test('clock-forward', async () => {
  const here = async () => backups((await bench.project.host(`ls ${bench.project.backups} | sed 's/$/ /'`)).stdout.split('\n'))
  for (let runs = 0; runs < 4 && (await here()).length < 4; runs++) await bench.nextIsGood()
  const before = await here()
  const { status, is } = await bench.meets('clock-forward', { command: at('+365d') })
  const ahead = status?.newest?.name ?? ''
  expect(Math.abs(day(ahead, 365))).toBeLessThanOrEqual(1)
  // To that clock all are older than any retention: the newest three are left, the one just made among them.
  for (const files of [is.host, is.box]) expect(backups(files)).toEqual([...before.slice(-2), ahead])
  const next = await bench.nextIsGood()
  const right = next.status?.newest?.name ?? ''
  expect(right < ahead).toBe(true)
  expect(next.files).toEqual(expect.arrayContaining([...before.slice(-2), right, ahead]))
})

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ownBox } from '../backup-script/own-box.ts'
import type { OwnBox } from '../backup-script/own-box.ts'
import { must } from '../backup-script/project.ts'
import type { Settings } from '../backup-script/project.ts'
import { makeBench, until } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 150_000 })

// A box on the host itself, on the small file system that a container has of its own, so that it can be full.
let bench: Bench
let box: OwnBox
let changes: Settings
const [NAME, USER, PORT, RELAY] = ['bs_fbox', 'bsfbox', 2397, 2398]
const SMALL = `/dev/shm/${USER}`
const PLACE = `/opt/${USER}.box`
const BATCH = `/run/postgres-backup/${NAME}.work/batch`

beforeAll(async () => {
  bench = await makeBench(NAME, SMALL)
  const { project } = bench
  box = await ownBox(project, USER, PORT)
  changes = { ...box.settings, STORAGEBOX_REMOTE_DIR: SMALL }
  const relayed = `sed 's/^[^ ]*/[127.0.0.1]:${RELAY}/' ${PLACE}/known > ${PLACE}/relayed`
  must(
    await project.host(
      `install -d -o ${USER} ${SMALL}; ${relayed}; cat > ${PLACE}/relay.py`,
      await readFile(new URL('relay.py', import.meta.url), 'utf8'),
    ),
  )
  // The script gives a box 20 s to answer and a minute of silence; here both are 3 s.
  const patience =
    's/-oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4/-oConnectTimeout=3 -oServerAliveInterval=1 -oServerAliveCountMax=3/'
  must(await project.host(`sed -i '${patience}' ${project.script}; grep -q ConnectTimeout=3 ${project.script}`))
})
afterAll(async () => {
  await box?.remove()
  await bench?.project.host(`rm -rf ${SMALL} ${SMALL}.filler`)
  await bench?.remove()
})

describe('behind a line that is bad', () => {
  const settings = (): Settings => ({ ...changes, STORAGEBOX_PORT: String(RELAY), STORAGEBOX_KNOWN_HOSTS: `${PLACE}/relayed` })
  const through = (mode: string) =>
    `python3 ${PLACE}/relay.py ${RELAY} ${PORT} ${mode} & r=$!; ${until(`python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${RELAY}))'`)}; ${bench.project.script}; c=$?; kill $r; (exit $c)`

  test.each([
    ['box-silent', 'silent'],
    ['box-slow', 'slow'],
    ['box-mute', 'mute'],
    ['box-cut-always', 'cut'],
  ])('%s', async (id, mode) => {
    const { stdout } = await bench.meets(id, { changes: settings(), command: through(mode) })
    const tries = stdout.match(/\[upload\] try \d of 3/g) ?? []
    expect(tries).toHaveLength({ silent: 2, slow: 0, mute: 1, cut: 2 }[mode] ?? -1)
  })

  test('and the next run is good', async () => {
    const { stdout } = await bench.nextIsGood(changes)
    expect(stdout).toMatch(/\[sweep\] removing from the box what a killed run may have left/)
  })
})

describe('that is full', () => {
  const fill = `head -c 200M /dev/zero > ${SMALL}.filler 2>/dev/null`
  const after = `rm -f ${SMALL}.filler`

  test('box-full', async () => {
    await bench.meets('box-full', { changes, prepare: `${fill} || true`, after })
  })

  test('box-fills', async () => {
    await bench.meets('box-fills', { changes, hooks: { sftp: `! grep -qs '^put' ${BATCH} || ${fill}` }, after })
  })

  test('and the next run is good', async () => {
    await bench.nextIsGood(changes)
  })
})

test('changed-before-upload', async () => {
  const damage = `f=$(sed -n 's/^put -f \\([^ ]*\\) .*/\\1/p' ${BATCH} | head -n 1); [[ -z $f ]] || printf X | dd of="$f" bs=1 seek=20000 conv=notrunc 2>/dev/null`
  const { status, before, stdout } = await bench.meets('changed-before-upload', { changes, hooks: { sftp: damage } })
  // The newest good one is the one before.
  expect(status?.newest).toEqual(before?.newest)
  expect(stdout).toMatch(/checksum on the box differs; trying again/)
  await bench.nextIsGood(changes)
})

test('box-name-taken', async () => {
  const { project } = bench
  const taken = `/root/${NAME}.taken`
  const take = `if grep -q '^rename' ${BATCH}; then read -r _ _ _ to <${BATCH}; echo another >"$to"; echo "$to" >${taken}; fi`
  const { status } = await bench.meets('box-name-taken', {
    changes,
    hooks: { sftp: take },
    after: `f=$(cat ${taken}); cat "$f" >${taken}; rm -f "$f"`,
  })
  expect(must(await project.host(`cat ${taken}; rm ${taken}`)).stdout).toBe('another\n')
  expect(status?.newest).toMatchObject({ grade: 'hashed', remotePath: null })
  await bench.nextIsGood(changes)
})

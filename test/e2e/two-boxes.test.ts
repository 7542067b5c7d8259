import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FULL, ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { checkBox } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project, Settings } from './backup-script/project.ts'
import { until } from '../faults/shell.ts'

let project: Project
let second: OwnBox
let folder = ''
const RELAY = 2396

type OfBox = Record<'host' | 'user' | 'grade' | 'remotePath' | 'error', string | null>
const boxesOf = ({ status }: Attempt) => (status as unknown as { boxes: OfBox[] }).boxes

/** Files of this run's backup on each box, without partial ones' names taken apart. */
async function copies(name: string): Promise<[string, string]> {
  const first = must(await project.box(`find .${project.remote} -name '${name}*' | sed 's/.*${name}//' | sort | tr '\\n' ' '`))
  const other = must(
    await project.host(`find ${folder} -name '${name}*' 2>/dev/null | sed 's/.*${name}//' | sort | tr '\\n' ' '`),
  )
  return [first.stdout.trim(), other.stdout.trim()]
}
const partials = async () =>
  (await project.box(`find .${project.remote} -name '*.part-*'`)).stdout +
  (await project.host(`find ${folder} -name '*.part-*' 2>/dev/null; ls -A ${project.backups} | grep uploading`)).stdout

/** Backups of a year ago, here and there, which a run prunes where it may. */
const OLD = 'backup_bs_two_db_20200101_030000.sql.gz'
async function putOld() {
  const there = (at: string) => `mkdir -p ${at}/2020/01/01; touch ${at}/2020/01/01/${OLD}`
  must(
    await project.host(`${project.ledger([OLD])}; touch ${project.backups}/${OLD}; ${there(folder)}; chown -R bstwo ${folder}`),
  )
  must(await project.box(`${there(`.${project.remote}`)} && chown -R --reference=./home/backups .${project.remote}`))
}
async function oldLeft(): Promise<string[]> {
  const here = await project.host(
    `ls ${project.backups}/${OLD} >/dev/null 2>&1 && echo here; find ${folder} -name '${OLD}' | grep -q . && echo second`,
  )
  const first = await project.box(`find .${project.remote} -name '${OLD}' | grep -q . && echo first`)
  return (here.stdout + first.stdout)
    .split('\n')
    .filter((word) => word !== '')
    .toSorted()
}

const both = (changes: Settings = {}): Settings => ({ ...second.numbered(2), ...changes })

beforeAll(async () => {
  project = await makeProject('bs_two')
  second = await ownBox(project, 'bstwo', 2395)
  folder = second.settings['STORAGEBOX_REMOTE_DIR'] ?? ''
  must(
    await project.host(
      `mkdir -p ${folder}; chown -R bstwo ${second.home}; cat > /opt/bstwo.box/relay.py`,
      await readFile(new URL('backup-script/relay.py', import.meta.url), 'utf8'),
    ),
  )
  must(await project.host(`sed "s/^[^ ]*/[127.0.0.1]:${RELAY}/" /opt/bstwo.box/known > /opt/bstwo.box/relayed`))
})
afterAll(async () => {
  await second?.remove()
  await project?.remove()
})

test('both have it, and each is graded', async () => {
  await putOld()
  const done = await project.attempt(both())
  expect(done.code, done.stdout + done.stderr).toBe(0)
  const name = done.status?.newest?.name ?? ''
  const [first, other] = await copies(name)
  expect(first).toMatch(/^(\.globals\.sql )?\.manifest\.json \.sha256$/)
  expect(other).toBe(first)
  expect(boxesOf(done)).toEqual([
    {
      host: 'box',
      user: 'u000000',
      grade: 'hashed on the box',
      remotePath: expect.stringMatching(new RegExp(`^${project.remote}/.*/${name}$`)),
      error: null,
    },
    {
      host: '127.0.0.1',
      user: 'bstwo',
      grade: 'hashed on the box',
      remotePath: expect.stringMatching(new RegExp(`^${folder}/.*/${name}$`)),
      error: null,
    },
  ])
  expect(done.status?.newest).toMatchObject({ grade: 'hashed on the box', remotePath: boxesOf(done)[0]?.remotePath })
  expect(done.stdout.match(/\[publish\]/g)).toHaveLength(2)
  expect(done.leftovers + (await partials())).toBe('')
  expect(await oldLeft()).toEqual([])
})

describe('one that fails', () => {
  test('the first: the second has it, and nothing is pruned', async () => {
    await putOld()
    const { code, stdout, stderr, leftovers, ...rest } = await project.attempt(both({ STORAGEBOX_PASSWORD: 'wrong' }))
    expect(code, stdout).toBe(1)
    expect(stderr).toMatch(
      /\[failed\] upload: box 1, u000000@box: wrong password or refused key: \S+ port 23 does not let us in$/m,
    )
    const name = rest.status?.newest?.name ?? ''
    expect(await copies(name)).toEqual(['', expect.stringMatching(/\.manifest\.json \.sha256$/)])
    expect(rest.status).toMatchObject({
      ok: false,
      stage: 'upload',
      newest: { grade: 'hashed on the box', remotePath: expect.stringContaining(folder) },
    })
    expect(boxesOf(rest as Attempt)).toMatchObject([
      { grade: null, remotePath: null, error: expect.stringMatching(/^box 1, u000000@box: wrong password/) },
      { grade: 'hashed on the box', error: null },
    ])
    expect(await oldLeft()).toEqual(['first', 'here', 'second'])
    expect(leftovers + (await partials())).toBe('')
    expect(stdout + stderr).not.toMatch(/\[done\]/)
  })

  test('the second: the first has it, and nothing is pruned', async () => {
    await putOld()
    // It lets us in and would let us delete, but its quota is full.
    await second.start({ force: await second.program(FULL) })
    const done = await project.attempt(both())
    await second.start()
    expect(done.code, done.stdout).toBe(1)
    expect(done.stderr).toMatch(/\[failed\] upload: box 2, bstwo@127\.0\.0\.1: refused by bstwo@127\.0\.0\.1 port 2395: /)
    expect(await copies(done.status?.newest?.name ?? '')).toEqual([expect.stringMatching(/\.manifest\.json \.sha256$/), ''])
    expect(boxesOf(done)).toMatchObject([
      { grade: 'hashed on the box', error: null },
      { grade: null, error: expect.stringMatching(/^box 2/) },
    ])
    expect(await oldLeft()).toEqual(['first', 'here', 'second'])
  })

  test('both: both reasons', async () => {
    const done = await project.attempt(both({ STORAGEBOX_PASSWORD: 'wrong', STORAGEBOX2_PASSWORD: 'wrong' }))
    expect(done.code, done.stdout).toBe(1)
    expect(done.stderr).toMatch(
      /\[failed\] upload: box 1, u000000@box: wrong password.*; box 2, bstwo@127\.0\.0\.1: wrong password/,
    )
    expect(done.status?.newest?.grade).toBe('hashed')
    expect(await oldLeft()).toEqual(['first', 'here', 'second'])
  })

  test('the next run is good, and brings its own pruning', async () => {
    const done = await project.attempt(both())
    expect(done.code, done.stdout + done.stderr).toBe(0)
    expect(await oldLeft()).toEqual([])
    expect(done.leftovers + (await partials())).toBe('')
  })
})

// The upload is held until the signal is sent; what is removed then goes over the same connection.
test('a kill while the second is uploaded takes effect at once and leaves nothing there; the first keeps its copy', async () => {
  const relayed = { STORAGEBOX2_PORT: String(RELAY), STORAGEBOX2_KNOWN_HOSTS: '/opt/bstwo.box/relayed' }
  const script = `rm -f /opt/bstwo.box/mark*; python3 /opt/bstwo.box/relay.py ${RELAY} 127.0.0.1 2395 hold /opt/bstwo.box/mark & r=$!; ${until(`(exec 3<>/dev/tcp/127.0.0.1/${RELAY})`)}
${project.script} & p=$!; ${until('[ -e /opt/bstwo.box/mark ]')}; kill -TERM $p; touch /opt/bstwo.box/mark.go; wait $p; c=$?; kill $r; wait $r; exit $c`
  const done = await project.attempt(both(relayed), {
    command: `printf %s ${Buffer.from(script).toString('base64')} | base64 -d > /opt/bstwo.box/try.sh; bash /opt/bstwo.box/try.sh`,
  })
  expect(done.code, done.stdout + done.stderr).toBe(143)
  expect(done.status).toMatchObject({
    ok: false,
    stage: 'upload',
    error: 'stopped by SIGTERM',
    newest: { grade: 'hashed on the box' },
  })
  const name = done.status?.newest?.name ?? ''
  expect(await copies(name)).toEqual([expect.stringMatching(/\.manifest\.json \.sha256$/), ''])
  expect(boxesOf(done)).toMatchObject([{ grade: 'hashed on the box' }, { grade: null, error: null }])
  expect(done.leftovers + (await partials())).toBe('')
})

describe('verify', () => {
  test('looks at each, and all must be equal', async () => {
    const done = await project.attempt(both())
    expect(done.code, done.stdout + done.stderr).toBe(0)
    const [one, two] = boxesOf(done).map(({ remotePath: path }) => path)
    expect((await checkBox(project)).boxes).toMatchObject([
      { place: 'box 1, u000000@box', fault: '', newest: { path: one } },
      { place: 'box 2, bstwo@127.0.0.1', fault: '', newest: { path: two } },
    ])
    must(await project.host(`printf x >> ${two}`))
    const damaged = await checkBox(project)
    expect(damaged.boxes).toMatchObject([{ fault: '' }, { fault: expect.stringMatching(/has \d+ bytes on the box/) as string }])
  })

  test('one that is away: the other was looked at; both away: an error', async () => {
    await second.stop()
    const one = await checkBox(project)
    expect(one.boxes).toMatchObject([
      { fault: '' },
      { newest: undefined, fault: expect.stringMatching(/^could not look: bstwo@127.0.0.1/) as string },
    ])
    await project.configure(both({ STORAGEBOX_PASSWORD: 'wrong' }))
    const none = await checkBox(project)
    await second.start()
    expect(none.error).toMatch(/^wrong password.*; could not look: bstwo/)
    expect((await project.host('ls -d /run/postgres-backup-check.* /var/tmp/postgres-backup* 2>/dev/null')).stdout).toBe('')
  })
})

test.each([
  [{ STORAGEBOX2_HOST: null }, /line none: STORAGEBOX2_HOST must be a host name/],
  [{ STORAGEBOX2_PASSWORD: null }, /line none: one of STORAGEBOX2_PASSWORD and STORAGEBOX2_IDENTITY is missing/],
  [{ STORAGEBOX2_PORT: '0' }, /line \d+: STORAGEBOX2_PORT must be a port number/],
  [{ STORAGEBOX2_REMOTE_DIR: '/home/../x' }, /line \d+: STORAGEBOX2_REMOTE_DIR must not contain \.\./],
  [{ STORAGEBOX5_HOST: 'x' }, /STORAGEBOX5_HOST is not a key that this script knows/],
])('a config that is wrong of the second box is refused: %j', async (change, message) => {
  await project.configure(both(change))
  const { code, stderr } = await project.run()
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})

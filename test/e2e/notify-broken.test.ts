import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { METRICS, SENDMAIL, startReceiver, warnings } from './notify/receiver.ts'
import type { Receiver } from './notify/receiver.ts'

let project: Project
let receiver: Receiver
const BROKEN = { DB_NAME: 'no_such_db' }
/** Sorted, without the seconds. */
const inOrder = (texts: readonly (string | undefined)[]) =>
  texts.map((text = '') => text.replace(/\d s$/, 'N s')).toSorted((a, b) => a.localeCompare(b))
/** Nothing of HTTP, for what is not about that. */
const QUIET = { PING_URL: '', WEBHOOK_URL: '' }
const LAZY = '/usr/local/sbin/pg_dump'

/** Seconds from the run's first line of a stage to its last that tells what could not be told before the next stage. */
function delays(stdout: string): number[] {
  const lines = [...stdout.matchAll(/^(\S+ \S+Z) \S+ \[(\w+)\]/gm)].map(([, time = '', stage]) => ({
    time: Date.parse(time) / 1000,
    stage,
  }))
  return lines.flatMap(({ time, stage }, at) =>
    stage === 'notify' && lines[at + 1]?.stage !== 'notify'
      ? [time - (lines.findLast((line, i) => i < at && line.stage !== 'notify')?.time ?? 0)]
      : [],
  )
}

beforeAll(async () => {
  project = await makeProject('notify_broken')
  receiver = await startReceiver(project)
})
afterAll(async () => {
  await receiver?.remove()
  await project?.remove()
})

describe('a receiver that', () => {
  const cases: [what: string, way: string, changes: Record<string, string>, ping: string, hook: string][] = [
    [
      'is away',
      'ok',
      { PING_URL: 'http://127.0.0.1:9/x', WEBHOOK_URL: 'http://127.0.0.1:9/y' },
      'ping not sent: nobody listens there',
      'webhook not sent: nobody listens there',
    ],
    [
      'has a name that is none',
      'ok',
      { PING_URL: 'http://no-such-host.invalid/x', WEBHOOK_URL: 'http://no-such-host.invalid/y' },
      'ping not sent: there is no host of that name',
      'webhook not sent: there is no host of that name',
    ],
    ['answers 500', '500', {}, 'ping not taken: the answer was 500', 'webhook not taken: the answer was 500'],
    ['never answers', 'hang', {}, 'ping not taken: no answer within N s', 'webhook not taken: no answer within N s'],
  ]

  test.each(cases)('%s: a good run stays one, with warnings, not much later', async (_, way, changes, ping, hook) => {
    const found = await receiver.attempt(changes, { way })
    expect(found.code, found.stderr).toBe(0)
    expect(found.status).toMatchObject({ ok: true, stage: 'done', error: null })
    expect(inOrder(warnings(found))).toEqual([ping, ping, hook, hook])
    // What can be told of the status at its writing is: the start's. The log has both.
    expect(inOrder(found.status?.warnings ?? [])).toEqual([ping, hook])
    expect(found.log.endsWith(found.stdout)).toBe(true)
    // Few tries, the start's and the end's together.
    expect(found.heard.pings.length).toBeLessThanOrEqual(6)
    // 4 s and 5 s, as its words say; the rest is what a busy machine adds. One that never answers would hold it for an hour.
    const patience = warnings(found)
      .flatMap((text = '') => /no answer within (\d+) s$/.exec(text)?.slice(1) ?? [])
      .map(Number)
    expect(patience).toHaveLength(way === 'hang' ? 4 : 0)
    expect(Math.max(0, ...patience)).toBeLessThanOrEqual(5)
    expect(delays(found.stdout)).toHaveLength(2)
    expect(Math.max(...delays(found.stdout))).toBeLessThan(600)
  })

  test('never answers: a failed run fails as it did, and mail still goes', async () => {
    const found = await receiver.attempt(BROKEN, { way: 'hang' })
    expect(found.code).toBe(1)
    expect(found.status).toMatchObject({
      ok: false,
      stage: 'preflight',
      exitCode: 1,
      error: expect.stringContaining('does not exist'),
    })
    expect(warnings(found)).toHaveLength(4)
    expect(found.heard.mails).toHaveLength(1)
    expect(found.heard.syslog).toHaveLength(2)
  })
})

describe('what the host lacks or has wrong is a warning, and the run is what it was', () => {
  const CURL = '/usr/bin/curl'
  const away = (file: string) => `mv ${file} ${file}.away`
  const back = (file: string) => `mv ${file}.away ${file}`
  const sendmail = (body: string) => `${away(SENDMAIL)}; printf '#!/bin/sh\\n${body}\\n' >${SENDMAIL}; chmod 755 ${SENDMAIL}`
  const cases: [what: string, prepare: string, changes: Record<string, string>, undo: string, warnings: RegExp[]][] = [
    [
      'no curl, no sendmail, no syslog, no folder',
      [CURL, SENDMAIL, '/dev/log'].map(away).join('; '),
      { PROMETHEUS_DIR: '/nowhere' },
      [CURL, SENDMAIL, '/dev/log'].map(back).join('; '),
      [
        /^line to syslog not written: logger: socket \/dev\/log: No such file/,
        /^mail not sent: there is no sendmail/,
        /^no metrics: \/nowhere is not there$/,
        /^ping not sent: curl is not installed; this gets it: apt-get install curl$/,
        /^webhook not sent: curl is not installed; this gets it: apt-get install curl$/,
      ],
    ],
    [
      "a sendmail that fails, a folder of the file's name",
      `${sendmail('exit 75')}; rm -rf ${METRICS}/*; mkdir ${METRICS}/postgres_backup_notify_broken.prom`,
      QUIET,
      `${back(SENDMAIL)}; rm -rf ${METRICS}/*`,
      [/^mail not sent: sendmail ended with 75$/, /^no metrics: could not write /],
    ],
    [
      'a sendmail that hangs',
      sendmail('trap "" TERM; sleep 1000'),
      QUIET,
      back(SENDMAIL),
      [/^mail not sent: sendmail did not end within 1N s$/],
    ],
  ]
  let undone = 'true'
  afterEach(async () => {
    must(await project.host(undone))
    undone = 'true'
  })

  test.each(cases)('%s', async (_, prepare, changes, undo, expected) => {
    undone = undo
    const found = await receiver.attempt({ ...changes, ...BROKEN }, { prepare })
    expect(found.code).toBe(1)
    expect(found.status).toMatchObject({
      ok: false,
      stage: 'preflight',
      error: expect.stringContaining('does not exist'),
    })
    expect(inOrder([...new Set(warnings(found))])).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
    expect(found.leftovers).toBe('')
  })

  test('a link that lies where metrics go is not followed', async () => {
    const prepare = `rm -f ${METRICS}/*; echo precious >/run/precious; ln -s /run/precious ${METRICS}/.postgres_backup_notify_broken.part; ln -s /run/precious ${METRICS}/postgres_backup_notify_broken.prom`
    const { heard } = await receiver.attempt({ ...QUIET, ...BROKEN }, { prepare })
    expect(heard.metrics).toContain('postgres_backup_last_run_ok{project="notify_broken"} 0\n')
    expect(must(await project.host('cat /run/precious; rm /run/precious')).stdout).toBe('precious\n')
  })
})

/** Seconds, on a machine that does much else; what holds the run here would hold it a thousand and more. */
const PATIENCE = 600

describe('a run that is killed in its dump', () => {
  const sleepy = `#!/bin/bash\n[[ $PGDATABASE == notify_broken_db ]] || exec /usr/bin/pg_dump "$@"\ntouch /var/tmp/notify-dumps; exec sleep 1000\n`
  const prepare = `rm -f /var/tmp/notify-dumps; echo ${Buffer.from(sleepy).toString('base64')} | base64 -d >${LAZY}; chmod 755 ${LAZY}`
  const command = () =>
    `( env --default-signal=TERM ${project.script} & p=$!; for i in $(seq 1200); do [ -e /var/tmp/notify-dumps ] && break; sleep 0.05; done; kill -TERM $p; s=$(date +%s); wait $p; c=$?; echo "ended after $(($(date +%s) - s)) s"; exit $c )`
  const ended = (stdout: string) => Number(/^ended after (\d+) s$/m.exec(stdout)?.[1])
  afterAll(() => project.host(`rm -f ${LAZY} /var/tmp/notify-dumps`))

  test('says so all the same', async () => {
    const { code, heard, status, stdout, leftovers } = await receiver.attempt({}, { prepare, command: command() })
    expect(code, stdout).toBe(143)
    expect(status).toMatchObject({ ok: false, stage: 'dump', error: 'stopped by SIGTERM' })
    expect(heard.pings.map(({ path }) => path.replace(/.*t0ken/, ''))).toEqual(['/start?create=1', '/fail?create=1'])
    expect(heard.news.at(-1)).toMatchObject({ event: 'fail', stage: 'dump', error: 'stopped by SIGTERM' })
    expect(heard.mails).toHaveLength(1)
    expect(ended(stdout)).toBeLessThanOrEqual(PATIENCE)
    expect(leftovers).toBe('')
  })

  test('and ends in time where nobody answers', async () => {
    const { code, heard, stdout } = await receiver.attempt({}, { way: 'hang', prepare, command: command() })
    expect(code, stdout).toBe(143)
    expect(heard.news.at(-1)).toMatchObject({ event: 'fail', error: 'stopped by SIGTERM' })
    expect(ended(stdout)).toBeLessThanOrEqual(PATIENCE)
  })
})

test.each([
  ['PING_URL', ['ftp://example.org/t0ken', 'https://', 'https://example.org/t0ken x'], 'a URL that begins with'],
  [
    'WEBHOOK_URL',
    ['https://example.org/t0ken"', 'https://example.org/t0ken\\n', 'https://example.org/#t0ken'],
    'a URL that begins with',
  ],
  ['MAIL_TO', ['t0ken@example.org, b@example.org', '-t0ken@example.org', 't0ken'], 'one address for mail'],
])('the config: %s is checked, and not shown', async (key, wrong, words) => {
  for (const value of wrong) {
    await project.configure({ ...QUIET, [key]: value })
    const { code, stderr } = await project.run()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`, line \\d+: ${key} must be ${words}`)),
    })
    expect(stderr).not.toContain('t0ken')
  }
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project } from './backup-script/project.ts'
import { METRICS, startReceiver, warnings } from './notify/receiver.ts'
import type { Heard, Receiver } from './notify/receiver.ts'

let project: Project
let receiver: Receiver
let good: Attempt & { heard: Heard }
const BROKEN = { DB_NAME: 'no_such_db' }
const FAKE = '/usr/local/sbin/pg_dump'

const paths = ({ pings }: Heard) => pings.map(({ method, path }) => `${method} ${path.replace(/.*t0ken/, '')}`)
const events = ({ news }: Heard) => news.map(({ event, run, stage }) => `${event} ${run} ${stage}`)
/** The metrics of a text file, by their names without the prefix. */
const values = ({ metrics }: Heard) =>
  Object.fromEntries(
    [...(metrics ?? '').matchAll(/^postgres_backup_(\w+)\{project="notify"\} (\d+)$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  )
/** The backup script, with the host's seconds before and after it on stdout. */
const timed = () => `(date +%s; ${project.script}; c=$?; date +%s; exit $c)`
const bounds = ({ stdout }: Attempt): [began: number, ended: number] => {
  const [began = NaN, ended = NaN] = [...stdout.matchAll(/^\d+$/gm)].map(Number)
  return [began, ended]
}
const seconds = (time = '') => Date.parse(time) / 1000
const asPgDump = (body: string) =>
  `echo ${Buffer.from(`#!/bin/bash\n[[ $PGDATABASE == notify_db ]] || exec /usr/bin/pg_dump "$@"\n${body}\n`).toString('base64')} | base64 -d > ${FAKE}; chmod 755 ${FAKE}`

beforeAll(async () => {
  project = await makeProject('notify')
  receiver = await startReceiver(project)
  good = await receiver.attempt({}, { command: timed() })
  expect(good.code, good.stderr).toBe(0)
})
afterAll(async () => {
  await receiver?.remove()
  await project?.remove()
})

describe('a good run', () => {
  test('pings start and success by the convention, nothing in them', () => {
    expect(paths(good.heard)).toEqual(['GET /start?create=1', 'GET ?create=1'])
    expect(good.heard.pings.map(({ body }) => body)).toEqual(['', ''])
  })

  test('tells the webhook both', () => {
    const { news, hooks } = good.heard
    expect(hooks.map(({ method, type }) => `${method} ${type}`)).toEqual(['POST application/json', 'POST application/json'])
    expect(hooks[0]?.path).toBe("/ok/hook/whsec-t0k[e]n?a=b&c=%20'$(id)")
    expect(events(good.heard)).toEqual(['start backup sweep', 'success backup done'])
    expect(news[0]).toMatchObject({ project: 'notify', error: null, newest: null, next: null })
    expect(news[0]?.message).toMatch(/^the backup of notify on [\w-]+ has started$/)
    expect(news[1]?.newest).toEqual(good.status?.newest)
    expect(news[1]?.message).toContain(
      `is done: ${good.status?.newest?.name}, ${good.status?.newest?.bytes} bytes, 3 tables, 2000`,
    )
  })

  test('sends no mail, and two lines to syslog', () => {
    expect(good.heard.mails).toEqual([])
    expect(good.heard.syslog).toEqual([
      expect.stringMatching(/^<30>.* postgres-backup\[\d+\]: the backup of notify on \S+ has started$/),
      expect.stringMatching(/^<30>.* postgres-backup\[\d+\]: the backup of notify on \S+ is done: backup_notify_db_/),
    ])
  })

  test('writes metrics in the exposition format, for node_exporter to read', async () => {
    const lines = (good.heard.metrics ?? '').split('\n')
    expect(lines.pop()).toBe('')
    for (let at = 0; at < lines.length; at += 3) {
      const [, name] = /^# HELP (postgres_backup_\w+) [A-Z].*\.$/.exec(lines[at] ?? '') ?? []
      expect(lines.slice(at + 1, at + 3)).toEqual([
        `# TYPE ${name} gauge`,
        expect.stringMatching(new RegExp(`^${name}\\{project="notify"\\} \\d+$`)),
      ])
    }
    const newest = good.status?.newest
    const found = values(good.heard)
    expect(found).toEqual({
      last_run_ok: 1,
      last_run_timestamp_seconds: expect.any(Number),
      last_run_duration_seconds: expect.any(Number),
      last_success_timestamp_seconds: seconds(newest?.finishedAt),
      size_bytes: newest?.bytes,
      tables: 3,
      rows: expect.any(Number),
      held: 0,
    })
    const [began, ended] = bounds(good)
    for (const time of [found['last_run_timestamp_seconds'], found['last_success_timestamp_seconds']]) {
      expect(time).toBeGreaterThanOrEqual(began)
      expect(time).toBeLessThanOrEqual(ended)
    }
    expect(found['last_run_duration_seconds']).toBeLessThanOrEqual(ended - began + 1)
    expect((await project.host(`stat -c '%a %n' ${METRICS}/* ${METRICS}/.[!.]*`)).stdout).toBe(
      `644 ${METRICS}/postgres_backup_notify.prom\n`,
    )
  })

  test('says nothing of it', () => expect(warnings(good)).toEqual([]))
})

describe('a run that fails', () => {
  afterEach(async () => {
    must(await project.host(`rm -f ${FAKE}`))
  })

  test('before the dump: all hear what, what is safe still, and what to do', async () => {
    const { code, heard, status } = await receiver.attempt(BROKEN)
    expect(code).toBe(1)
    expect(paths(heard)).toEqual(['GET /start?create=1', 'POST /fail?create=1'])
    expect(events(heard)).toEqual(['start backup sweep', 'fail backup preflight'])
    const { newest } = good.status!
    expect(heard.news[1]).toMatchObject({
      error: status?.error,
      newest,
      next: expect.stringMatching(/^look at .*no_such_db.*run it again: \/opt\/\S+\/backup-notify\.sh$/),
    })
    const [mail] = heard.mails
    expect(heard.mails).toHaveLength(1)
    expect(mail?.arguments).toBe('-t -i')
    expect(mail?.headers).toEqual([
      'To: ops@example.org',
      `Subject: [notify] backup on ${heard.news[1]?.host}: failed in preflight`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      'Auto-Submitted: auto-generated',
    ])
    const { text } = mail!
    expect(text).toMatch(/^the backup of notify on \S+ failed in the stage preflight: cannot read the database no_such_db: /)
    expect(text).toMatch(/\nWhat the program said:\n {2}.*does not exist/)
    expect(text).toMatch(/\nThe last lines of the log:\n( {2}\S.*\n)+ {2}\S+ \S+ notify \[failed\] preflight: /)
    expect(text).toMatch(
      new RegExp(
        `\nStill safe: ${newest?.name}, ${newest?.bytes} bytes, .*, \\d+ minutes old\\.\nIt lies on the box, \\S+@box:${newest?.remotePath}, where .*, and on \\S+ in ${project.backups}\\.\n`,
      ),
    )
    expect(text).toContain(`\nNext: ${heard.news[1]?.next}\n`)
    expect(heard.pings[1]).toMatchObject({ type: 'text/plain; charset=utf-8', body: text.trimEnd() })
    expect(heard.syslog[1]).toMatch(/^<27>.*: the backup of notify on \S+ failed in the stage preflight: /)
  })

  test('the metrics keep the last success', async () => {
    // What the run writes anew is set to what no run would write, so that nothing hangs on how fast the machine is.
    const file = `${METRICS}/postgres_backup_notify.prom`
    const prepare = `sed -i -E 's/^(postgres_backup_last_run_(timestamp|duration)_seconds[^ ]*) .*/\\1 9999999999/' ${file}; grep -c ' 9999999999$' ${file} | grep -qx 2`
    const failed = await receiver.attempt(BROKEN, { prepare, command: timed() })
    const { heard } = failed
    const [began, ended] = bounds(failed)
    const { last_run_timestamp_seconds: at, last_run_duration_seconds: took, ...kept } = values(heard)
    const { last_run_timestamp_seconds: _at, last_run_duration_seconds: _took, ...before } = values(good.heard)
    expect(kept).toEqual({ ...before, last_run_ok: 0 })
    expect(at).toBeGreaterThanOrEqual(began)
    expect(at).toBeLessThanOrEqual(ended)
    expect(took).toBeLessThanOrEqual(ended - began + 1)
  })

  test('at the upload, twice: the copy on the box is still told, and the newer one that lies here only', async () => {
    for (const _ of [1, 2]) {
      const { heard, status } = await receiver.attempt({ STORAGEBOX_PASSWORD: 'not-it' })
      expect(events(heard).at(-1)).toBe('fail backup upload')
      expect(heard.news.at(-1)).toMatchObject({ newest: good.status?.newest, next: expect.stringContaining(': box notify; ') })
      expect(status?.newest).toMatchObject({ grade: 'hashed', remotePath: null })
      expect(heard.mails[0]?.text).toContain(`Still safe: ${good.status?.newest?.name},`)
      expect(heard.mails[0]?.text).toMatch(
        new RegExp(`A newer one lies on \\S+ only, in ${project.backups}: ${status?.newest?.name},`),
      )
      expect(values(heard)['last_success_timestamp_seconds']).toBe(seconds(good.status?.newest?.finishedAt))
    }
  })

  test('in words that nobody foresaw: no header, no option, no field comes of them, and no secret', async () => {
    const nasty = `printf 'pg_dump: error: "\\\\" @/etc/passwd\\r\\nBcc: x@y.z {"event":"success"} \\377\\n.\\n' >&2; cat /run/postgres-backup/notify.work/pgpass >&2; printf 'pg_dump: error: %s\\n' "$(cut -d: -f5- /run/postgres-backup/notify.work/pgpass | sed 's/\\\\\\(.\\)/\\1/g')" >&2; exit 1`
    // The log is not looked at here: what a program says stands in it as it is.
    const { code } = await project.attempt(receiver.settings(), { prepare: asPgDump(nasty) })
    const heard = await receiver.heard()
    expect(code).toBe(1)
    expect(heard.news[1]).toMatchObject({ event: 'fail', stage: 'dump' })
    expect(heard.news[1]?.error).toContain('"\\" @/etc/passwd')
    expect(
      heard.mails[0]?.headers.filter((line) => !/^(To|Subject|MIME-Version|Content-\S+|Auto-Submitted): /.test(line)),
    ).toEqual([])
    expect(heard.mails[0]?.headers).toHaveLength(6)
    expect(heard.pings[1]?.body).toContain('@/etc/passwd')
    for (const text of [heard.pings[1]?.body, heard.hooks[1]?.body, heard.mails[0]?.text, ...heard.syslog]) {
      for (const secret of project.secrets) expect(text).not.toContain(secret)
    }
  })
})

test('a size unlike the last ones: an alarm, though the run is good', async () => {
  // Not under a tenth, which would not count as the newest at all.
  must(
    await project.host(
      `(cd /; su postgres -c "psql -q -c \\"UPDATE notes SET body = left(body, length(body) * 3 / 10)\\" notify_db")`,
    ),
  )
  const { code, stderr, heard, status } = await receiver.attempt()
  expect(code, stderr).toBe(0)
  expect(paths(heard)).toEqual(['GET /start?create=1', 'POST /fail?create=1', 'GET ?create=1'])
  expect(events(heard)).toEqual(['start backup sweep', 'alarm backup size', 'success backup done'])
  expect(heard.news[1]?.error).toMatch(
    /^the size is unusual: backup_notify_db_\S+ has \d+ bytes, the median of the \d before it is \d+; check whether/,
  )
  expect(heard.news[1]?.next).toMatch(/ --acknowledge$/)
  expect(heard.news[1]?.newest).toEqual(good.status?.newest)
  expect(heard.mails.map(({ headers }) => headers[1])).toEqual([expect.stringMatching(/: alarm in size$/)])
  expect(heard.mails[0]?.text).toContain(`Still safe: ${good.status?.newest?.name},`)
  expect(heard.syslog[1]).toMatch(/^<28>.* needs a look, size: /)
  expect(values(heard)).toMatchObject({ held: 1, last_run_ok: 1, size_bytes: status?.newest?.bytes })
  must(await project.run('--acknowledge'))
})

test('a drill: its success is told, but not to who counts backups; its failure to all; the metrics have the proof', async () => {
  const proof = (ok: boolean) => `PROOF='{"name":"backup_notify_db_x","ok":${ok},"at":"2026-11-24T10:00:00Z"}'`
  const drill = (end: string) =>
    `(umask 077; sed 's/^main .*/CONFIG=$1; configure; begin; KIND=drill STAGE=load; . "$2"/' ${project.script} >drill.sh; echo ${Buffer.from(end).toString('base64')} | base64 -d >drill-end; bash -p drill.sh ${project.config} "$PWD/drill-end"; c=$?; rm -f drill.sh drill-end; exit $c)`
  const passed = await receiver.attempt({}, { command: drill(`${proof(true)}; tell success`) })
  expect(passed.code, passed.stderr).toBe(0)
  expect(passed.heard.pings).toEqual([])
  expect(events(passed.heard)).toEqual(['success drill load'])
  expect(values(passed.heard)).toMatchObject({
    proof_ok: 1,
    proof_timestamp_seconds: seconds('2026-11-24T10:00:00Z'),
    last_run_ok: 1,
  })

  const failed = await receiver.attempt(
    {},
    { command: drill(`${proof(false)}; alarm load 'drill of backup_notify_db_x: rows differ'`) },
  )
  expect(paths(failed.heard)).toEqual(['POST /fail?create=1'])
  expect(events(failed.heard)).toEqual(['alarm drill load'])
  expect(failed.heard.mails[0]?.text).toMatch(
    /^the drill of notify on \S+ needs a look, load: drill of backup_notify_db_x: rows differ\n/,
  )
  expect(values(failed.heard)).toMatchObject({ ...values(passed.heard), proof_ok: 0 })
})

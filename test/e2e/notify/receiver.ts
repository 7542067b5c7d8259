import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { must } from '../backup-script/project.ts'
import type { Attempt, Project, Settings } from '../backup-script/project.ts'

export interface Request {
  method: string
  path: string
  type: string | null
  body: string
  arguments: string[]
  environments: string[]
}

export interface Mail {
  arguments: string
  /** The header fields as they came, and the text. */
  headers: string[]
  text: string
}

/** What the webhook is sent. */
export interface News {
  project: string
  host: string
  event: string
  run: string
  stage: string
  error: string | null
  newest: { name: string; remotePath: string | null } | null
  message: string
  next: string | null
}

/** All that came since it was last asked. */
export interface Heard {
  pings: Request[]
  hooks: Request[]
  news: News[]
  mails: Mail[]
  syslog: string[]
  metrics: string | null
}

/** What could not be told, in the run's own words. */
export const warnings = ({ stdout }: Attempt) => [...stdout.matchAll(/ \[notify\] warning: (.*)$/gm)].map(([, text]) => text)

export interface Receiver {
  /** A config with every way on; `way` is ok, 500 or hang. */
  settings(way?: string): Settings
  heard(): Promise<Heard>
  /** One go with such a config but for the `changes`. Expects that no secret shows in anything said, told, written or seen of a process. */
  attempt(changes?: Settings, options?: Parameters<Project['attempt']>[1] & { way?: string }): Promise<Attempt & { heard: Heard }>
  remove(): Promise<void>
}

const FOLDER = '/run/notify-test'
export const METRICS = `${FOLDER}/metrics`
export const SENDMAIL = '/usr/local/sbin/sendmail'
const TOKENS = { ping: '5bf66975-ping-t0ken', webhook: 'whsec-t0k[e]n' }
const recorder = `#!/bin/bash
{ printf '%s\\n' "$*"; cat; } > ${FOLDER}/mail.$$ && mv ${FOLDER}/mail.$$ ${FOLDER}/$$.mail
`

/** Starts the receiver on the project's host, and puts a sendmail there that records. */
export async function startReceiver(project: Project): Promise<Receiver> {
  const program = await readFile(new URL('receiver.py', import.meta.url), 'utf8')
  await project.install('curl')
  must(
    await project.host(
      `[ ! -e ${SENDMAIL} ] && [ ! -e /dev/log ] && mkdir ${FOLDER} ${METRICS} && cat > ${FOLDER}/receiver.py`,
      program,
    ),
  )
  must(await project.host(`cat > ${SENDMAIL}; chmod 755 ${SENDMAIL}`, recorder))
  const start = `(setsid python3 ${FOLDER}/receiver.py ${FOLDER} >${FOLDER}/said 2>&1 & echo $! >${FOLDER}/pid)`
  const { stdout } = must(
    await project.host(
      `${start}; for i in $(seq 1200); do [ -s ${FOLDER}/port ] && [ -S /dev/log ] && break; sleep 0.05; done; cat ${FOLDER}/port`,
    ),
  )
  const base = `http://127.0.0.1:${stdout.trim()}`
  const receiver: Receiver = {
    settings: (way = 'ok') => ({
      PING_URL: `${base}/${way}/${TOKENS.ping}?create=1`,
      // Each of these characters means something to curl; they are to be taken as they stand.
      WEBHOOK_URL: `${base}/${way}/hook/${TOKENS.webhook}?a=b&c=%20'$(id)`,
      MAIL_TO: 'ops@example.org',
      PROMETHEUS_DIR: METRICS,
      SYSLOG: 'yes',
    }),
    async heard() {
      const all = must(
        await project.host(
          `cd ${FOLDER}; for f in requests syslog; do base64 -w0 $f 2>/dev/null; echo; done; base64 -w0 metrics/*.prom 2>/dev/null; echo; for f in *.mail; do [ ! -e $f ] || { base64 -w0 $f; echo; }; done; rm -f requests syslog *.mail`,
        ),
      )
      const [requests = '', syslog = '', metrics = '', ...mails] = all.stdout
        .split('\n')
        .map((line) => Buffer.from(line, 'base64').toString())
      const parse = <T>(text: string) =>
        text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as T)
      const came = parse<Request>(requests)
      const hooks = came.filter(({ path }) => path.includes('/hook/'))
      return {
        pings: came.filter((request) => !hooks.includes(request)),
        hooks,
        news: hooks.map(({ body }) => JSON.parse(body) as News),
        mails: mails.filter((mail) => mail !== '').map(mailOf),
        // Others on the host write there too.
        syslog: parse<string>(syslog).filter((line) => line.includes(' postgres-backup[')),
        metrics: metrics === '' ? null : metrics,
      }
    },
    async attempt(changes, options = {}) {
      const found = await project.attempt({ ...receiver.settings(options.way), ...changes }, options)
      const heard = await receiver.heard()
      noSecret([...project.secrets, TOKENS.ping, 'whsec-t0k', base], found, heard)
      return { ...found, heard }
    },
    async remove() {
      await project.host(`kill "$(cat ${FOLDER}/pid)"; rm -rf ${FOLDER} ${SENDMAIL} /dev/log`)
    },
  }
  return receiver
}

function noSecret(secrets: readonly string[], { stdout, stderr, log, status, files }: Attempt, heard: Heard): void {
  const requests = [...heard.pings, ...heard.hooks]
  const seen = requests.flatMap((request) => [request.body, ...request.arguments, ...request.environments])
  const told = [
    ...heard.mails.flatMap(({ headers, text, arguments: words }) => [words, ...headers, text]),
    ...heard.syslog,
    heard.metrics ?? '',
  ]
  // Nothing seen would hold no secret either: the program that sends was there each time.
  for (const { arguments: found } of requests) expect(found).toContainEqual(expect.stringMatching(/^curl .* --config -/))
  for (const secret of secrets)
    expect(
      [...seen, ...told, stdout, stderr, log, JSON.stringify(status), ...files].filter((text) => text.includes(secret)),
    ).toEqual([])
}

function mailOf(mail: string): Mail {
  const [words = '', ...rest] = mail.split('\n')
  const end = rest.indexOf('')
  return { arguments: words, headers: rest.slice(0, end), text: rest.slice(end + 1).join('\n') }
}

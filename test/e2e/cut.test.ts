import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { labInventory, labProject, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import type { RunReport } from '../../lib/index.ts'
import { ROOT } from './support/cli.ts'
import { LAB, failures, runVerb, writeInventory } from './support/run.ts'

let lab: Lab
let inventory: string
let logbook: string
const children = new Set<ChildProcess>()

const drop = `cd /; su postgres -c 'dropdb --if-exists -f cut_db; dropuser --if-exists cut_user'
rm -rf /opt/cut /opt/postgresql-backups/*cut* /opt/postgresql-backups/configs/*cut* /etc/cron.d/*cut /etc/logrotate.d/*cut /var/backups/postgres/*cut*`

beforeAll(async () => {
  lab = await openLab(LAB)
  // Its head migrates for as long as /opt/cut/wait is there.
  await mustExecIn(
    lab,
    'vps',
    `${drop}
mkdir -p /opt/cut && cp -a /opt/onquota/backend /opt/cut/backend
cat > /opt/cut/backend/alembic/versions/023_slow.py <<'end'
import os, time
revision = "023"
down_revision = "022"
def upgrade():
    print("waiting", flush=True)
    while os.path.exists("/opt/cut/wait"):
        time.sleep(0.05)
end`,
  )
  const entry = labProject(lab, 'cut', { host: 'vps', schedule: '0 6 * * *' })
  delete entry.backup
  const { hosts } = labInventory(lab)
  inventory = writeInventory(lab, 'cut', {
    hosts: { vps: hosts['vps']! },
    projects: {
      cut: {
        ...entry,
        database: { ...entry.database, password: { file: join(lab.directory, 'secrets/onquota_db') } },
        migrations: { ...entry.migrations, head: '023' },
      },
    },
  })
})
afterAll(() => mustExecIn(lab, 'vps', drop))
beforeEach(async () => {
  logbook = mkdtempSync(join(tmpdir(), 'bitacora-cut-'))
  await mustExecIn(
    lab,
    'vps',
    `cd /; su postgres -c 'dropdb --if-exists -f cut_db; dropuser --if-exists cut_user'; touch /opt/cut/wait`,
  )
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  rmSync(logbook, { recursive: true })
  // The migration ends by itself, and with it the host's lock.
  await mustExecIn(lab, 'vps', 'rm -f /opt/cut/wait; flock -w 60 /run/bitacora.lock true')
})

/** Provisions as a process of its own, which the signal gets while the head migrates. */
function cutBy(signal: NodeJS.Signals, json: boolean): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('zx', ['tasks/provision.mjs', ...(json ? ['--json'] : [])], {
      cwd: ROOT,
      env: {
        ...process.env,
        PATH: `${ROOT}/node_modules/.bin:${process.env['PATH']}`,
        BITACORA_INVENTORY: inventory,
        BITACORA_LOGBOOK: logbook,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    // Without a terminal and with --json nothing is shown: the host says when.
    mustExecIn(
      lab,
      'vps',
      `for i in $(seq 1200); do pgrep -f 'alembic.*upgrad[e]' >/dev/null && su postgres -c "psql -Atc \\"SELECT 1 FROM pg_stat_activity WHERE datname = 'cut_db'\\"" 2>/dev/null | grep -q 1 && exit 0; sleep 0.05; done; exit 1`,
    ).then(() => child.kill(signal), reject)
  })
}

function entries(): RunReport[] {
  return readdirSync(logbook)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(logbook, name), 'utf8')) as RunReport)
}

/** What stands of the cut run wherever it is told. */
const cutHost = (error: RegExp) => ({
  name: 'vps',
  ok: false,
  error: expect.stringMatching(error),
  interrupted: { project: 'cut', step: 'migrations', change: { what: 'migrations of cut_db' } },
  steps: expect.arrayContaining([
    expect.objectContaining({
      project: 'cut',
      step: 'database',
      status: 'unknown',
      changes: [expect.objectContaining({ what: 'database cut_db', seconds: expect.any(Number) })],
    }),
    expect.objectContaining({ project: 'cut', step: 'migrations', status: 'unknown', changes: [] }),
  ]),
})
const UNKNOWN = /migrations of cut_db was being changed, so the outcome is not known\. Run the same command again/

test.each([
  ['SIGINT', 130, false],
  ['SIGTERM', 143, true],
] as const)(
  '%s while a migration runs: what was done is told and written down, exit %i, and the same run again goes on',
  async (signal, code, json) => {
    const ended = await cutBy(signal, json)
    expect(ended.code).toBe(code)
    const [entry] = entries()
    expect(entry).toMatchObject({ ok: false, exitCode: code, stopped: signal, hosts: [cutHost(UNKNOWN)] })
    expect(readdirSync(logbook).filter((name) => name.includes('unfinished'))).toEqual([])
    if (json) expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: code, stopped: signal, hosts: [cutHost(UNKNOWN)] })
    else {
      expect(ended.stdout).toMatch(/^provision: stopped by SIGINT; .*changes made/)
      expect(ended.stdout).toMatch(/Run the same command again; it goes on from what is there/)
      expect(ended.stderr).toMatch(/stopped by Ctrl-C \(SIGINT\): closing the connections/)
    }
    await mustExecIn(lab, 'vps', 'rm /opt/cut/wait')
    const again = await runVerb('provision', { inventory, wait: 60 })
    expect([again.exitCode, failures(again)]).toEqual([0, []])
  },
)

test('a run that is killed leaves what it had done; the next one makes the entry', async () => {
  expect((await cutBy('SIGKILL', true)).code).toBeNull()
  expect(readdirSync(logbook)).toEqual([expect.stringMatching(/\.unfinished\.jsonl$/)])
  const next = spawn('zx', ['tasks/verify.mjs', '--nonsense'], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env['PATH']}`, BITACORA_LOGBOOK: logbook },
    stdio: 'ignore',
  })
  await new Promise((resolve) => next.on('close', resolve))
  expect(entries().find(({ task }) => task === 'provision')).toMatchObject({
    stopped: 'killed',
    hosts: [cutHost(/^the run was killed while migrations of cut_db/)],
  })
})

test('a connection that is lost: what was done is in the report', async () => {
  const running = runVerb('provision', {
    inventory,
    onEvent(event) {
      if (event.type === 'line' && event.line.includes('waiting')) {
        // Our session's sshd: the only one that has a shell of ours with the lock.
        void mustExecIn(
          lab,
          'vps',
          `for p in $(pgrep -x sshd); do [ "$(cat /proc/$p/task/$p/children)" = "" ] || grep -q 'notty\\|priv' /proc/$p/cmdline && kill -9 $p; done; true`,
        )
      }
    },
  })
  const report = await running
  expect(report.exitCode).toBe(1)
  expect(report.hosts).toMatchObject([cutHost(/outcome is not known[\s\S]*Run the same command again/)])
})

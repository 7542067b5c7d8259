import { spawn } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, failures, notOk, runVerb } from './support/run.ts'

let lab: Lab
const onquota = { projects: ['onquota'] }
const meddle = () => execIn(lab, 'vps', 'chmod 0644 /opt/postgresql-backups/configs/backup-onquota.conf')

beforeAll(async () => {
  lab = await openLab(LAB)
  await runVerb('provision', onquota)
})

let holds = 0

/** Holds the host's lock as another run would, ten minutes at most; resolves once it is held, to what ends it. */
async function hold(): Promise<() => Promise<void>> {
  const run = `cafe000${++holds}`
  const holder = JSON.stringify({ run, since: '2026-01-02T03:04:05Z', who: 'ana@laptop', task: 'provision' })
  const { code } = await execIn(
    lab,
    'vps',
    `setsid sh -c 'exec 9<>/run/bitacora.lock; flock 9; printf "%s\\n" "$1" > /run/bitacora.lock; sleep 600' sh '${holder}' >/dev/null 2>&1 </dev/null &
for i in $(seq 1200); do grep -q ${run} /run/bitacora.lock && exit 0; sleep 0.05; done; exit 1`,
  )
  expect(code).toBe(0)
  // The group: its sleep has the lock too, until all of it is gone. The brackets keep the grep from finding itself.
  const kill = `for p in $(grep -laE "cafe000[${holds}]" /proc/[0-9]*/cmdline 2>/dev/null); do p=\${p#/proc/}; kill -s KILL -- "-\${p%/cmdline}"; done; flock -w 60 /run/bitacora.lock true`
  return async () => expect(await execIn(lab, 'vps', kill)).toMatchObject({ code: 0, stderr: '' })
}

test('a second run says who holds the host, since when, and changes nothing', async () => {
  await meddle()
  const release = await hold()
  const report = await runVerb('provision', onquota)
  await release()
  expect(report.exitCode).toBe(1)
  expect(report.hosts[0]?.error).toMatch(
    /another run is changing this host: provision by ana@laptop, since 2026-01-02T03:04:05Z \(run cafe000\d\).*--wait/s,
  )
})

test('with --wait it waits, reads anew, and goes on', async () => {
  const release = await hold()
  const held: unknown[] = []
  let released: Promise<void> | undefined
  const report = await runVerb('provision', {
    ...onquota,
    wait: 300,
    onEvent: (event) => {
      if (event.type !== 'held') return
      held.push(event.holder)
      released ??= release()
    },
  })
  await released
  expect(held).toMatchObject([{ who: 'ana@laptop' }])
  expect(report.exitCode).toBe(0)
  expect(notOk(report)).toEqual(['onquota/config changed: file /opt/postgresql-backups/configs/backup-onquota.conf mode'])
})

test('a check needs no lock', async () => {
  const release = await hold()
  expect((await runVerb('provision', { ...onquota, check: true })).exitCode).toBe(0)
  await release()
})

test('a lock whose holder was killed is free', async () => {
  await (
    await hold()
  )()
  await meddle()
  expect(failures(await runVerb('provision', onquota))).toEqual([])
})

test('two real runs at once: both end well, one change is made', async () => {
  await meddle()
  const reports = await Promise.all([
    runVerb('provision', { ...onquota, wait: 300 }),
    runVerb('provision', { ...onquota, wait: 300 }),
  ])
  expect(reports.flatMap(failures)).toEqual([])
  expect(reports.flatMap(notOk)).toEqual([
    'onquota/config changed: file /opt/postgresql-backups/configs/backup-onquota.conf mode',
  ])
})

test('a run that is killed half way converges when run again', async () => {
  await execIn(
    lab,
    'vps',
    `rm -f /opt/postgresql-backups/backup-onquota.sh /opt/postgresql-backups/configs/backup-onquota.conf /etc/cron.d/bitacora-onquota /etc/logrotate.d/bitacora-onquota`,
  )
  const child = spawn(process.execPath, ['setup/task.mjs', 'provision', 'onquota'], {
    env: { ...process.env, BITACORA_INVENTORY: lab.inventoryFile, BITACORA_LOGBOOK: lab.directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => /applying|directories|script/.test(chunk.toString()) && child.kill('SIGKILL'))
    child.on('exit', () => resolve())
  })
  expect((await runVerb('provision', { ...onquota, wait: 300 })).exitCode).toBe(0)
  expect(notOk(await runVerb('provision', { ...onquota, check: true }))).toEqual([])
})

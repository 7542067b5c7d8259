import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { execIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { LAB } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
})

const secrets = () => {
  const { projects, boxes } = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    projects: Record<string, { host: string; database: { password: { file: string } } }>
    boxes: Record<string, { password: { file: string } }>
  }
  const files = [
    projects['onquota']!.database.password.file,
    projects['facturas']!.database.password.file,
    boxes['box']!.password.file,
  ]
  // Of the signing key a line that holds nothing but its private half.
  const signing = readFileSync(join(lab.directory, 'secrets/signing'), 'utf8').trim().split('\n').at(-3)!
  return [...files.map((file) => readFileSync(join(lab.directory, file), 'utf8').trim()), signing]
}

test('a whole first run shows no secret: not in any process list, output, logbook, or server log', async () => {
  // Every argument list and environment that another user could look at, on both machines, as fast as a shell can.
  const sampler = `until [ -e /tmp/stop ]; do cat /proc/[0-9]*/cmdline 2>/dev/null; done > /tmp/sampled; touch /tmp/sampled.whole`
  await execIn(lab, 'vps', `rm -f /tmp/stop /tmp/sampled*; setsid sh -c '${sampler}' >/dev/null 2>&1 </dev/null &`)
  const run = await runTask(lab, 'provision', ['--host', 'vps', '--json'])
  const sampled = await execIn(
    lab,
    'vps',
    "touch /tmp/stop; for i in $(seq 600); do [ ! -e /tmp/sampled.whole ] || break; sleep 0.1; done; tr '\\0' ' ' < /tmp/sampled",
  )
  expect(run.code).toBe(0)
  expect(sampled.stdout).toContain('alembic')
  const plain = await runTask(lab, 'verify', ['onquota'])
  expect(plain.code).toBe(0)
  const { stdout: logs } = await execIn(lab, 'vps', 'cat /var/log/postgresql/*.log /var/log/postgres-backup/* 2>/dev/null')
  expect(logs).toContain('onquota')
  for (const secret of secrets()) {
    for (const [where, text] of Object.entries({
      processes: sampled.stdout,
      json: run.stdout,
      stderr: run.stderr,
      plain: plain.stdout + plain.stderr,
      logbook: run.logbook + plain.logbook,
      logs,
    })) {
      expect(text.includes(secret), where).toBe(false)
      expect(text.includes(Buffer.from(secret).toString('base64')), where).toBe(false)
    }
  }
})

test("what holds secrets on the host is root's alone", async () => {
  const found = await execIn(
    lab,
    'vps',
    `grep -rlsF -e '${secrets()[0]}' /etc /opt /var/backups /var/log /root /home /tmp /run | xargs -r stat -c '%n %a %U'`,
  )
  expect(found.stdout.trim()).toBe('/opt/postgresql-backups/configs/backup-onquota.conf 600 root')
  const keys = await execIn(
    lab,
    'vps',
    `grep -rlsF -e '${secrets().at(-1)}' /etc /opt /var/backups /var/log /root /home /tmp /run | xargs -r stat -c '%n %a %U' | sort`,
  )
  expect(keys.stdout).toBe(
    ['facturas', 'onquota'].map((name) => `/opt/postgresql-backups/configs/signing-key-${name} 600 root\n`).join(''),
  )
})

import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { execIn, mustExecIn, openLab, renewHosts } from '../lab/index.ts'
import { labInventory, writeInventory } from '../lab/inventory.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { LAB } from './support/run.ts'
import { expectLookedAllTheTime, here, onHost, startSampler } from './support/sampler.ts'

let lab: Lab

const CONFIG = '/opt/postgresql-backups/configs/backup-onquota.conf'
const OLD = 'old-hand-made-Zq7'

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
  // Somebody's own config, and one that an earlier version kept whole.
  await mustExecIn(
    lab,
    'vps',
    `mkdir -p /opt/postgresql-backups/configs /var/backups/bitacora
printf '%s\n' 'DB_NAME=onquota_db' 'DB_PASSWORD=${OLD}' 'RETENTION_DAYS=14' | tee ${CONFIG} > /var/backups/bitacora/opt_postgresql-backups_configs_backup-onquota.conf.0123456789ab`,
  )
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

/** Whether one of them stands there, in any form that we know of. */
function holdsSecret(): (text: string) => boolean {
  const masker = new Masker().add(...secrets().map((secret) => new Secret(secret, 'x')))
  return (text) => secrets().some((secret) => text.includes(secret)) || masker.text(text) !== text
}

test('no verb shows a secret: not in arguments or environments on either machine, output, logbook, or server log', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'bitacora-secrets-'))
  const own = { TMPDIR: temporary }
  const machines = { host: onHost(lab, 'vps'), here }
  const samplers = await Promise.all(Object.values(machines).map((run) => startSampler(run)))
  const from = await Promise.all(samplers.map((sampler) => sampler.now()))
  const runs = [
    await runTask(lab, 'provision', ['onquota', '--json'], own),
    await runTask(lab, 'verify', ['onquota'], own),
    await runTask(lab, 'restore', ['onquota'], own),
    await runTask(lab, 'status', ['onquota', '--json'], own),
  ]
  const to = await Promise.all(samplers.map((sampler) => sampler.now()))
  const sampled = await Promise.all(samplers.map((sampler) => sampler.stop()))
  for (const { code, stdout, stderr } of runs) expect(code, stdout + stderr).toBe(0)
  const isSecret = holdsSecret()
  for (const [index, machine] of Object.keys(machines).entries()) {
    const { seen: all } = sampled[index]!
    expectLookedAllTheTime(sampled[index]!, from[index]!, to[index]!)
    expect(
      all.filter(({ args }) => isSecret(args)).map(({ args }) => args.split('\0')[0]),
      machine,
    ).toEqual([])
    // The migrations' own process gets the application's URL, as the application does.
    const told = all.filter(({ args, env }) => isSecret(env) && !/\0alembic\0|\/alembic\0/.test(args))
    expect(
      told.map(({ args }) => args),
      machine,
    ).toEqual([])
  }
  expect(sampled[0]!.seen.some(({ args, env }) => args.includes('alembic') && isSecret(env))).toBe(true)
  const { stdout: logs } = await execIn(lab, 'vps', 'cat /var/log/postgresql/*.log /var/log/postgres-backup/* 2>/dev/null')
  expect(logs).toContain('onquota')
  for (const [where, text] of [...runs.map((run) => run.stdout + run.stderr + run.logbook), logs].entries())
    expect(isSecret(text), String(where)).toBe(false)
  for (const name of readdirSync(temporary, { recursive: true }) as string[])
    if (statSync(join(temporary, name)).isFile())
      expect(isSecret(readFileSync(join(temporary, name), 'latin1')), name).toBe(false)
  rmSync(temporary, { recursive: true })
})

test('status and box need no secret of a project here; provision and verify do', async () => {
  const inventory = labInventory(lab)
  const nowhere = { env: 'BITACORA_TEST_UNSET' }
  const { onquota } = inventory.projects
  const projects = {
    onquota: {
      ...onquota!,
      database: { ...onquota!.database, password: nowhere },
      backup: { ...onquota!.backup!, signingKey: nowhere },
    },
  }
  const box = { ...inventory.boxes!['box']!, password: nowhere }
  const file = join(lab.directory, 'no-secrets.json')
  await writeInventory(file, { ...inventory, boxes: { box }, projects })
  const run = (verb: string, ...args: string[]) => runTask(lab, verb, args, { BITACORA_INVENTORY: file })
  for (const verb of ['status', 'box']) expect(await run(verb), verb).toMatchObject({ code: 0 })
  for (const verb of ['provision', 'verify']) {
    const { code, stderr } = await run(verb)
    expect(code).toBe(1)
    expect(stderr).toContain(
      'projects.onquota.database.password, projects.onquota.backup.signingKey, boxes.box.password: the environment variable BITACORA_TEST_UNSET is not set',
    )
  }
})

test('whatever the password is, a clean check is clean, and a short one is refused where it would be set', async () => {
  const inventory = labInventory(lab)
  const { onquota } = inventory.projects
  const word = (password: string) => ({ command: ['printf', '%s', password] })
  const file = join(lab.directory, 'short-secret.json')
  const reader = (password: string) => ({
    ...onquota!,
    migrations: { ...onquota!.migrations!, env: { MODE_SECRET: word(password) } },
  })
  await writeInventory(file, { ...inventory, projects: { onquota: reader('ok') } })
  const { code, stdout, stderr } = await runTask(lab, 'provision', ['--check', '--json'], { BITACORA_INVENTORY: file })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('"status":"ok"')
  await writeInventory(file, {
    ...inventory,
    projects: { onquota: { ...onquota!, database: { ...onquota!.database, password: word('ok') } } },
  })
  for (const args of [[], ['--check']]) {
    const refused = await runTask(lab, 'provision', ['onquota', ...args], { BITACORA_INVENTORY: file })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(
      'projects.onquota.database.password: the command printf gives a password of fewer than 8 characters',
    )
  }
})

test("what holds secrets on the host is root's alone, and an old config leaves none behind", async () => {
  const where = (text: string) =>
    mustExecIn(
      lab,
      'vps',
      `grep -rlsF -e '${text}' /etc /opt /var/backups /var/log /var/tmp /var/crash /root /home /tmp /run | xargs -r stat -c '%n %a %U' | sort`,
    )
  expect(await where(secrets()[0]!)).toBe(`${CONFIG} 600 root\n`)
  expect(await where(secrets().at(-1)!)).toBe('/opt/postgresql-backups/configs/signing-key-onquota 600 root\n')
  expect(await where(OLD)).toBe('')
  expect(await mustExecIn(lab, 'vps', "cat /var/backups/bitacora/opt_*; stat -c '%a %U' /var/backups/bitacora")).toMatch(
    /^(# Kept by bitacora .*\nDB_NAME=onquota_db\n# DB_PASSWORD: its value was not kept\nRETENTION_DAYS=14\n){2}700 root\n$/,
  )
})

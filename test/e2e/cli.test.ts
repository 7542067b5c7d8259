import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { ROOT, command, runTask } from './support/cli.ts'
import { LAB, runVerb } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  await runVerb('provision', { projects: ['onquota'] })
})

describe('tasks as typed', () => {
  test('--json: one document on stdout, nothing else anywhere, and the exit code that it names', async () => {
    const { code, stdout, stderr } = await runTask(lab, 'provision', ['onquota', '--check', '--json'])
    const report = JSON.parse(stdout) as {
      task: string
      ok: boolean
      exitCode: number
      hosts: { name: string; roundTrips: number; steps: { status: string }[] }[]
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(report).toMatchObject({ task: 'provision', ok: true, exitCode: 0, hosts: [{ name: 'vps', ok: true, roundTrips: 1 }] })
    expect(new Set(report.hosts[0]?.steps.map((step) => step.status))).toEqual(new Set(['ok']))
  })

  test('without a terminal: plain lines with times, a summary, and where the logbook is', async () => {
    const { code, stdout, stderr, logbook } = await runTask(lab, 'provision', ['onquota'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d /)
    expect(stdout).toMatch(/logbook/i)
    expect(stdout + stderr).not.toContain('\u001B[')
    expect(logbook).toContain('onquota')
  })

  test('pnpm task VERB is the same', async () => {
    const { code, stdout } = await command('node', ['setup/task.mjs', 'provision', 'onquota', '--check', '--json'], {
      BITACORA_INVENTORY: lab.inventoryFile,
      BITACORA_LOGBOOK: lab.directory,
    })
    expect({ code, exitCode: (JSON.parse(stdout) as { exitCode: number }).exitCode }).toEqual({ code: 0, exitCode: 0 })
  })

  test.each(['provision', 'verify', 'backup', 'status', 'lab'])('%s --help tells a stranger how', async (verb) => {
    const { code, stdout } = await runTask(lab, verb, ['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Usage: .*${verb}`))
  })

  test.each([
    [['--chekc'], /--chekc/],
    [['--concurrency', 'many'], /--concurrency takes an integer from 1 to 1000, not "many"/],
    [['onqouta'], /onqouta.*onquota/s],
    [['--inventory', 'no-such.json'], /no-such\.json/],
  ])('%j: what is wrong and what would be right, exit 1', async (args, message) => {
    const { code, stderr, stdout } = await runTask(lab, 'provision', args)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })

  test('the inventory that comes along is an example, and is not connected to', async () => {
    const { code, stdout } = await command('npx', ['zx', 'tasks/provision.mjs', '--check', '--json'], {
      BITACORA_INVENTORY: 'inventory/index.ts',
      BITACORA_LOGBOOK: lab.directory,
      ONQUOTA_DB_PASSWORD: 'example-example',
      BOX_PASSWORD: 'example-example',
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/hosts\.vps\.address is still the example/)
  })

  test('under a plain user too', () => {
    // This checkout may lie where no other user gets in, or be closed to others itself. So root makes a copy that all may read.
    const folder = mkdtempSync('/tmp/bitacora-plain-')
    const parts = ['inventory', 'lib', 'node_modules', 'package.json', 'setup', 'tasks', 'templates']
    const user = process.getuid?.() === 0 ? ['setpriv', '--reuid', 'nobody', '--clear-groups'] : []
    const [clone, home] = [join(folder, 'clone'), join(folder, 'home')]
    try {
      for (const each of [clone, home]) mkdirSync(each)
      // Without the caches, whose files come and go.
      const copy = `tar -C "$1" --exclude='node_modules/.*cache' -c ${parts.join(' ')} | tar -C "$2" -x`
      execFileSync('sh', ['-c', copy, 'sh', ROOT, clone])
      execFileSync('chmod', ['-R', 'a+rX,go-w', folder])
      chmodSync(home, 0o777)
      const env = { ...process.env, HOME: home, TMPDIR: '/tmp', PATH: `${clone}/node_modules/.bin:${process.env['PATH']}` }
      const out = execFileSync('env', [...user, 'npx', 'zx', 'tasks/provision.mjs', '--help'], {
        cwd: clone,
        env,
        encoding: 'utf8',
      })
      expect(out).toContain('Usage: npx zx tasks/provision.mjs')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

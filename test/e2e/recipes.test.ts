import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunReport } from '../../lib/index.ts'
import { mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { ROOT, command } from './support/cli.ts'
import { LAB, runVerb, stepsOf } from './support/run.ts'

const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
/** The code below a heading of the page, and the file that it names. */
const recipe = (heading: string) => {
  const section = PAGE.split(`## ${heading}\n`)[1] ?? ''
  return { file: /`(lib\/\S+\.ts)`:/.exec(section)?.[1] ?? '', code: /^```ts\n(.*?)^```/ms.exec(section)?.[1] ?? '' }
}

let lab: Lab
let clone: string
let motd: string

/** A task of the copy. */
const task = async (verb: string, ...args: string[]) => {
  const env = { BITACORA_INVENTORY: lab.inventoryFile, BITACORA_LOGBOOK: join(clone, 'logbook') }
  return command('zx', [`tasks/${verb}.mjs`, ...args], env, clone)
}

beforeAll(async () => {
  lab = await openLab(LAB)
  await runVerb('provision', { projects: ['tienda'] })
  motd = await mustExecIn(lab, 'vps2', 'cat /etc/motd')
  clone = mkdtempSync(join(tmpdir(), 'bitacora-recipes-'))
  for (const part of ['lib', 'tasks', 'setup', 'templates', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(clone, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
})
afterAll(async () => {
  rmSync(clone, { recursive: true, force: true })
  await mustExecIn(lab, 'vps2', `printf '%s' "$1" > /etc/motd`.replace('"$1"', `'${motd.replaceAll("'", "'\\''")}'`))
})

test('a step is added as the page says: planned, applied, and right from then on', async () => {
  const { file, code } = recipe('Add a step')
  writeFileSync(join(clone, file), code)
  const index = join(clone, 'lib/steps/index.ts')
  const text = readFileSync(index, 'utf8')
  const named = text.replace('const hostSteps = [preflight(host), ', 'const hostSteps = [preflight(host), motdStep(), ')
  expect(named).not.toBe(text)
  writeFileSync(index, `import { motdStep } from './server/motd.ts'\n${named}`)
  const motdOf = async (...args: string[]) => {
    const { stdout, stderr } = await task('provision', 'tienda', '--json', ...args)
    const report = JSON.parse(stdout) as RunReport
    expect(report.hosts[0]?.error, stderr).toBeUndefined()
    return stepsOf(report)['motd']?.status
  }
  expect([await motdOf('--check'), await motdOf(), await motdOf('--check')]).toEqual(['drift', 'changed', 'ok'])
  expect(await mustExecIn(lab, 'vps2', 'cat /etc/motd')).toMatch(/^Changes made by hand/)
})

test('a verb is added as the page says: help, options, checks and its result', async () => {
  const { file, code } = recipe('Add a verb')
  writeFileSync(join(clone, file), code)
  cpSync(join(clone, 'tasks/verify.mjs'), join(clone, 'tasks/hosts.mjs'))
  expect((await task('hosts', '--help')).stdout).toMatch(
    /^Usage: npx zx tasks\/hosts\.mjs \[PROJECT…\] \[--loud\]\n[^]*--loud +says it louder\n/,
  )
  expect((await task('hosts', '--lod')).stderr).toMatch(/^bitacora hosts: Unknown option '--lod'/)
  const shown = await task('hosts', 'tienda', '--loud')
  expect([shown.code, shown.stdout.split('\n')[0]], shown.stderr).toEqual([0, 'hosts: all answer'])
  const report = JSON.parse((await task('hosts', 'tienda', '--loud', '--json')).stdout) as RunReport
  expect(stepsOf(report)['answer']).toMatchObject({ status: 'ok', note: 'HERE' })
  expect((await command('node', ['setup/task.mjs', '--help'], {}, clone)).stderr).toContain('hosts')
})

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunReport } from '../../lib/index.ts'
import { labInventory, mustExecIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { ROOT } from './support/cli.ts'
import { LAB, notOk, stepsOf } from './support/run.ts'

const HOST = 'vps2'
let lab: Lab
let folder: string
let packed: { filename: string; files: { path: string; size: number }[]; unpackedSize: number }

const env = { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env['PATH']}`, NO_UPDATE_NOTIFIER: '1' }

/** In a folder of its own, as somebody who has the package alone. */
function inside(directory: string, command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, env, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

function must(directory: string, command: string, ...args: string[]): string {
  const { code, stdout, stderr } = inside(directory, command, args)
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

/** A new folder with the package, and an inventory of one project. */
function project(name: string, add: readonly string[]): string {
  const place = join(folder, name)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }\n')
  const [command = '', ...args] = add
  must(place, command, ...args, join(folder, packed.filename))
  return place
}

const inventoryText = (tail = '', entries = '') => {
  const { hosts, boxes, projects } = labInventory(lab)
  const { tienda } = projects
  const database = { ...tienda!.database, otherRoles: ['reporting'] }
  return `import { defineInventory } from 'bitacora'
${tail}
export default defineInventory({
  hosts: { ${HOST}: ${JSON.stringify(hosts[HOST])} },
  boxes: ${JSON.stringify(boxes)},
  projects: {
    tienda: { ...${JSON.stringify({ ...tienda, database })}, ${entries} },
  },
})
`
}

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, HOST)
  folder = mkdtempSync(join(tmpdir(), 'bitacora-package-'))
  const out = execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], { cwd: ROOT, env })
  const [first] = Object.values(JSON.parse(out.toString().slice(out.indexOf('[\n'))) as (typeof packed)[])
  packed = first!
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await renewHosts(lab, HOST)
})

test('it holds JavaScript, types, templates, examples and pages, and no test, no source and nothing that runs at its installation', () => {
  const files = packed.files.map(({ path }) => path)
  const ours = /^(dist|templates|examples|docs)\/|^(package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE)$/
  expect(files.filter((path) => !ours.test(path) || /\.test\.|^(?!examples\/).*(?<!\.d)\.ts$/.test(path))).toEqual([])
  for (const wanted of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/bin.js', 'templates/cron']) expect(files).toContain(wanted)
  expect(packed.unpackedSize).toBeLessThan(1_500_000)
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  expect(Object.keys(scripts).filter((name) => /install/.test(name))).toEqual([])
})

test('npm: an empty folder, an inventory of a few lines, and --check works; a typo is told what it may have been', async () => {
  const place = project('npm', ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(join(place, 'inventory.mjs'), inventoryText())
  const { code, stdout, stderr } = inside(place, 'npx', [
    'bitacora',
    'provision',
    '--check',
    '--json',
    '--inventory',
    'inventory.mjs',
  ])
  const report = JSON.parse(stdout) as RunReport
  expect({ code, task: report.task, hosts: report.hosts.map(({ name, error }) => ({ name, error })) }, stderr).toEqual({
    code: 2,
    task: 'provision',
    hosts: [{ name: HOST, error: undefined }],
  })
  expect(inside(place, 'npx', ['bitacora', 'provison']).stderr).toMatch(/there is no verb "provison"; did you mean provision\?/)
  expect(must(place, 'npx', 'bitacora', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(must(place, 'npx', 'bitacora', 'restore', '--help')).toMatch(/^Usage: npx bitacora restore /)
})

test('pnpm takes it as well', () => {
  const place = project('pnpm', ['npx', '--yes', 'pnpm@12.21.0', 'add', '--ignore-scripts', '--reporter=silent'])
  expect(must(place, 'npx', 'bitacora', '--help')).toContain('provision')
})

test('a program in TypeScript passes an inventory, hears events, stops a run, and gets typed reports and errors', () => {
  const place = join(folder, 'npm')
  writeFileSync(
    join(place, 'program.ts'),
    `import { InventoryError, provision, verify } from 'bitacora'
import type { RunEvent, RunReport } from 'bitacora'
import inventory from './inventory.mjs'

const events: RunEvent['type'][] = []
const checked: RunReport = await provision({ inventory, check: true, onEvent: (event) => events.push(event.type) })
const stopped = await verify({ inventory, signal: AbortSignal.abort() }).catch((error: unknown) => error)
const wrong = await provision({ inventory: { ...inventory, hosts: {} } }).catch((error: unknown) => error)
console.log(JSON.stringify({
  code: checked.exitCode, first: events[0], last: events.at(-1), logbook: checked.logbook ?? null,
  stopped: (stopped as Error).message, wrong: wrong instanceof InventoryError ? wrong.problems : String(wrong),
}))
`,
  )
  writeFileSync(
    join(place, 'inventory.d.mts'),
    "import type { InventoryInput } from 'bitacora'\ndeclare const inventory: InventoryInput\nexport default inventory\n",
  )
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--skipLibCheck', '--types', 'node']
  symlinkSync(join(ROOT, 'node_modules', '@types'), join(place, 'node_modules', '@types'))
  must(place, 'tsc', ...options, 'program.ts')
  expect(JSON.parse(must(place, 'node', 'program.ts'))).toEqual({
    code: 2,
    first: 'inventory-loaded',
    last: 'run-done',
    logbook: null,
    stopped: 'stopped by the program that ran it',
    wrong: [expect.stringMatching(/^projects\.tienda\.host: .*vps2/)],
  })
})

test('a project’s own steps are planned, applied, verified and logged like ours: each example', async () => {
  const place = join(folder, 'npm')
  for (const file of readdirSync(join(ROOT, 'examples'))) cpSync(join(ROOT, 'examples', file), join(place, file))
  // As a person would, since it needs a restart.
  await mustExecIn(
    lab,
    HOST,
    `apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install postgresql-15-cron >/dev/null
     echo "shared_preload_libraries = 'pg_cron'" > /etc/postgresql/15/main/conf.d/cron.conf && service postgresql restart
     cd /; su postgres -c 'psql -qc "CREATE EXTENSION pg_cron"'`,
  )
  writeFileSync(
    join(place, 'own.ts'),
    inventoryText(
      `import { cronJob } from './pg-cron-job.ts'
import { maintenancePage } from './maintenance-page.ts'
import { reportingRole } from './reporting-role.ts'
const steps = [reportingRole('reporting'), cronJob({ name: 'nightly', schedule: '0 2 * * *', command: 'SELECT 1' }), maintenancePage('Back at 3 < 4')]`,
      'steps: (project, context) => steps.flatMap((own) => own(project, context))',
    ),
  )
  const run = (...args: string[]) => {
    const { stdout, stderr } = inside(place, 'npx', ['bitacora', ...args, '--json', '--inventory', 'own.ts'])
    const report = JSON.parse(stdout) as RunReport
    expect(report.hosts[0]?.error, stderr).toBeUndefined()
    return report
  }
  const own = ['reporting-role', 'cron-job-nightly', 'nginx', 'maintenance-page', 'maintenance-snippet'].map(
    (name) => `tienda/${name}`,
  )
  const statuses = (report: RunReport) => own.map((name) => stepsOf(report)[name]?.status)

  const made = run('provision')
  expect(statuses(made), JSON.stringify(notOk(made))).toEqual(own.map(() => 'changed'))
  expect(made.exitCode).toBe(0)
  expect(statuses(run('verify'))).toEqual(own.map(() => 'ok'))

  await mustExecIn(
    lab,
    HOST,
    `rm /usr/share/nginx/maintenance.html; cd /; su postgres -c "psql -qc \\"DELETE FROM cron.job\\"" >/dev/null`,
  )
  const drifted = run('provision', '--check')
  expect([drifted.exitCode, statuses(drifted)]).toEqual([2, ['ok', 'drift', 'ok', 'drift', 'ok']])
  expect(notOk(run('provision')).filter((line) => !line.includes('changed'))).toEqual([])

  // It works: what the examples are for.
  const proof = await mustExecIn(
    lab,
    HOST,
    `cd /; su postgres -c "psql -Atc \\"SELECT has_table_privilege('reporting', (SELECT oid FROM pg_class WHERE relname = 'alembic_version'), 'SELECT'), (SELECT count(*) FROM cron.job)\\" -d \\$(psql -Atc \\"SELECT datname FROM pg_database WHERE datname ~ 'tienda'\\")"; nginx -t 2>&1 | tail -n 1; tail -n 1 /usr/share/nginx/maintenance.html`,
  )
  expect(proof).toContain('Back at 3 &lt; 4')
  expect(proof).toContain('test is successful')
})

test.each([
  ['steps: () => 3', /projects\.tienda\.steps: needs to return a list of steps/],
  ['steps: () => { throw new Error("no") }', /projects\.tienda\.steps: threw no/],
  ['steps: 3', /projects\.tienda\.steps: found 3; it needs a function/],
])('%s: a clear error before any host is touched', (entry, message) => {
  const place = join(folder, 'npm')
  writeFileSync(join(place, 'wrong.mjs'), inventoryText('', entry))
  const { code, stderr } = inside(place, 'npx', ['bitacora', 'provision', '--check', '--inventory', 'wrong.mjs'])
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

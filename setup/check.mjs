// pnpm check: types, lint, format, the directions of imports, and shellcheck on every shell script of the repository. All of them run, then it says what failed.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { modules, wrongDirections } from './directions.mjs'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled()
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` }
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean)
const scripts = files.filter((file) => /^#!.*\b(?:ba|da)?sh\b/.test(readFileSync(join(root, file), 'latin1').slice(0, 80)))

// What is put on a host is assembled from parts that make sense only together.
const folder = mkdtempSync(join(tmpdir(), 'bitacora-check-'))
for (const name of ['backup', 'restore']) {
  const program = `import('./lib/steps/backup/scripts.ts').then((made) => process.stdout.write(made.${name}Script()))`
  const file = join(folder, `${name}.sh`)
  writeFileSync(file, execFileSync('node', ['-e', program], { cwd: root, env, encoding: 'utf8' }))
  scripts.push(file)
}

/** @type {[name: string, command: string, args: string[]][]} */
const checks = [
  ['types', 'tsc', []],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['format', 'oxfmt', ['--check', '.']],
  [
    'shell',
    'shellcheck',
    ['-o', 'avoid-nullary-conditions,check-unassigned-uppercase,deprecate-which,quote-safe-variables', ...scripts],
  ],
]

// The one tool that no package brings; installed where that is ours to do.
if (spawnSync('shellcheck', ['--version']).error !== undefined && process.getuid?.() === 0) {
  spawnSync('sh', ['-c', 'apt-get -qq update && apt-get -qq -y --no-install-recommends install shellcheck'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
const failed = []
for (const [name, command, args] of checks) {
  const { error, status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  if (error?.code === 'ENOENT') console.error(`bitacora: ${command} is not on this machine: apt-get install ${command}`)
  console.error(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  if (status !== 0) failed.push(name)
}
const wrong = wrongDirections(modules(root))
for (const line of wrong) console.error(line)
console.error(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} directions`)
if (wrong.length > 0) failed.push('directions')
rmSync(folder, { recursive: true, force: true })
process.exitCode = failed.length === 0 ? 0 : 1

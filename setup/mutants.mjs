// npm run mutants [-- [--every N] [FILE|FOLDER…]]: changes one small thing of lib/ at a time, in a copy of this checkout, and runs the unit
// tests of its room. A change that no test notices survives, and is shown. Without names: lib/text and lib/engine.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './install.mjs'
import { mutationsOf } from './mutations.ts'

const { values, positionals } = parseArgs({ options: { every: { type: 'string', default: '1' } }, allowPositionals: true })
const named = positionals.length === 0 ? ['lib/text', 'lib/engine'] : positionals
const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)))
const modules = git('ls-files', ...named).filter((file) => file.endsWith('.ts'))

const copy = mkdtempSync(join(tmpdir(), 'bitacora-mutants-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
for (const file of git('ls-files')) cpSync(join(root, file), join(copy, file), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

/** Whether tests pass; a change that makes them run for ever is noticed too. */
function pass(...tests) {
  const args = ['run', '--project', 'unit', '--bail', '1', '--passWithNoTests', '--reporter', 'minimal', ...tests]
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    BITACORA_RESULTS: join(copy, 'results.json'),
  }
  return spawnSync('vitest', args, { cwd: copy, env, stdio: 'ignore', timeout: 120_000, killSignal: 'SIGKILL' }).status === 0
}

/** A module's own test lies under the same name; what that one doesn't notice, another of its folder may. */
const survives = (file) => {
  const own = file.replace(/^lib\/(.*)\.ts$/, 'test/$1.test.ts')
  return pass(own) && pass(dirname(own))
}

const rooms = {}
let number = 0
for (const file of modules) {
  const source = readFileSync(join(root, file), 'utf8')
  const room = (rooms[dirname(file)] ??= { killed: 0, survived: 0 })
  for (const { start, end, text, what } of mutationsOf(source)) {
    if (number++ % Number(values.every) !== 0) continue
    writeFileSync(join(copy, file), source.slice(0, start) + text + source.slice(end))
    const survived = survives(file)
    room[survived ? 'survived' : 'killed'] += 1
    if (survived) console.log(`${file}:${source.slice(0, start).split('\n').length}  ${what}`)
  }
  writeFileSync(join(copy, file), source)
}
console.table(rooms)

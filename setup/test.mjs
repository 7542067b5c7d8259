// node setup/test.mjs [unit] [e2e] [ARG…]: vitest's projects one after the other; what follows a failure is not run. ARG… are vitest's own.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'
import { runHere } from './spawn.mjs'

const PROJECTS = ['unit', 'e2e']

try {
  ensureInstalled()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const given = process.argv.slice(2)
const projects = PROJECTS.filter((project) => given.includes(project))
const args = given.filter((arg) => !PROJECTS.includes(arg))
const file = (project) => join(root, 'test-results', `${project}.json`)
for (const project of projects) rmSync(file(project), { force: true })
rmSync(join(root, 'test-results', 'logs'), { recursive: true, force: true })

const summary = []
let code = 0
for (const project of projects) {
  if (code === 0) code = await runHere('vitest', ['run', '--project', project, ...args], { BITACORA_RESULTS: file(project) })
  summary.push(`${project.padEnd(4)}  ${counts(project)}`)
}
console.error(summary.join('\n'))
process.exitCode = code

/** What vitest's own results say of it; a project that had no test to run was not run. */
function counts(project) {
  if (!existsSync(file(project))) return 'NOT RUN'
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
  } = JSON.parse(readFileSync(file(project), 'utf8'))
  if (passed + failed === 0) return 'NOT RUN'
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

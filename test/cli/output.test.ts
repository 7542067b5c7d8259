import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RunReport } from '../../lib/run/report/report.ts'
import { report } from './support.ts'

/** A real process whose verb is this, below `sh -c`. */
function real(shell: string, verb: string) {
  const folder = mkdtempSync(fileURLToPath(new URL('task-', import.meta.url)))
  try {
    const file = join(folder, 'task.mjs')
    writeFileSync(
      file,
      `import { commandLine } from '../../../lib/cli/command-line.ts'\nawait commandLine(${verb}, process.argv.slice(2))\n`,
    )
    return spawnSync('bash', ['-c', shell, 'bash', process.execPath, file], { encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const verbOf = (run: string) =>
  `{ name: 'provision', summary: '', usage: [''], help: 'x', options: {}, run: async (options) => { ${run} } }`
const result = (rest: string) => `return { ...${JSON.stringify(report)}, ${rest} }`

test('a real process sets its exit code and ends by itself', () => {
  const { status, stdout, stderr } = real('"$1" "$2" a --json b', verbOf(result('exitCode: 2, by: options.projects.join()')))
  expect([status, stderr, (JSON.parse(stdout) as RunReport).by]).toEqual([2, '', 'a,b'])
})

test('a process that something keeps alive ends all the same', () => {
  expect(real('"$1" "$2" --json', verbOf(`setInterval(() => {}, 1000); ${result('exitCode: 2')}`)).status).toBe(2)
})

test('a reader that goes away costs neither the run nor its exit code', () => {
  const much = `for (let n = 0; n < 2000; n++) process.stderr.write('x'.repeat(200) + '\\n'); process.stdout.write('y'.repeat(200_000))`
  const { status, stdout, stderr } = real(
    '{ "$1" "$2" 2>&1 >&3 | head -n 1; exit "${PIPESTATUS[0]}"; } 3> >(head -c 1)',
    verbOf(`${much}; await new Promise((done) => setTimeout(done, 50)); ${much}; ${result('exitCode: 2')}`),
  )
  expect([status, stdout.includes('x'.repeat(200)), stderr]).toEqual([2, true, ''])
})

test('output that cannot be written for another reason is said, and no success', () => {
  const { status, stderr } = real('"$1" "$2" --json > /dev/full', verbOf(result('exitCode: 0')))
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^bitacora provision: the output could not be written: .*ENOSPC/)])
})

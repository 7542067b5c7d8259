// node setup/durations.mjs: keeps how long each end-to-end file took in the last whole run, for checkouts in which none has run yet.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './install.mjs'

const { testResults } = JSON.parse(readFileSync(join(root, 'test-results', 'e2e.json'), 'utf8'))
const seconds = testResults.map(({ name, startTime, endTime }) => [
  relative(root, name),
  Math.round((endTime - startTime) / 1000),
])
// What takes less than that may run at any time.
const long = seconds.filter(([, took]) => took >= 20).toSorted(([, a], [, b]) => b - a)
writeFileSync(join(root, 'test/e2e/support/durations.json'), `${JSON.stringify(Object.fromEntries(long), null, 2)}\n`)

import { basename } from 'node:path'
import { afterAll, afterEach, type RunnerTestSuite } from 'vitest'
import { keepLogs } from './logs.ts'
import { labOfWorker } from './workers.ts'

// Runs before each end-to-end file: whatever the file starts finds its worker's lab by this name.
const lab = (process.env['BITACORA_LAB'] ??= labOfWorker(process.env['VITEST_POOL_ID'] ?? '1'))

const keep = async (file: string, name: string) =>
  console.error(`the hosts' logs are kept: ${await keepLogs(lab, `${basename(file, '.test.ts')} ${name}`)}`)

// This file's hooks are the last to run after a test: its own must have left the hosts as they are for long enough.
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keep(task.file.name, task.name)
})
// oxlint-disable-next-line no-empty-pattern -- vitest reads from it which fixtures are wanted
afterAll(async ({}, file) => {
  if (failedSuite(file)) await keep(file.file.name, 'hooks')
})

/** Whether a hook of a file or of a group in it has failed: its tests have not run, so that none of them shows it. */
const failedSuite = (suite: RunnerTestSuite): boolean =>
  (suite.result?.errors?.length ?? 0) > 0 || suite.tasks.some((task) => task.type === 'suite' && failedSuite(task))

import { availableParallelism } from 'node:os'

/**
 * The labs that test files run on: each worker has one of its own, so that files side by side share nothing. One more than there are
 * processors, for what waits: for cron's minute, a time limit, a package.
 */
export const WORKERS = availableParallelism() + 1

/** The lab of a worker, by the number that vitest gives it (from 1). */
export const labOfWorker = (number: number | string) => `test-${number}`

/** All of them; the one that BITACORA_LAB names is somebody's own, and then alone. */
export const labs = (own = process.env['BITACORA_LAB']) =>
  own === undefined ? Array.from({ length: WORKERS }, (_, index) => labOfWorker(index + 1)) : [own]

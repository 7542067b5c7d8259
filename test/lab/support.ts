import { afterAll, beforeAll } from 'vitest'
import { down, openLab, up, type Lab } from './index.ts'
import type { MachineName } from './machines.ts'

/** A lab for one test file, since what it does to its hosts would disturb files that run beside it. Call the result inside a test. */
export function ownLab(suffix: string, only: readonly MachineName[]): () => Lab {
  // After the shared one's name, so that two test runs in one checkout don't meet.
  const name = `${process.env['BITACORA_LAB'] ?? 'test'}-${suffix}`
  let lab: Lab | undefined
  beforeAll(async () => {
    await up(name, () => {}, only)
    lab = await openLab(name)
  })
  afterAll(() => down(name, () => {}))
  return () => {
    if (lab === undefined) throw new Error(`the lab ${name} did not come up`)
    return lab
  }
}

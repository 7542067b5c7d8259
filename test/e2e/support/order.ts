import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds of files, as `node setup/durations.mjs` kept them from a whole run: for a checkout whose own runs vitest doesn't know yet. */
const KEPT = JSON.parse(readFileSync(new URL('durations.json', import.meta.url), 'utf8')) as Record<string, number>

/** Begins with what failed in the last run, then with what took longest: a long file that began last would run on alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own, which is no array's
    const own = await super.sort(files)
    const seconds = (file: TestSpecification) => {
      const last = this.ctx.cache.getTestSpecificationResult(file)
      if (last?.failed === true) return Number.MAX_VALUE
      return last === undefined ? (KEPT[relative(this.ctx.config.root, file.moduleId)] ?? 0) : last.duration / 1000
    }
    return own.toSorted((a, b) => seconds(b) - seconds(a))
  }
}

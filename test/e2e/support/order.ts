import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, the longest first: one that began last would run on alone while the other workers have nothing to do. */
const LONG = [
  'readme',
  'restore-script',
  'restore-into',
  'total-loss',
  'faults/box',
  'faults/database',
  'faults/killed',
  'faults/run',
  'faults/dump',
  'faults/restore',
  'faults/after',
  'status',
  'two-boxes',
  'notify-broken',
  'backups-doc',
  'box-doctor',
  'notify',
  'restore',
  'cron',
  'provision',
]

const rank = ({ moduleId }: TestSpecification) => {
  const index = LONG.findIndex((name) => moduleId.endsWith(`/e2e/${name}.test.ts`))
  return index === -1 ? LONG.length : index
}

/** Begins with the long files; the others follow in vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own, which is no array's
    const own = await super.sort(files)
    return own.toSorted((a, b) => rank(a) - rank(b))
  }
}

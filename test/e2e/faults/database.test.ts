import { expect } from 'vitest'
import { tryFaults } from './driver.ts'

tryFaults('database', {
  'tables-many': ({ status }) => expect(status?.newest).toMatchObject({ tables: 2003 }),
  'database-quoted': ({ status }) => expect(status?.newest?.name).toMatch(/^backup_bs_fdatabase-q\.v2_\d{8}_/),
  // Its size and its rows are each unusual.
  'database-smaller': ({ status }) =>
    expect(status).toMatchObject({
      warnings: [
        expect.stringMatching(/has \d+ bytes, the median of the \d before it is \d{6}/) as string,
        expect.stringMatching(/1 of 3 tables: public\.notes has 2001 rows, it had 20004;/) as string,
        expect.stringMatching(/^nothing is pruned: /) as string,
      ],
    }),
})

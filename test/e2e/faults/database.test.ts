import { expect } from 'vitest'
import { tryFaults } from './driver.ts'

tryFaults('database', {
  'tables-many': ({ status }) => expect(status?.newest).toMatchObject({ tables: 2003 }),
  'database-quoted': ({ status }) => expect(status?.newest?.name).toMatch(/^backup_bs_fdatabase-q\.v2_\d{8}_/),
  'database-smaller': ({ status }) =>
    expect(status).toMatchObject({
      held: expect.stringMatching(/has \d+ bytes, the median of the \d before it is \d{6}/) as string,
    }),
})

import { expect } from 'vitest'
import { tryFaults } from './driver.ts'
import type { Met } from './driver.ts'

const DAY = 86_400_000

/** That the backup's name is of so many days from now: the run did have another clock. */
const away =
  (days: number) =>
  ({ status }: Met) => {
    const [, y, m, d] = /_db_(\d{4})(\d\d)(\d\d)_/.exec(status?.newest?.name ?? '') ?? []
    const off = Math.round(Date.UTC(Number(y), Number(m) - 1, Number(d)) / DAY) - Math.floor(Date.now() / DAY)
    expect(Math.abs(off - days)).toBeLessThanOrEqual(1)
  }

tryFaults('clock', { 'clock-back': away(-5), 'clock-forward': away(365) })

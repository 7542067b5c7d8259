import { expect } from 'vitest'
import { tryFaults } from './driver.ts'
import type { Met } from './driver.ts'

const tries =
  (times: number) =>
  ({ stdout }: Met) =>
    expect(stdout.match(/\[upload\] try \d of 3/g) ?? []).toHaveLength(times)

tryFaults('box', {
  'box-away': tries(2),
  'box-silent': tries(2),
  'box-slow': tries(0),
  'box-mute': tries(1),
  'box-stalled': tries(1),
  'box-cut': tries(1),
  'box-cut-always': tries(2),
  // What another try can't change is tried once.
  'box-refuses': tries(0),
  'box-password': tries(0),
  'box-key-unknown': tries(0),
  'box-key': tries(0),
  'box-quota': tries(0),
  'changed-before-upload': ({ stdout }) => expect(stdout).toMatch(/checksum on the box differs; trying again/),
  'box-damages': ({ stdout }) => expect(stdout.match(/\[compare\] checksum on the box differs; trying again/g)).toHaveLength(1),
})

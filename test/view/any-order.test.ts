import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ShownEvent } from '../../lib/view/view.ts'
import { createView, summary } from '../../lib/view/index.ts'
import { anyEvent, anyReport } from './arbitraries.ts'
import { TerminalStream } from './terminal-stream.ts'

const CONTROL = /[^\P{Cc}\n]/u
// What listr2 itself writes: frames in synchronized output, cursor movement, erasing.
// oxlint-disable-next-line no-control-regex
const DRAWING = /\u001b\[(\?2026[hl]|\d*[ABGK])/g

async function written(events: readonly ShownEvent[], tty: boolean, columns: number): Promise<string> {
  const stream = new TerminalStream(columns, 10)
  const view = createView({ json: false, stream: stream.asStream, tty, colours: false })
  for (const one of events) view.show(one)
  await view.close()
  return stream.raw
}

const events = fc.array(anyEvent, { maxLength: 12 })

test('no sequence of events makes the terminal view throw, and none lets a control character through', async () => {
  const columns = fc.integer({ min: 1, max: 100 })
  const property = fc.asyncProperty(events, columns, async (all, width) => {
    const text = (await written(all, true, width)).replace(DRAWING, '')
    expect(text).not.toMatch(CONTROL)
    expect(text).not.toContain('could not be shown')
  })
  await fc.assert(property, { numRuns: 150 })
})

test('nor the plain lines', async () => {
  const property = fc.asyncProperty(events, async (all) => {
    const text = await written(all, false, 80)
    expect(text).not.toMatch(CONTROL)
    expect(text).toMatch(/^(\d\d:\d\d:\d\d .*\n)*$/)
  })
  await fc.assert(property, { numRuns: 150 })
})

test('every report has a summary', () => {
  const property = fc.property(anyReport, (report) => {
    const told = summary(report, { colours: false })
    expect(told.split('\n').at(-1)).toMatch(/^\d+ hosts?, \d+ changes?, /)
    expect(told).not.toMatch(CONTROL)
  })
  fc.assert(property)
})

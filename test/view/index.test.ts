import { expect, test, vi } from 'vitest'
import { createView } from '../../lib/view/index.ts'
import { hasColours } from '../../lib/view/theme.ts'
import { hostReport, runReport, started, stepReport } from './support.ts'
import { TerminalStream } from './terminal-stream.ts'

const host = hostReport('vps', [stepReport('server')])

async function written(options: { json: boolean; tty?: boolean; brief?: boolean }): Promise<string> {
  const stream = new TerminalStream()
  const view = createView({ ...options, stream: stream.asStream })
  view.show(started([host]))
  view.show({ type: 'run-done', report: runReport([host]) })
  await view.close()
  return stream.raw
}

test('silent with json, plain without a terminal, drawn on one', async () => {
  expect(await written({ json: true })).toBe('')
  expect(await written({ json: true, tty: true })).toBe('')
  expect(await written({ json: false, tty: false })).toMatch(
    /^\d\d:\d\d:\d\d provision: 1 host\n\d\d:\d\d:\d\d ok: 1 host, exit code 0 \(1\.2 s\)\n$/,
  )
  expect(await written({ json: false })).toContain('\u001b[?2026h')
})

test('brief: silent without a terminal; on one the hosts under way, which vanish', async () => {
  expect(await written({ json: false, tty: false, brief: true })).toBe('')
  const stream = new TerminalStream()
  const view = createView({ json: false, brief: true, stream: stream.asStream })
  view.show(started([host], 'status'))
  view.show({ type: 'reading', host: 'vps', facts: 5 })
  await vi.waitFor(() => expect(stream.screen.join('\n')).toContain('vps  reading 5 facts'))
  expect(stream.screen.join('\n')).not.toContain('server')
  view.show({ type: 'run-done', report: runReport([host]) })
  await view.close()
  expect(stream.screen.join('')).toBe('')
})

test('colours on a terminal, and not with NO_COLOR', () => {
  expect(hasColours({ isTTY: true }, {})).toBe(true)
  expect(hasColours({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
  expect(hasColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
  expect(hasColours({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
  expect(hasColours({}, {})).toBe(false)
})

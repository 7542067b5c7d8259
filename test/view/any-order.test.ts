import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReportedChange, StepReport } from '../../lib/engine/plan.ts'
import type { Json } from '../../lib/engine/step.ts'
import type { RunEvent } from '../../lib/events.ts'
import type { HostReport, RunReport } from '../../lib/report.ts'
import { createView, summary } from '../../lib/view/index.ts'
import { TerminalStream } from './terminal-stream.ts'

// Few names, so that events meet; some with what a terminal, a path or a format would take for its own.
const name = fc.constantFrom('vps', 'db', '', '__proto__', '%s', 'a/b', 'é\u001b[2J', 'x'.repeat(300))
const text = fc.oneof(
  name,
  fc.string({ maxLength: 200 }),
  fc.constantFrom('a\nb', '\u001b[31m', '\n', '\u0000', 'é '.repeat(300)),
)
const seconds = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(Number.NaN, Infinity, -1))
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 0, -1.5),
    fc.array(tie('json'), { maxLength: 8 }),
    fc.dictionary(name, tie('json'), { maxKeys: 3 }),
  ),
}))
const project = fc.option(name)
const change = fc.record({
  what: text,
  from: json,
  to: json,
  manual: optional(fc.constant(true)),
  help: optional(text),
  seconds: optional(seconds),
}) as fc.Arbitrary<ReportedChange>
const step = fc.record({
  project,
  step: name,
  status: fc.constantFrom('ok', 'changed', 'drift', 'unknown', 'failed', 'skipped'),
  changes: fc.array(change, { maxLength: 3 }),
  error: optional(text),
  reason: optional(text),
  note: optional(text),
}) as fc.Arbitrary<StepReport>
const host = fc.record({
  name,
  ok: fc.boolean(),
  error: optional(text),
  roundTrips: fc.nat(),
  seconds,
  steps: fc.array(step, { maxLength: 4 }),
}) as fc.Arbitrary<HostReport>
const report = fc.record({
  task: fc.constantFrom('provision', 'verify', 'backup'),
  ok: fc.boolean(),
  exitCode: fc.constantFrom(0, 1, 2),
  check: fc.boolean(),
  run: name,
  startedAt: fc.constant('2026-11-24T03:00:00.000Z'),
  seconds,
  by: text,
  inventory: text,
  warnings: fc.array(text, { maxLength: 2 }),
  hosts: fc.array(host, { maxLength: 3 }),
  logbook: optional(text),
}) as fc.Arbitrary<RunReport>
const planned = fc.record({
  name,
  projects: fc.array(name, { maxLength: 3 }),
  steps: fc.array(fc.record({ project, step: name }), { maxLength: 5 }),
})
const key = fc.oneof(
  name,
  fc.tuple(name, name).map((parts) => parts.join('/')),
)
const of = (type: string, rest: Record<string, fc.Arbitrary<unknown>>) => fc.record({ type: fc.constant(type), ...rest })
const event = fc.oneof(
  of('run-started', { title: text, hosts: fc.array(planned, { maxLength: 3 }), warnings: fc.array(text, { maxLength: 2 }) }),
  of('connecting', { host: name, address: text }),
  of('connected', { host: name, ms: fc.nat() }),
  of('reading', { host: name, facts: fc.nat() }),
  of('held', { host: name, holder: optional(fc.record({ run: text, since: text, who: text, task: text })) }),
  of('applying', { host: name, key, change }),
  of('line', { host: name, key, line: text }),
  of('applied', { host: name, key, change, ok: fc.boolean(), error: optional(text) }),
  of('step', { host: name, report: step }),
  of('host-done', { host: name, report: host }),
  of('run-done', { report }),
) as fc.Arbitrary<RunEvent>

test('no sequence of events makes a view throw, and none lets a control character through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 12 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 100 }),
      async (events, tty, columns) => {
        const stream = new TerminalStream(columns, 10)
        const view = createView({ json: false, stream: stream.asStream, tty })
        for (const one of events) view.show(one)
        await view.close()
        // What listr2 itself writes: frames in synchronized output, cursor movement, erasing, colours.
        // oxlint-disable-next-line no-control-regex
        expect(stream.raw.replace(/\u001b\[(\?2026[hl]|\?25[hl]|\d*[ABGK]|[\d;]*m)/g, '')).not.toMatch(/[^\P{Cc}\n]/u)
        if (!tty) expect(stream.raw).not.toContain('\u001b')
      },
    ),
    { numRuns: 150 },
  )
})

test('every report has a summary', () => {
  fc.assert(fc.property(report, (one) => /[\d]+ hosts?, /.test(summary(one, { colours: false }).split('\n').at(-1)!)))
})

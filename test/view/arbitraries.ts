import * as fc from 'fast-check'
import type { ReportedChange, StepReport } from '../../lib/engine/plan.ts'
import type { Json } from '../../lib/engine/step.ts'
import type { ShownEvent } from '../../lib/view/view.ts'
import type { HostReport, RunReport } from '../../lib/run/report/report.ts'

// Few names, so that events meet; some with what a terminal, a path or a format would take for its own.
const name = fc.constantFrom('vps', 'db', '', '__proto__', '%s', 'a/b', 'é\u001b[2J', 'x'.repeat(300))
const text = fc.oneof(
  name,
  fc.string({ maxLength: 200 }),
  fc.constantFrom('a\nb', '\u001b[31m', '\n', '\u0000', '\u009b2J', 'é '.repeat(300)),
)
const seconds = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(Number.NaN, Infinity, -1))
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
const few = <T>(value: fc.Arbitrary<T>, maxLength: number) => fc.array(value, { maxLength })
const is = <T extends string>(type: T) => fc.constant(type)

const change: fc.Arbitrary<ReportedChange> = fc.record(
  { what: text, from: json, to: json, manual: fc.constant(true as const), help: text, seconds },
  { requiredKeys: ['what', 'from', 'to'] },
)
const status = fc.constantFrom('ok', 'changed', 'drift', 'unknown', 'failed', 'skipped')
const step: fc.Arbitrary<StepReport> = fc.record(
  { project, step: name, status, changes: few(change, 3), error: text, reason: text, note: text },
  { requiredKeys: ['project', 'step', 'status', 'changes'] },
)
const host: fc.Arbitrary<HostReport> = fc.record(
  { name, ok: fc.boolean(), error: text, roundTrips: fc.nat(), seconds, steps: few(step, 4) },
  { requiredKeys: ['name', 'ok', 'roundTrips', 'seconds', 'steps'] },
)

export const anyReport: fc.Arbitrary<RunReport> = fc
  .record({
    task: fc.constantFrom('provision', 'verify', 'backup'),
    ok: fc.boolean(),
    exitCode: fc.constantFrom(0, 1, 2),
    check: fc.boolean(),
    run: name,
    startedAt: fc.constant('2026-11-24T03:00:00.000Z'),
    seconds,
    by: text,
    inventory: text,
    warnings: few(text, 2),
    hosts: few(host, 3),
  })
  .chain((report) => fc.record({ logbook: text }, { requiredKeys: [] }).map((rest) => ({ ...report, ...rest })))

const planned = fc.record({ name, projects: few(name, 3), steps: few(fc.record({ project, step: name }), 5) })
const key = fc.oneof(
  name,
  fc.tuple(name, name).map((parts) => parts.join('/')),
)
const holder = fc.option(fc.record({ run: text, since: text, who: text, task: text }), { nil: undefined })

export const anyEvent: fc.Arbitrary<ShownEvent> = fc.oneof(
  fc.record({ type: is('run-started'), title: text, hosts: few(planned, 3), warnings: few(text, 2) }),
  fc.record({ type: is('connecting'), host: name, address: text }),
  fc.record({ type: is('connected'), host: name, ms: fc.nat() }),
  fc.record({ type: is('reading'), host: name, facts: fc.nat() }),
  fc.record({ type: is('held'), host: name, holder }),
  fc.record({ type: is('applying'), host: name, key, change }),
  fc.record({ type: is('line'), host: name, key, line: text }),
  fc.record({ type: is('applied'), host: name, key, change, ok: fc.constant(true) }),
  fc.record({ type: is('applied'), host: name, key, change, ok: fc.constant(false), error: text }),
  fc.record({ type: is('step'), host: name, report: step }),
  fc.record({ type: is('host-done'), host: name, report: host }),
  fc.record({ type: is('run-done'), report: anyReport }),
)

import type { Ledger } from '../../../lib/steps/backup/ledger-fact.ts'
import { stampOf } from '../../../lib/steps/backup/document.ts'
import type { Proof } from '../../../lib/steps/backup/document.ts'
import type { BoxSeen, LookDocument } from '../../../lib/verbs/status/look.ts'
import { evaluate } from '../../../lib/verbs/status/evaluate.ts'
import type { Looked } from '../../../lib/verbs/status/space.ts'
import type { StepReport } from '../../../lib/engine/plan.ts'
import type { Context } from '../../../lib/steps/common/context.ts'
import type { ProjectStatus } from '../../../lib/verbs/status/types.ts'
import type { Found } from '../../../lib/verbs/status/facts.ts'
import { context } from '../../steps/common/support.ts'

export const NOW = new Date('2026-11-24T12:00:00Z')
export const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
export const named = (stamp: string) => `backup_onquota_db_${stamp}.sql.gz`
const COPIES: LookDocument['local']['copies'] = [
  [NAME, 1000],
  ['backup_onquota_db_20261123_030000.sql.gz', 900],
  ['backup_onquota_db_20261122_030000.sql.zst', 1],
  ['backup_onquota_db_20261121_030000.sql.gz', 800],
]

type BoxChanges = Partial<Omit<Extract<BoxSeen, { error: null }>, 'error'>> & { error?: string }

/** A ledger that knows these, each of the size of its copies. */
export function ledger(...names: string[]): Ledger {
  const bytes = new Map(COPIES)
  const made = names.map(
    (name) => [name, { finishedAt: (stampOf(name) ?? NOW).toISOString(), bytes: bytes.get(name) ?? 0, adopted: false }] as const,
  )
  return { made: new Map(made), proofs: [] }
}

/** What is found on a box where all is well, with changes. */
export function box({ error, ...changes }: BoxChanges = {}): BoxSeen {
  const place = { host: 'box.example', port: 23, user: 'u1', ...changes }
  if (error !== undefined) return { host: place.host, port: place.port, user: place.user, error }
  return { free: 8e11, bytes: 4100, copies: COPIES, gone: null, owner: null, ...place, error: null }
}

export function proofText(changes: Partial<Proof> = {}): string {
  return JSON.stringify({
    name: 'backup_onquota_db_20261122_030000.sql.gz',
    ok: true,
    at: '2026-11-22T04:00:00Z',
    kind: 'drill',
    contents: 'equal',
    error: null,
    ...changes,
  })
}

/** As the status file's text reaches us: on one line. */
export function statusFile(changes: object = {}): string {
  return JSON.stringify({
    ok: true,
    stage: 'done',
    finishedAt: '2026-11-24T03:00:20Z',
    error: null,
    newest: { name: NAME, grade: 'hashed on the box' },
    proof: JSON.parse(proofText()) as unknown,
    ...changes,
  })
}

export function look(changes: Partial<LookDocument> = {}): LookDocument {
  return {
    zone: 'Europe/Berlin',
    local: { free: 5e9, bytes: 4000, copies: COPIES },
    boxes: [box()],
    statusFile: statusFile(),
    held: null,
    errors: [],
    ...changes,
  }
}

export const publicTables = (...names: string[]) => ({ value: names.map((name) => ({ name, extension: false })) })

/** What a host says where all is well. */
export function wellFound(): Found {
  return {
    tables: publicTables('clients', 'users'),
    objects: { value: { tables: { 'public.clients': 'onquota_user', 'public.users': 'onquota_user' } } },
    rows: { value: {} },
    heads: { value: ['022'] },
    bytes: { value: 12_400_000 },
    code: { value: { user: 'root', revisions: [{ id: '022', down: [] }] } },
    current: { value: ['022'] },
    look: { value: look() },
  }
}

export const project = context()

const okStep = (step: string, { project: { name } }: Context): StepReport => ({ project: name, step, status: 'ok', changes: [] })

/** A project of which this was found, where all other steps are right. */
export const looked = (found: Partial<Found> = {}, reports: readonly StepReport[] = [], of: Context = project): Looked =>
  evaluate(
    of,
    { found: { ...wellFound(), ...found }, reports: [...['cron', 'first-drill'].map((step) => okStep(step, of)), ...reports] },
    NOW,
  )

/** How it stands, with what the figures tell. */
export function judge(of: Context, found: Found): ProjectStatus {
  const { status, figures } = looked(found, [], of)
  return { ...status, problems: [...status.problems, ...figures] }
}

/** What is told of a project of which this was found, as `kind: text → next`; `changes` are the inventory's. */
export function told(found: Partial<Found>, changes: Record<string, unknown> = {}): string[] {
  const { problems } = judge(Object.keys(changes).length === 0 ? project : context(changes), { ...wellFound(), ...found })
  return problems.map(({ kind, text, next, unseen }) => `${unseen === true ? 'unseen ' : ''}${kind}: ${text} → ${next.join(' ')}`)
}

/** The same where only what lies here and there is changed. */
export const lookedAt = (changes: Partial<LookDocument>) => told({ look: { value: look(changes) } })

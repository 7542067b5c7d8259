import { asTyped } from '../../../lib/format/command.ts'
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { FileState } from '../../../lib/engine/file.ts'
import { planAll } from '../../../lib/engine/plan.ts'
import type { Planned } from '../../../lib/engine/plan.ts'
import { read } from '../../../lib/engine/read.ts'
import type { Json, Step } from '../../../lib/engine/step.ts'
import type { SecretRef } from '../../../lib/inventory/index.ts'
import { Masker } from '../../../lib/text/masker.ts'
import { Secret } from '../../../lib/text/secret.ts'
import { Script } from '../../../lib/text/sh.ts'
import type { Context } from '../../../lib/steps/common/context.ts'
import { localMachine } from '../../engine/support.ts'
import { check, good, set } from '../../inventory/support.ts'
import { sshKey } from '../../support/keys.ts'

const signing = sshKey()
/** The public half of the key in SECRETS. */
export const SIGNING_PUBLIC = signing.public

/** What the environment would hold; each value is awkward in its own way. */
export const SECRETS: Readonly<Record<string, string>> = {
  ONQUOTA_PASSWORD: `p'a"s$w%o r\\d`,
  OTHER_PASSWORD: 'other-p@ssword',
  READER_PASSWORD: 'reader-p@ssword',
  BOX_PASSWORD: "box-p'assword",
  BOX_KEY: '-----BEGIN KEY-----\nbm90IGEga2V5\n-----END KEY-----\n',
  API_TOKEN: 'token-$(id)',
  SIGNING_KEY: signing.private,
}

const secret = (ref: SecretRef) => new Secret(SECRETS['env' in ref ? ref.env : ''] ?? 'unset', 'a secret')
const masker = new Masker().add(...Object.values(SECRETS).map((value) => new Secret(value, 'a secret')))

/** The project of the inventory's own tests, with fields changed by their paths. */
export function context(changes: Readonly<Record<string, unknown>> = {}, name = 'onquota'): Context {
  const data = good()
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  const inventory = check(data)
  const project = inventory.projects[name]!
  return { host: inventory.hosts[project.host]!, project, secret }
}

/** Plans one step on what a host answered, as the fact's schema takes it; the steps that it needs are all right. */
export function plan(step: Step, found: Readonly<Record<string, unknown>>): Planned {
  const answers = new Map(Object.entries(step.facts).map(([name, fact]) => [fact, { value: fact.schema.parse(found[name]) }]))
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(step.facts).toSorted())
  return planned([step], answers)
}

function planned(steps: readonly Step[], answers: Parameters<typeof planAll>[1]): Planned {
  const needs = steps[0]!.needs.map((name): Step => ({ project: null, name, needs: [], facts: {}, plan: () => [] }))
  return planAll([...needs, ...steps], answers).find(({ step }) => step === steps.at(-1))!
}

export type Row = [what: string, from: Json, to: Json, how: 'run' | 'person' | 'blocks']

/** A plan as data, secrets masked; a status other than ok and drift stands alone with its reason. */
export function rows({ status, changes, reason, error }: Planned): Row[] | [string, string | undefined] {
  if (status !== 'ok' && status !== 'drift') return [status, reason ?? error]
  return changes.map(({ what, from, to, run, blocks }): Row =>
    masker.json([what, from, to, run !== undefined ? 'run' : blocks === true ? 'blocks' : 'person']),
  )
}

/** All that a plan would run, as it is, and with secrets masked. */
export function scripts({ changes }: Planned): { text: string; masked: string } {
  const text = changes.map(({ run }) => run?.reveal() ?? '').join('\n---\n')
  return { text, masked: masker.text(text) }
}

/** The ways out, each with its command. */
export function help({ changes }: Planned): string {
  return changes
    .map(({ help: text, next }) => [text, next && asTyped(next)].filter((part) => part !== undefined).join(': '))
    .join('\n')
}

/** No secret in what a plan shows. */
export function expectMasked(result: Planned): void {
  const shown = JSON.stringify(result.changes.map(({ run: _run, ...rest }) => rest)) + (result.note ?? '')
  for (const value of Object.values(SECRETS)) expect(shown).not.toContain(JSON.stringify(value).slice(1, -1))
}

/** Each fact that cannot be read fails the step with its reason, and what needs the step waits. */
export function expectUnreadable(step: Step): void {
  for (const name of Object.keys(step.facts)) {
    const answers = new Map(
      Object.entries(step.facts).map(([other, fact]) => [fact, other === name ? { error: 'exit 1: no' } : { value: null }]),
    )
    expect(planned([step], answers)).toMatchObject({ status: 'failed', changes: [], error: `could not read ${name}: exit 1: no` })
    const dependent: Step = { project: step.project, name: 'dependent', needs: [step.name], facts: {}, plan: () => [] }
    expect(planned([step, dependent], answers)).toMatchObject({ status: 'skipped', reason: `waits for ${step.name}` })
  }
}

/** What this machine's own shell answers to a step's facts. */
export async function asked(step: Step, rewrite: (text: string) => string = (text) => text): Promise<Record<string, unknown>> {
  const local = localMachine()
  const machine: typeof local = { ...local, run: (script, options) => local.run(new Script(rewrite(script.reveal())), options) }
  const { answers } = await read(machine, Object.values(step.facts), 5432, masker)
  return Object.fromEntries(Object.entries(step.facts).map(([name, fact]) => [name, answers.get(fact)]))
}

/** A regular file of root's as a host finds it. */
export function file(text: string, state: Partial<FileState> = {}): FileState {
  const sha256 = createHash('sha256').update(text).digest('hex')
  return {
    type: 'file',
    mode: '0644',
    owner: 'root',
    group: 'root',
    bytes: Buffer.byteLength(text),
    sha256,
    head: text.split('\n', 2).join('\n'),
    text,
    ...state,
  }
}

/** The content that a plan's script would write to its place: the word after `printf '%s'`. */
export function written(result: Planned): string {
  const word = /printf '%s' ((?:'(?:[^'])*'|\\')+) > "\$t"/.exec(scripts(result).text)?.[1] ?? ''
  return word.replace(/'([^']*)'|\\'/g, (whole, inside?: string) => inside ?? (whole === "\\'" ? "'" : ''))
}

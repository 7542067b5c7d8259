import { keyOf } from '../engine/step.ts'
import type { Step } from '../engine/step.ts'
import { InventoryError } from '../inventory/index.ts'
import type { Context } from './common/context.ts'

/**
 * The steps that a project brings itself, after `before`, which are ours. Throws an InventoryError for what is no step, a name that is taken,
 * and a step that it needs and that doesn't come before it.
 */
export function ownSteps({ host, project, secret }: Context, before: readonly Step[]): Step[] {
  if (project.steps === undefined) return []
  const field = `projects.${project.name}.steps`
  const fail = (problem: string) => new InventoryError('the inventory', [`${field}: ${problem}`])
  let steps: unknown
  try {
    steps = project.steps(project, { host, secret })
  } catch (error) {
    throw fail(`threw ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!Array.isArray(steps)) throw fail('needs to return a list of steps, made with step({ project, name, needs, facts, plan })')
  const known = new Set(before.map(keyOf))
  for (const [index, one] of steps.entries()) {
    const problem = problemOf(one, project.name, known)
    if (problem !== undefined) throw fail(`number ${index + 1} ${problem}`)
    known.add(keyOf(one as Step))
  }
  return steps as Step[]
}

function problemOf(step: unknown, project: string, known: ReadonlySet<string>): string | undefined {
  if (typeof step !== 'object' || step === null) return 'is no step; make it with step({ project, name, needs, facts, plan })'
  const { name, needs, facts, plan, project: owner } = step as Partial<Step>
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name))
    return `has no name of lower-case letters, digits and hyphens, such as "reporting-role"`
  if (owner !== project) return `(${name}) is of the project ${JSON.stringify(owner)}; it needs project: project.name`
  if (typeof plan !== 'function' || typeof facts !== 'object' || facts === null || !Array.isArray(needs))
    return `(${name}) lacks one of needs, facts and plan`
  if (known.has(keyOf({ project, name }))) return `(${name}) has the name of another step`
  const missing = needs.find((one) => !known.has(keyOf({ project, name: one })) && !known.has(one))
  return missing === undefined ? undefined : `(${name}) needs ${missing}, which does not come before it`
}

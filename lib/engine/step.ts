import type { Script } from '../text/sh.ts'
import type { Facts, Found } from './fact.ts'

/** One difference between what is and what should be. Values are for people and JSON; a secret never stands in them. */
export interface Change {
  what: string
  from: Json
  to: Json
  /** What makes it so. Left out: a person must act, and nothing else waits for it unless `blocks` says so. */
  run?: Script
  /** What to say instead of `what: from → to`, where the step knows better. */
  text?: string
  /** The ways out, for a person. */
  help?: string
  /** The next command: a verb and its words. */
  next?: string[]
  /** Steps that need this one wait until a person has acted. */
  blocks?: boolean
  /** Seconds that `run` may take; 300 when left out. */
  deadline?: number
  /** Takes the cause out of what a failed `run` wrote to stderr, where its last lines aren't the cause. */
  cause?: (stderr: string) => string
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** The facts exist only after an earlier change. */
export interface Unknown {
  unknown: string
}

/** One resource: what is asked, and what of the answers differs from what should be. `plan` is pure. */
export interface Step<F extends Facts = Facts> {
  /** Null for a step of the host itself. */
  project: string | null
  name: string
  /** Names of steps, of this project or of the host, without which this one cannot be looked at or applied. */
  needs: readonly string[]
  facts: F
  plan(found: Found<F>): Change[] | Unknown
  /** What is worth telling of what was found, in a few words. */
  note?(found: Found<F>): string
  /** What was left out, a text each, since this run has no secrets or runs none of the project's code. Such a step is never applied. */
  notChecked?(found: Found<F>): string[]
}

/** Keeps a step's facts and its `plan` typed together. */
export function step<F extends Facts>(definition: Step<F>): Step {
  return definition
}

/** A step's name within its host: `onquota/role`, `preflight`. */
export function keyOf(one: Pick<Step, 'project' | 'name'>): string {
  return one.project === null ? one.name : `${one.project}/${one.name}`
}
